#include "nwedge/network/kernels/elementary.hpp"
#include "nwedge/network/kernels/lanes.hpp"
#include "nwedge/network/operators/axis_lines.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

/// y = x - log sum exp(x) along one axis. With p = exp(y): dx = dy - p sum dy, y. = x. - sum p x.,
/// dx. = dy. - p sum dy. - p y. sum dy.
class LogSoftmax final : public Operator {
 public:
  LogSoftmax(Shape shape, std::size_t axis) : Operator(std::move(shape)), axis_(axis) {}
  bool wide() const override { return true; }
  bool keeps_output() const override { return true; }

  void forward(const NodePass& pass) const override {
    const std::int64_t from = pass.x[0].layout->strides[axis_];
    const std::int64_t to = pass.y.layout->strides[axis_];
    const std::int64_t count = shape()[axis_];
    for_each_line(
        axis_,
        [&](const auto& at) {
          alignas(64) float greatest[kLanes];
          alignas(64) float sum[kLanes] = {};
#pragma GCC unroll 1
          for (std::int64_t n = 0; n < kLanes; ++n) greatest[n] = at[0][n];
          for (std::int64_t k = 1; k < count; ++k)
#pragma GCC unroll 1
            for (std::int64_t n = 0; n < kLanes; ++n) {
              const float value = at[0][k * from + n];
              greatest[n] = value > greatest[n] ? value : greatest[n];
            }
          for (std::int64_t k = 0; k < count; ++k)
#pragma GCC unroll 1
            for (std::int64_t n = 0; n < kLanes; ++n)
              sum[n] += exponential_of_negative(at[0][k * from + n] - greatest[n]);
#pragma GCC unroll 1
          for (std::int64_t n = 0; n < kLanes; ++n) greatest[n] += logarithm(sum[n]);
          for (std::int64_t k = 0; k < count; ++k)
#pragma GCC unroll 1
            for (std::int64_t n = 0; n < kLanes; ++n) at[1][k * to + n] = at[0][k * from + n] - greatest[n];
        },
        pass.x[0], pass.y);
  }
  void backward(const NodePass& pass) const override {
    if (pass.dx[0]) pull_back(pass, pass.dy, pass.dx[0], pass.add[0] != 0);
  }
  void tangent(const NodePass& pass) const override {
    const std::int64_t y = pass.y.layout->strides[axis_];
    const std::int64_t in = pass.x_dot[0].layout->strides[axis_];
    const std::int64_t out = pass.y_dot.layout->strides[axis_];
    const std::int64_t count = shape()[axis_];
    for_each_line(
        axis_,
        [&](const auto& at) {
          alignas(64) float sum[kLanes] = {};
          for (std::int64_t k = 0; k < count; ++k)
#pragma GCC unroll 1
            for (std::int64_t n = 0; n < kLanes; ++n)
              sum[n] += exponential_of_negative(at[0][k * y + n]) * at[1][k * in + n];
          for (std::int64_t k = 0; k < count; ++k)
#pragma GCC unroll 1
            for (std::int64_t n = 0; n < kLanes; ++n) at[2][k * out + n] = at[1][k * in + n] - sum[n];
        },
        pass.y, pass.x_dot[0], pass.y_dot);
  }
  void tangent_backward(const NodePass& pass) const override {
    if (!pass.dx_dot[0]) return;
    pull_back(pass, pass.dy_dot, pass.dx_dot[0], pass.add[0] != 0);
    const std::int64_t y = pass.y.layout->strides[axis_];
    const std::int64_t dot = pass.y_dot.layout->strides[axis_];
    const std::int64_t slope = pass.dy.layout->strides[axis_];
    const std::int64_t to = pass.dx_dot[0].layout->strides[axis_];
    const std::int64_t count = shape()[axis_];
    for_each_line(
        axis_,
        [&](const auto& at) {
          alignas(64) float sum[kLanes] = {};
          for (std::int64_t k = 0; k < count; ++k)
#pragma GCC unroll 1
            for (std::int64_t n = 0; n < kLanes; ++n) sum[n] += at[2][k * slope + n];
          for (std::int64_t k = 0; k < count; ++k)
#pragma GCC unroll 1
            for (std::int64_t n = 0; n < kLanes; ++n)
              at[3][k * to + n] -= exponential_of_negative(at[0][k * y + n]) * at[1][k * dot + n] * sum[n];
        },
        pass.y, pass.y_dot, pass.dy, pass.dx_dot[0]);
  }

 private:
  /// to (+)= from - p sum from.
  void pull_back(const NodePass& pass, const View& from, const View& to, bool add) const {
    const std::int64_t y = pass.y.layout->strides[axis_];
    const std::int64_t in = from.layout->strides[axis_];
    const std::int64_t out = to.layout->strides[axis_];
    const std::int64_t count = shape()[axis_];
    for_each_line(
        axis_,
        [&](const auto& at) {
          alignas(64) float sum[kLanes] = {};
          for (std::int64_t k = 0; k < count; ++k)
#pragma GCC unroll 1
            for (std::int64_t n = 0; n < kLanes; ++n) sum[n] += at[1][k * in + n];
          for (std::int64_t k = 0; k < count; ++k)
#pragma GCC unroll 1
            for (std::int64_t n = 0; n < kLanes; ++n) {
              float& target = at[2][k * out + n];
              target = at[1][k * in + n] - exponential_of_negative(at[0][k * y + n]) * sum[n] +
                       (add ? target : 0.0f);
            }
        },
        pass.y, from, to);
  }

  std::size_t axis_;
};

}  // namespace

/// Attribute axis (-1).
std::unique_ptr<Operator> make_log_softmax(const NodeShapes& node) {
  node.expect(1);
  return std::make_unique<LogSoftmax>(node.inputs[0], static_cast<std::size_t>(node.axis("axis", -1)));
}

}  // namespace nwedge::network
