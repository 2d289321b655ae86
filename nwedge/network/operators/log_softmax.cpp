#include "nwedge/network/kernels/elementary.hpp"
#include "nwedge/network/operators/axis_lines.hpp"
#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/vectorised.hpp"

namespace nwedge::network {
namespace {

/// y = x - log sum exp(x) along one axis. With p = exp(y):
///   dx = dy - p sum dy     y. = x. - sum p x.     dx. = dy. - p sum dy. - p y. sum dy
class LogSoftmax : public Operator {
 public:
  LogSoftmax(Shape shape, std::size_t axis) : Operator(std::move(shape)), axis_(axis) {}
  bool wide() const override { return true; }
  void tie(const NodeAxes& axes) const override {
    axes.broadcast();
    axes.mix(axes.y, axis_);
  }
  bool keeps_output() const override { return true; }

  void forward(const NodePass& pass) const override {
    const auto line = [count = count()](const Line& x, const Line& y) {
      alignas(64) float level[kLanes];
      alignas(64) float sum[kLanes] = {};
      find_greatest(x, count, level);
      for_each_entry(count, [&](std::int64_t k, std::int64_t n) {
        sum[n] += exponential_of_negative(x(k, n) - level[n]);
      });
      for_each_entry(1, [&](std::int64_t, std::int64_t n) { level[n] += logarithm(sum[n]); });
      for_each_entry(count, [&](std::int64_t k, std::int64_t n) { y(k, n) = x(k, n) - level[n]; });
    };
    for_each_line(axis_, line, pass.x[0], pass.y);
  }
  void backward(const NodePass& pass) const override {
    if (pass.dx[0]) pull_back(pass.y, pass.dy, pass.dx[0], pass.add[0] != 0);
  }
  void tangent(const NodePass& pass) const override {
    const auto line = [count = count()](const Line& y, const Line& x_dot, const Line& y_dot) {
      alignas(64) float sum[kLanes] = {};
      for_each_entry(count, [&](std::int64_t k, std::int64_t n) {
        sum[n] += exponential_of_negative(y(k, n)) * x_dot(k, n);
      });
      for_each_entry(count, [&](std::int64_t k, std::int64_t n) { y_dot(k, n) = x_dot(k, n) - sum[n]; });
    };
    for_each_line(axis_, line, pass.y, pass.x_dot[0], pass.y_dot);
  }
  void tangent_backward(const NodePass& pass) const override {
    if (!pass.dx_dot[0]) return;
    pull_back(pass.y, pass.dy_dot, pass.dx_dot[0], pass.add[0] != 0);
    const auto line = [count = count()](const Line& y, const Line& y_dot, const Line& dy,
                                        const Line& dx_dot) {
      alignas(64) float sum[kLanes] = {};
      for_each_entry(count, [&](std::int64_t k, std::int64_t n) { sum[n] += dy(k, n); });
      for_each_entry(count, [&](std::int64_t k, std::int64_t n) {
        dx_dot(k, n) -= exponential_of_negative(y(k, n)) * y_dot(k, n) * sum[n];
      });
    };
    for_each_line(axis_, line, pass.y, pass.y_dot, pass.dy, pass.dx_dot[0]);
  }

 private:
  std::int64_t count() const { return shape()[axis_]; }
  /// to (+)= from - p sum from.
  void pull_back(const View& values, const View& from, const View& to, bool add) const {
    const auto line = [count = count(), add](const Line& y, const Line& in, const Line& out) {
      alignas(64) float sum[kLanes] = {};
      for_each_entry(count, [&](std::int64_t k, std::int64_t n) { sum[n] += in(k, n); });
      for_each_entry(count, [&](std::int64_t k, std::int64_t n) {
        out(k, n) = in(k, n) - exponential_of_negative(y(k, n)) * sum[n] + (add ? out(k, n) : 0.0f);
      });
    };
    for_each_line(axis_, line, values, from, to);
  }

  std::size_t axis_;
};

}  // namespace

/// Attribute axis (-1).
std::unique_ptr<Operator> make_log_softmax(const NodeShapes& node) {
  node.expect(1);
  return make_vectorised<LogSoftmax>(node.inputs[0], static_cast<std::size_t>(node.axis("axis", -1)));
}

}  // namespace nwedge::network
