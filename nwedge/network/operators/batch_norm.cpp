#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "nwedge/network/kernels/lanes.hpp"
#include "nwedge/network/kernels/moments.hpp"
#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/vectorised.hpp"

namespace nwedge::network {
namespace {

/// y[c, …] = scale[c] (x[c, …] - mean[c]) / sqrt(variance[c] + epsilon) + shift[c]  [ioffe2015]
///
/// x [C, …]; weights scale [C] (1 where left out), shift [C] (0). The statistics are those of the whole
/// minibatch, whose variance divides by the number of entries (in training; derivatives go through them), or
/// the buffers mean [C] and variance [C], which stand still. Stored variances divide by one less, as
/// PyTorch's do. Attribute epsilon.
class BatchNorm : public Operator {
 public:
  explicit BatchNorm(const NodeShapes& node);

  bool wide() const override { return true; }
  void tie(const NodeAxes& axes) const override {
    axes.broadcast();
    for (const auto* places : {&axes.weights, &axes.buffers})
      for (const std::vector<Axis>& place : *places)
        if (!place.empty()) axes.all.tie(place[0], axes.y[0]);
  }
  bool keeps_input(std::size_t) const override { return true; }
  bool keeps_output() const override { return function_ != nullptr; }
  bool take(const std::shared_ptr<const ElementFunction>& function) override {
    function_ = function;
    return true;
  }
  std::int64_t kept_bytes(std::int64_t) const override { return 2 * channels() * 8; }
  std::int64_t sums(Phase) const override { return 2 * channels(); }
  void gather(Phase phase, const NodePass& pass, double* sums) const override;
  void store_statistics(const double* sums, std::int64_t examples, float* buffers) const override;

  void forward(const NodePass& pass) const override;
  void backward(const NodePass& pass) const override;
  void tangent(const NodePass& pass) const override;
  void tangent_backward(const NodePass& pass) const override;

 private:
  struct Moments {
    double mean = 0;
    double variance = 0;
  };
  std::int64_t channels() const { return shape()[0]; }
  std::int64_t entries() const { return size_of(shape()) / channels(); }  // of one channel
  Moments moments(const NodePass& pass, std::int64_t c) const;
  double inverse_deviation(const Moments& moments) const {
    return 1 / std::sqrt(moments.variance + epsilon_);
  }
  float scale(const float* weights, std::int64_t c) const { return scale_ < 0 ? 1.0f : weights[scale_ + c]; }
  float shift(const float* weights, std::int64_t c) const { return shift_ < 0 ? 0.0f : weights[shift_ + c]; }
  /// sum of a and of a (b - mean), over the entries of channel c and the examples that count.
  Moments products(const NodePass& pass, const View& a, const View& b, std::int64_t c, float mean) const;
  template <class F, class... Views>  // f(floats, pointers…) over runs of channel c
  void for_each_run(std::int64_t c, F&& f, const Views&... views) const;

  /// The slope before the function that follows, in place of that behind it.
  void chain(const NodePass& pass, const View& dy, std::int64_t c) const {
    if (function_ == nullptr) return;
    for_each_run(
        c, [&](std::int64_t count, const auto& at) { function_->chain(at[0], at[1], count); }, pass.y, dy);
  }

