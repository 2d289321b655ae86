#include "nwedge/network/network.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/minibatch.hpp"
#include "nwedge/network/engine/affine.hpp"
#include "nwedge/network/engine/batch_pass.hpp"
#include "nwedge/network/engine/engine.hpp"
#include "nwedge/network/engine/hessian.hpp"
#include "nwedge/network/families/initial_weights.hpp"
#include "nwedge/network/temperature.hpp"
#include "nwedge/restriction.hpp"

namespace nwedge::network {
namespace {

constexpr std::int64_t kChunk = 256;  // examples of one task of an evaluation

constexpr std::int64_t kSquareShares = 8;  // of examples whose squared gradients are summed side by side

std::int64_t ceiling(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

std::unique_ptr<Engine> make_engine(Graph graph, const DataSet& data, const NetworkOptions& options) {
  const Augmentation augmentation = {data.shape, options.augmentation};
  if (augmentation.any() && data.shape.height * data.shape.width == 1)
    throw Error("augmentation",
                fmt::format("crop and flip change images, \"{}\" has none; leave them out", data.name));
  LossOptions measured = options.loss;
  measured.label_smoothing = 0;
  return std::make_unique<Engine>(std::make_shared<const Graph>(std::move(graph)),
                                  make_loss(measured, data, "loss"), make_loss(options.loss, data, "loss"),
                                  augmentation, options.fast_convolutions);
}

}  // namespace

Network::Network(std::shared_ptr<const DataSet> data, Model model, NetworkOptions options)
    : CurvedLandscape(model.graph.dimension),
      data_(std::move(data)),
      engine_(make_engine(std::move(model.graph), *data_, options)),
      options_(std::move(options)),
      classifies_(options_.loss.loss == "cross-entropy"),
      buffers_(std::move(model.buffers)),
      notes_(std::move(model.notes)) {
  if (buffers_.empty() && graph().buffer_size > 0) {
    if (options_.statistics == "stored")
      throw Error("statistics",
                  fmt::format("\"stored\" asks for running statistics, no file gave any for model "
                              "\"{}\"; choose \"recompute\"",
                              graph().model));
    buffers_ = initial_buffers(graph());
  }
  if (!buffers_.empty() && options_.statistics == "stored")
    notes_.emplace_back(
        "[statistics] \"stored\": weights between checkpoints are evaluated with the statistics of one of "
        "them, "
        "which understates the accuracy of averages; use \"recompute\"");
  if (size_of(graph().input_shape()) != data_->shape.size() || graph().outputs() != engine_->loss().outputs())
    throw Error("network",
                fmt::format("model \"{}\" was made for other images or classes than those of \"{}\"",
                            graph().model, data_->name));
}

Network::~Network() = default;

bool Network::do_has_accuracy() const { return engine_->loss().has_accuracy(); }

const Graph& Network::graph() const { return engine_->graph(); }

std::vector<ParameterGroup> Network::do_parameter_groups() const {
  return network::parameter_groups(graph());
}

std::vector<ParameterTensor> Network::do_parameter_tensors() const {
  std::vector<ParameterTensor> tensors;
  for (const TensorPlace& tensor : graph().tensors)
    tensors.push_back({tensor.name, tensor.offset, tensor.count});
  return tensors;
}

std::vector<float> Network::do_initial_point(std::uint64_t seed) const {
  return initial_weights(graph(), seed);
}

std::vector<float> Network::buffers_at(std::span<const float> point) const {
  if (buffers_.empty() || options_.statistics == "stored") return buffers_;
  std::vector<float> buffers = buffers_;
  const std::int64_t count = std::min(options_.statistics_examples, data_->train.count());
  BatchPass batch(*engine_, engine_->evaluations(), engine_->plan(), data_->train, count,
                  [](std::int64_t k) { return k; });
  batch.forward(point.data());
  batch.store_statistics(buffers.data());
  return buffers;
}

void Network::forward_chunk(const Point& point, const Examples& examples, std::int64_t chunk,
                            const std::function<void(const Pass&, std::int64_t)>& take) const {
  const std::int64_t end = std::min(examples.count(), (chunk + 1) * kChunk);
  const Pool<Pass>::Lease pass(engine_->evaluations());
  std::vector<std::int64_t> indices;
  for (std::int64_t begin = chunk * kChunk; begin < end; begin += engine_->plan().examples) {
    indices.resize(static_cast<std::size_t>(std::min(engine_->plan().examples, end - begin)));
    std::iota(indices.begin(), indices.end(), begin);
    pass->load(examples, indices);
    pass->forward(point);
    take(*pass, begin);
  }
}

std::vector<float> Network::probabilities(std::span<const float> point, Split split) const {
  if (static_cast<std::int64_t>(point.size()) != dimension())
    throw Error("probabilities",
                fmt::format("a point must have {} entries, has {}", dimension(), point.size()));
  const Examples& examples = examples_of(split);
  std::vector<float> result(static_cast<std::size_t>(examples.count() * classes()));
  const std::vector<float> buffers = buffers_at(point);
  parallel_for(ceiling(examples.count(), kChunk), [&](std::int64_t chunk) {
    forward_chunk({point.data(), buffers.data()}, examples, chunk, [&](const Pass& pass, std::int64_t begin) {
      pass.probabilities(result.data() + begin * classes());
    });
  });
  return result;
}

Metrics Network::do_evaluate(std::span<const float> point, Split split) const {
  return do_evaluate_many(point, split).front();
}

std::vector<Metrics> Network::do_evaluate_many(std::span<const float> points, Split split) const {
  return evaluate_forward(points, examples_of(split), {});
}

std::vector<Metrics> Network::evaluate_forward(
    std::span<const float> points, const Examples& examples,
    const std::function<void(const Pass&, std::int64_t, std::int64_t)>& take) const {
  const std::int64_t count = static_cast<std::int64_t>(points.size()) / dimension();
  const std::int64_t chunks = ceiling(examples.count(), kChunk);
  std::vector<Tally> tallies(static_cast<std::size_t>(count * chunks));
  std::vector<std::vector<float>> buffers(static_cast<std::size_t>(count));
  for (std::int64_t p = 0; p < count; ++p)  // one by one: each holds many passes, which threads share
    buffers[static_cast<std::size_t>(p)] = buffers_at(
        points.subspan(static_cast<std::size_t>(p * dimension()), static_cast<std::size_t>(dimension())));
  parallel_for(count * chunks, [&](std::int64_t task) {
    const std::int64_t point = task / chunks;
    Tally& sum = tallies[static_cast<std::size_t>(task)];
    forward_chunk({points.data() + point * dimension(), buffers[static_cast<std::size_t>(point)].data()},
                  examples, task % chunks, [&](const Pass& pass, std::int64_t begin) {
                    sum += pass.tally(engine_->loss());
                    if (take) take(pass, point, begin);
                  });
  });
  std::vector<Metrics> metrics(static_cast<std::size_t>(count));
  const auto total = static_cast<double>(examples.count());
  for (std::int64_t i = 0; i < count; ++i) {
    Tally sum;
    for (std::int64_t k = 0; k < chunks; ++k) sum += tallies[static_cast<std::size_t>(i * chunks + k)];
    metrics[static_cast<std::size_t>(i)] = metrics_of(sum, total, has_accuracy());
  }
  return metrics;
}

std::vector<TemperedMetrics> Network::evaluate_tempered(std::span<const float> points, Split split) const {
  const auto big = static_cast<std::size_t>(dimension());
  if (points.size() % big != 0)
    throw Error("temperature", fmt::format("points must have {} entries each, have {}", big, points.size()));
  const Examples& examples = examples_of(split);
  std::vector<TemperedMetrics> result;
  std::optional<LogitStore> store;
  const std::size_t count = points.size() / big;
  for (std::size_t begin = 0, here = 0; begin < count; begin += here) {
    if (!store) store.emplace(examples, classes());
    here = std::min(count - begin, store->most_points());
    store->start(here);
    const std::vector<Metrics> metrics =
        evaluate_forward(points.subspan(begin * big, here * big), examples,
                         [&](const Pass& pass, std::int64_t point, std::int64_t first) {
                           pass.copy_outputs(store->at(point, first));
                         });
    store->finish(metrics, result);
  }
  return result;
}

double Network::sum_gradients(std::span<const float> point, std::span<float> gradient,
                              const Examples& examples, std::int64_t count,
                              const std::function<std::int64_t(std::int64_t)>& index,
                              const MaskName* minibatch) const {
  std::vector<Tally> tallies(static_cast<std::size_t>(engine_->micro_batches(count)));
  const std::vector<float> buffers = buffers_at(point);
  const Point here = {point.data(), buffers.data()};
  engine_->sum(gradient, count, [&](std::int64_t m, float* part, bool add) {
    const Pool<Pass>::Lease pass(engine_->gradients());
    engine_->load(*pass, examples, m, count, index, minibatch);
    pass->forward(here);
    tallies[static_cast<std::size_t>(m)] = pass->start_backward(
        minibatch != nullptr ? engine_->training_loss() : engine_->loss(), 1.0 / static_cast<double>(count));
    pass->backward(here, part, add);
  });
  double loss = 0;
  for (const Tally& tally : tallies) loss += tally.loss;
  return loss / static_cast<double>(count);
}

std::vector<double> Network::mean_squared_gradients(std::span<const float> point,
                                                    const Examples& examples) const {
  if (static_cast<std::int64_t>(point.size()) != dimension())
    throw Error("squared gradients",
                fmt::format("a point must have {} entries, has {}", dimension(), point.size()));
  if (examples.count() == 0) throw Error("squared gradients", "there must be at least one example");
  const std::vector<float> buffers = buffers_at(point);
  const Point here = {point.data(), buffers.data()};
  const std::int64_t shares = std::min<std::int64_t>(kSquareShares, examples.count());
  std::vector<std::vector<double>> sums(static_cast<std::size_t>(shares));
  parallel_for(shares, [&](std::int64_t share) {
    std::vector<double>& sum = sums[static_cast<std::size_t>(share)];
    sum.assign(point.size(), 0.0);
    std::vector<float> gradient(point.size());
    for (std::int64_t n = share; n < examples.count(); n += shares) {
      engine_->sum(gradient, 1, [&](std::int64_t m, float* part, bool add) {
        const Pool<Pass>::Lease pass(engine_->gradients());
        engine_->load(
            *pass, examples, m, 1, [n](std::int64_t) { return n; }, nullptr);
        pass->forward(here);
        pass->start_backward(engine_->loss(), 1.0);
        pass->backward(here, part, add);
      });
      for (std::size_t i = 0; i < sum.size(); ++i)
        sum[i] += static_cast<double>(gradient[i]) * static_cast<double>(gradient[i]);
    }
  });
  std::vector<double> mean(point.size(), 0.0);
  for (const std::vector<double>& sum : sums)
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += sum[i] / static_cast<double>(examples.count());
  return mean;
}

double Network::do_gradient(std::span<const float> point, std::span<float> gradient, Split split) const {
  const Examples& examples = examples_of(split);
  return sum_gradients(
      point, gradient, examples, examples.count(), [](std::int64_t k) { return k; }, nullptr);
}

double Network::do_batch_gradient(std::span<const float> point, const Batch& batch,
                                  std::span<float> gradient) const {
  const std::int64_t examples = data_->train.count();
  const auto index = [&](std::int64_t k) { return example_of(batch, k, examples); };
  const MaskName minibatch = {batch.seed, static_cast<std::uint64_t>(batch.index), 0};
  if (buffers_.empty()) return sum_gradients(point, gradient, data_->train, batch.size, index, &minibatch);
  BatchPass pass(*engine_, engine_->gradients(), engine_->gradient_plan(), data_->train, batch.size, index,
                 &minibatch);
  pass.forward(point.data());
  return pass.backward(point.data(), gradient).loss / static_cast<double>(batch.size);
}

std::unique_ptr<Landscape> Network::do_restrict_to(AffineFamily family) const {
  auto shared = std::make_shared<const AffineFamily>(std::move(family));
  if (buffers_.empty())  // else the statistics move with the point
    if (auto affine = make_affine_network(*this, *engine_, *data_, shared)) return affine;
  return std::make_unique<CurvedRestriction>(*this, std::move(shared));
}

std::unique_ptr<Curvature> Network::do_curvature_at(std::span<const float> point, Split split) const {
  return make_curvature(*engine_, examples_of(split), point, buffers_at(point), CurvatureMatrix::hessian);
}

bool Network::do_has_matrix(CurvatureMatrix matrix) const {
  return matrix != CurvatureMatrix::fisher || engine_->loss().is_log_likelihood();
}

std::unique_ptr<Curvature> Network::do_matrix_at(CurvatureMatrix matrix, std::span<const float> point,
                                                 Split split) const {
  // The mean of g g^T over targets that follow -l = log p is the Hessian of l in the outputs.
  if (matrix == CurvatureMatrix::fisher) matrix = CurvatureMatrix::gauss_newton;
  return make_curvature(*engine_, examples_of(split), point, buffers_at(point), matrix);
}

}  // namespace nwedge::network
