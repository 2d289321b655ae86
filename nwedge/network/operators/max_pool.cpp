#include "nwedge/network/operators/max_pool.hpp"

#include <algorithm>

#include "nwedge/network/kernels/lanes.hpp"
#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/vectorised.hpp"

namespace nwedge::network {

MaxPool::MaxPool(const NodeShapes& node, const Window& window)
    : Operator({node.inputs[0][0], window.rows.output, window.columns.output}), window_(window) {}

bool MaxPool::halves() const {
  const auto half = [](const WindowAxis& axis) {
    return axis.kernel == 2 && axis.stride == 2 && axis.dilation == 1 && axis.before == 0 &&
           axis.output == axis.input / 2;
  };
  return half(window_.rows) && half(window_.columns);
}

template <class F>
void MaxPool::for_each(F&& f) const {
  std::int64_t entry = 0;
  for (std::int64_t c = 0; c < shape()[0]; ++c)
    for (std::int64_t h = 0; h < shape()[1]; ++h)
      for (std::int64_t w = 0; w < shape()[2]; ++w) f(c, h, w, entry++);
}

void MaxPool::forward(const NodePass& pass) const {
  const View& x = pass.x[0];
  const std::vector<std::int64_t>& in = x.layout->strides;
  const std::vector<std::int64_t>& out = pass.y.layout->strides;
  auto* winners = reinterpret_cast<std::int32_t*>(pass.kept);
  for_each([&](std::int64_t c, std::int64_t h, std::int64_t w, std::int64_t entry) {
    float best[kLanes];
    std::int32_t place[kLanes];
    bool first = true;
    for (std::int64_t s = 0; s < window_.rows.kernel; ++s) {
      const std::int64_t row = h * window_.rows.stride + s * window_.rows.dilation - window_.rows.before;
      if (row < 0 || row >= window_.rows.input) continue;
      for (std::int64_t t = 0; t < window_.columns.kernel; ++t) {
        const std::int64_t column =
            w * window_.columns.stride + t * window_.columns.dilation - window_.columns.before;
        if (column < 0 || column >= window_.columns.input) continue;
        const float* values = x.begin() + c * in[0] + row * in[1] + column * in[2];
        const auto name = static_cast<std::int32_t>(row * window_.columns.input + column);
        for (std::int64_t n = 0; n < kLanes; ++n) {
          const bool wins = first || values[n] > best[n] || values[n] != values[n];
          best[n] = wins ? values[n] : best[n];
          place[n] = wins ? name : place[n];
        }
        first = false;
      }
    }
    std::copy_n(best, kLanes, pass.y.begin() + c * out[0] + h * out[1] + w * out[2]);
    if (winners != nullptr) std::copy_n(place, kLanes, winners + entry * kLanes);
  });
}

void MaxPool::scatter(const NodePass& pass, const View& dy, const View& dx, bool add) const {
  const std::vector<std::int64_t>& in = dx.layout->strides;
  const std::vector<std::int64_t>& out = dy.layout->strides;
  const auto* winners = reinterpret_cast<const std::int32_t*>(pass.kept);
  for (std::int64_t c = 0; c < shape()[0] && !add; ++c)
    for (std::int64_t h = 0; h < window_.rows.input; ++h)
      for (std::int64_t w = 0; w < window_.columns.input; ++w)
        std::fill_n(dx.begin() + c * in[0] + h * in[1] + w * in[2], kLanes, 0.0f);
  for_each([&](std::int64_t c, std::int64_t h, std::int64_t w, std::int64_t entry) {
    const float* slope = dy.begin() + c * out[0] + h * out[1] + w * out[2];
    for (std::int64_t n = 0; n < kLanes; ++n) {
      const std::int32_t place = winners[entry * kLanes + n];
      dx.begin()[c * in[0] + place / window_.columns.input * in[1] + place % window_.columns.input * in[2] +
                 n] += slope[n];
    }
  });
}

void MaxPool::backward(const NodePass& pass) const {
  if (pass.dx[0]) scatter(pass, pass.dy, pass.dx[0], pass.add[0] != 0);
}

void MaxPool::tangent_backward(const NodePass& pass) const {
  if (pass.dx_dot[0]) scatter(pass, pass.dy_dot, pass.dx_dot[0], pass.add[0] != 0);
}

void MaxPool::tangent(const NodePass& pass) const {
  const View& x = pass.x_dot[0];
  const std::vector<std::int64_t>& in = x.layout->strides;
  const std::vector<std::int64_t>& out = pass.y_dot.layout->strides;
  const auto* winners = reinterpret_cast<const std::int32_t*>(pass.kept);
  for_each([&](std::int64_t c, std::int64_t h, std::int64_t w, std::int64_t entry) {
    float* y = pass.y_dot.begin() + c * out[0] + h * out[1] + w * out[2];
    for (std::int64_t n = 0; n < kLanes; ++n) {
      const std::int32_t place = winners[entry * kLanes + n];
      y[n] = x.begin()[c * in[0] + place / window_.columns.input * in[1] +
                       place % window_.columns.input * in[2] + n];
    }
  });
}

std::unique_ptr<Operator> make_max_pool(const NodeShapes& node) {
  node.expect(1);
  const std::vector<std::int64_t> kernel = node.node.attributes.integers("kernel", {2, 2});
  const Window window = make_window(node, kernel, kernel);
  node.require(
      2 * window.rows.before <= window.rows.kernel && 2 * window.columns.before <= window.columns.kernel,
      "padding must be at most half the kernel");
  return make_vectorised<MaxPool>(node, window);
}

}  // namespace nwedge::network
