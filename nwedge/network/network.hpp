#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "nwedge/classifier.hpp"
#include "nwedge/curvature.hpp"
#include "nwedge/network/data/data_set.hpp"
#include "nwedge/network/model.hpp"
#include "nwedge/network/network_options.hpp"
#include "nwedge/tempered.hpp"

namespace nwedge::network {

struct MaskName;
struct Point;
class Engine;
class Pass;

/// The landscape of a network on a data set: L(theta) = mean over a split of the loss of its outputs, by
/// default -log softmax(z(x; theta))_label in nats, with the share of examples whose label has the greatest
/// logit as accuracy. theta is the flat vector of the graph's tensors. Statistics of batch normalisation are
/// those of the minibatch in `batch_gradient`, else as the options say.
///
/// Minibatches visit each epoch's examples in a random order of its own and run on over its end; `gradient`
/// and `evaluate` are without dropout, augmentation and label smoothing. Sums over micro-batches of fixed
/// size run in a fixed order, so results have the same bits on any number of threads. Losses are summed in
/// double.
///
/// Cost: 2 D' FLOP an example for a loss and about 6 D' for a gradient, D' = the weights times the places
/// where each is used. Memory: some MB a thread, and for a gradient up to 16 D floats.
class Network final : public CurvedLandscape, public Classifier, public Tempered {
 public:
  Network(std::shared_ptr<const DataSet> data, Model model, NetworkOptions options = {});
  ~Network() override;

  const DataSet& data() const { return *data_; }
  const Graph& graph() const;
  const NetworkOptions& options() const { return options_; }
  /// What a user should know of how its file was read and of its statistics, one line each.
  const std::vector<std::string>& notes() const { return notes_; }
  /// The buffers that normalise at a point, [graph().buffer_size].
  std::vector<float> buffers_at(std::span<const float> point) const;
  /// Mean over `examples` of the square of each one's own gradient of the loss, entry by entry [D]; the
  /// statistics of batch normalisation are those of `buffers_at`, held still. Cost: a gradient of every
  /// example by itself. Memory: up to 8 D doubles.
  std::vector<double> mean_squared_gradients(std::span<const float> point, const Examples& examples) const;

  std::int64_t classes() const override { return classifies_ ? data_->classes : 0; }
  bool has_temperature() const override { return classifies_; }
  std::span<const std::int32_t> labels(Split split) const override { return examples_of(split).labels; }
  std::vector<float> probabilities(std::span<const float> point, Split split) const override;
  std::vector<TemperedMetrics> evaluate_tempered(std::span<const float> points, Split split) const override;

 private:
  bool do_has_accuracy() const override;
  std::int64_t do_examples(Split split) const override { return examples_of(split).count(); }
  std::vector<ParameterGroup> do_parameter_groups() const override;
  std::vector<ParameterTensor> do_parameter_tensors() const override;
  std::vector<float> do_initial_point(std::uint64_t seed) const override;
  Metrics do_evaluate(std::span<const float> point, Split split) const override;
  std::vector<Metrics> do_evaluate_many(std::span<const float> points, Split split) const override;
  double do_gradient(std::span<const float> point, std::span<float> gradient, Split split) const override;
  double do_batch_gradient(std::span<const float> point, const Batch& batch,
                           std::span<float> gradient) const override;
  std::unique_ptr<Landscape> do_restrict_to(AffineFamily family) const override;
  std::unique_ptr<Curvature> do_curvature_at(std::span<const float> point, Split split) const override;
  bool do_has_matrix(CurvatureMatrix matrix) const override;
  std::unique_ptr<Curvature> do_matrix_at(CurvatureMatrix matrix, std::span<const float> point,
                                          Split split) const override;

  /// Forward passes over one chunk of the examples; `take` gets each pass and its first example.
  void forward_chunk(const Point& point, const Examples& examples, std::int64_t chunk,
                     const std::function<void(const Pass&, std::int64_t)>& take) const;
  /// Metrics of all points; `take`, where there is one, gets each pass, its point and its first example.
  std::vector<Metrics> evaluate_forward(
      std::span<const float> points, const Examples& examples,
      const std::function<void(const Pass&, std::int64_t, std::int64_t)>& take) const;
  /// Mean loss and gradient over examples[index(k)], k < count; in training where `minibatch` names it.
  double sum_gradients(std::span<const float> point, std::span<float> gradient, const Examples& examples,
                       std::int64_t count, const std::function<std::int64_t(std::int64_t)>& index,
                       const MaskName* minibatch) const;
  const Examples& examples_of(Split split) const {
    return split == Split::train ? data_->train : data_->test;
  }

  std::shared_ptr<const DataSet> data_;
  std::unique_ptr<Engine> engine_;
  NetworkOptions options_;
  bool classifies_;  // its loss is the cross-entropy of classes
  std::vector<float> buffers_;
  std::vector<std::string> notes_;
};

}  // namespace nwedge::network