  double epsilon_;
  std::int64_t scale_;  // -1: left out
  std::int64_t shift_;
  std::int64_t mean_;
  std::int64_t variance_;
  std::shared_ptr<const ElementFunction> function_;  // null: none
};

BatchNorm::BatchNorm(const NodeShapes& node)
    : Operator(node.inputs[0]),
      epsilon_(node.node.attributes.number("epsilon", 1e-5)),
      scale_(node.weight_offset(0)),
      shift_(node.weight_offset(1)),
      mean_(node.buffers[0]->offset),
      variance_(node.buffers[1]->offset) {}

template <class F, class... Views>
void BatchNorm::for_each_run(std::int64_t c, F&& f, const Views&... views) const {
  const Shape inner(shape().begin() + 1, shape().end());
  const std::array<const View*, sizeof...(Views)> all = {&views...};
  std::vector<std::vector<std::int64_t>> strides;
  for (const View* view : all)
    strides.emplace_back(view->layout->strides.begin() + 1, view->layout->strides.end());
  const Runs runs(inner, std::move(strides), all[0]->layout->lanes);
  runs.for_each([&](const auto& at) {
    std::size_t k = 0;
    const auto pointer = [&](const View& view) {
      return view.begin() + c * view.layout->strides[0] + at[k++];
    };
    const std::array<float*, sizeof...(Views)> pointers = {pointer(views)...};
    f(runs.length(), pointers);
  });
}

BatchNorm::Moments BatchNorm::products(const NodePass& pass, const View& a, const View& b, std::int64_t c,
                                       float mean) const {
  const std::int64_t lanes = a.layout->lanes;
  alignas(64) std::array<float, 64> first = {};
  alignas(64) std::array<float, 64> second = {};
  for_each_run(
      c,
      [&](std::int64_t count, const auto& at) {
        add_lane_products(at[0], at[1], mean, count, lanes, first.data(), second.data());
      },
      a, b);
  Moments sums;
  for (std::size_t n = 0; n < static_cast<std::size_t>(pass.examples); ++n) {
    sums.mean += static_cast<double>(first[n]);
    sums.variance += static_cast<double>(second[n]);
  }
  return sums;
}

BatchNorm::Moments BatchNorm::moments(const NodePass& pass, std::int64_t c) const {
  if (pass.forward_sums == nullptr) return {pass.buffers[mean_ + c], pass.buffers[variance_ + c]};
  const double count = static_cast<double>(pass.total_examples * entries());
  const double mean = pass.forward_sums[2 * c] / count;
  return {mean, std::max(0.0, pass.forward_sums[2 * c + 1] / count - mean * mean)};
}

void BatchNorm::gather(Phase phase, const NodePass& pass, double* sums) const {
  for (std::int64_t c = 0; c < channels(); ++c, sums += 2) {
    if (phase == Phase::forward) {
      // Squares about this micro-batch's own mean, so that single precision does.
      const double count = static_cast<double>(pass.examples * entries());
      const double sum = products(pass, pass.x[0], pass.x[0], c, 0).mean;
      const auto centre = static_cast<float>(sum / count);
      const double squares = products(pass, pass.x[0], pass.x[0], c, centre).variance;  // x (x - centre)
      sums[0] += sum;
      sums[1] += squares + static_cast<double>(centre) * sum;
      continue;
    }
    const Moments moment = moments(pass, c);
    chain(pass, pass.dy, c);
    const Moments own = products(pass, pass.dy, pass.x[0], c, static_cast<float>(moment.mean));
    auto* kept = reinterpret_cast<double*>(pass.kept) + 2 * c;
    kept[0] = own.mean;
    kept[1] = own.variance * inverse_deviation(moment);
    sums[0] += kept[0];
    sums[1] += kept[1];
  }
}

void BatchNorm::store_statistics(const double* sums, std::int64_t examples, float* buffers) const {
  const double count = static_cast<double>(examples * entries());
  for (std::int64_t c = 0; c < channels(); ++c) {
    const double mean = sums[2 * c] / count;
    const double variance = std::max(0.0, sums[2 * c + 1] / count - mean * mean);
    buffers[mean_ + c] = static_cast<float>(mean);
    buffers[variance_ + c] = static_cast<float>(count > 1 ? variance * count / (count - 1) : variance);
  }
}

void BatchNorm::forward(const NodePass& pass) const {
  for (std::int64_t c = 0; c < channels(); ++c) {
    const Moments moment = moments(pass, c);
    const auto mean = static_cast<float>(moment.mean);
    const auto slope = static_cast<float>(inverse_deviation(moment)) * scale(pass.weights, c);
    const float shift_here = shift(pass.weights, c);
    for_each_run(
        c,
        [&](std::int64_t count, const auto& at) {
          for (std::int64_t n = 0; n < count; ++n) at[1][n] = (at[0][n] - mean) * slope + shift_here;
          if (function_ != nullptr) function_->apply(at[1], at[1], count);
        },
        pass.x[0], pass.y);
  }
}

void BatchNorm::backward(const NodePass& pass) const {
  const bool moving = pass.forward_sums != nullptr;
  const double count = static_cast<double>(pass.total_examples * entries());
  for (std::int64_t c = 0; c < channels(); ++c) {
    const Moments moment = moments(pass, c);
    if (!moving) chain(pass, pass.dy, c);  // else done when sums were gathered
    const double inverse = inverse_deviation(moment);
    const auto mean = static_cast<float>(moment.mean);
    if (pass.gradient != nullptr) {
      Moments own;
      if (moving) {
        const auto* kept = reinterpret_cast<const double*>(pass.kept) + 2 * c;
        own = {kept[0], kept[1]};
      } else {
        own = products(pass, pass.dy, pass.x[0], c, mean);
        own.variance *= inverse;
      }
      const auto put = [&](std::int64_t offset, double value) {
        if (offset < 0) return;
        float& target = pass.gradient[offset + c];
        target = static_cast<float>(value) + (pass.add_gradient ? target : 0.0f);
      };
      put(scale_, own.variance);
      put(shift_, own.mean);
    }
    if (!pass.dx[0]) continue;
    const auto slope = static_cast<float>(inverse) * scale(pass.weights, c);
    const bool add = pass.add[0] != 0;
    if (!moving) {
      for_each_run(
          c,
          [&](std::int64_t length, const auto& at) {
            for (std::int64_t n = 0; n < length; ++n) at[1][n] = slope * at[0][n] + (add ? at[1][n] : 0.0f);
          },
          pass.dy, pass.dx[0]);
      continue;
    }
    const auto level = static_cast<float>(pass.backward_sums[2 * c] / count);
    const auto tilt = static_cast<float>(pass.backward_sums[2 * c + 1] / count * inverse);
    for_each_run(
        c,
        [&](std::int64_t length, const auto& at) {
          for (std::int64_t n = 0; n < length; ++n) {
            const float value = slope * (at[0][n] - level - (at[1][n] - mean) * tilt);
            at[2][n] = value + (add ? at[2][n] : 0.0f);
          }
        },
        pass.dy, pass.x[0], pass.dx[0]);
    // Lanes without an example have no slope, whatever the statistics say.
    const std::int64_t lanes = pass.dy.layout->lanes;
    if (pass.examples < lanes)
      for_each_run(
          c,
          [&](std::int64_t length, const auto& at) {
            for (std::int64_t entry = 0; entry < length; entry += lanes)
              std::fill(at[0] + entry + pass.examples, at[0] + entry + lanes, 0.0f);
          },
          pass.dx[0]);
  }
}

void BatchNorm::tangent(const NodePass& pass) const {
  for (std::int64_t c = 0; c < channels(); ++c) {
    const Moments moment = moments(pass, c);
    const auto inverse = static_cast<float>(inverse_deviation(moment));
    const auto mean = static_cast<float>(moment.mean);
    const float slope = inverse * scale(pass.weights, c);
    const float turn = scale_ < 0 ? 0.0f : inverse * pass.vector[scale_ + c];
    const float lift = shift_ < 0 ? 0.0f : pass.vector[shift_ + c];
    for_each_run(
        c,
        [&](std::int64_t length, const auto& at) {
          for (std::int64_t n = 0; n < length; ++n) at[1][n] = turn * (at[0][n] - mean) + lift;
        },
        pass.x[0], pass.y_dot);
    if (pass.x_dot[0])
      for_each_run(
          c,
          [&](std::int64_t length, const auto& at) {
            for (std::int64_t n = 0; n < length; ++n) at[1][n] += slope * at[0][n];
          },
          pass.x_dot[0], pass.y_dot);
    chain(pass, pass.y_dot, c);
  }
}

void BatchNorm::tangent_backward(const NodePass& pass) const {
  for (std::int64_t c = 0; c < channels(); ++c) {
    const Moments moment = moments(pass, c);
    chain(pass, pass.dy_dot, c);
    const double inverse = inverse_deviation(moment);
    Moments own = products(pass, pass.dy_dot, pass.x[0], c, static_cast<float>(moment.mean));
    if (pass.x_dot[0]) own.variance += products(pass, pass.dy, pass.x_dot[0], c, 0).variance;
    const auto put = [&](std::int64_t offset, double value) {
      if (offset < 0) return;
      float& target = pass.gradient[offset + c];
      target = static_cast<float>(value) + (pass.add_gradient ? target : 0.0f);
    };
    put(scale_, own.variance * inverse);
    put(shift_, own.mean);
    if (!pass.dx_dot[0]) continue;
    const float slope = static_cast<float>(inverse) * scale(pass.weights, c);
    const float turn = scale_ < 0 ? 0.0f : static_cast<float>(inverse) * pass.vector[scale_ + c];
    const bool add = pass.add[0] != 0;
    for_each_run(
        c,
        [&](std::int64_t length, const auto& at) {
          for (std::int64_t n = 0; n < length; ++n)
            at[2][n] = slope * at[0][n] + turn * at[1][n] + (add ? at[2][n] : 0.0f);
        },
        pass.dy_dot, pass.dy, pass.dx_dot[0]);
  }
}

}  // namespace

std::unique_ptr<Operator> make_batch_norm(const NodeShapes& node) {
  node.expect(1, 2);
  node.require(!node.inputs[0].empty(), "the input must have an axis of channels");
  node.require(node.buffers.size() == 2, "the buffers must be mean and variance");
  const Shape channels = {node.inputs[0][0]};
  for (const TensorPlace* tensor : node.weights)
    node.require(tensor == nullptr || tensor->shape == channels,
                 "scale and shift must have one entry for each channel");
  for (const BufferPlace* buffer : node.buffers)
    node.require(buffer->shape == channels, "mean and variance must have one entry for each channel");
  return make_vectorised<BatchNorm>(node);
}

}  // namespace nwedge::network
