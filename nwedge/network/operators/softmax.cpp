#include "nwedge/network/kernels/elementary.hpp"
#include "nwedge/network/operators/axis_lines.hpp"
#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/vectorised.hpp"

namespace nwedge::network {
namespace {

/// y = exp(x) / sum exp(x) along one axis. With s = sum dy y along it:
///   dx = y (dy - s)     y. = y (x. - sum y x.)     dx. = y (dy. - sum y dy.) + y. (dy - s) - y sum y. dy
class Softmax : public Operator {
 public:
  Softmax(Shape shape, std::size_t axis) : Operator(std::move(shape)), axis_(axis) {}
  bool wide() const override { return true; }
  void tie(const NodeAxes& axes) const override {
    axes.broadcast();
    axes.mix(axes.y, axis_);
  }
  bool keeps_output() const override { return true; }

  void forward(const NodePass& pass) const override {
    const auto line = [count = count()](const Line& x, const Line& y) {
      alignas(64) float greatest[kLanes];
      alignas(64) float sum[kLanes] = {};
      find_greatest(x, count, greatest);
      for_each_entry(count, [&](std::int64_t k, std::int64_t n) {
        const float power = exponential_of_negative(x(k, n) - greatest[n]);
        y(k, n) = power;
        sum[n] += power;
      });
      for_each_entry(1, [&](std::int64_t, std::int64_t n) { sum[n] = 1.0f / sum[n]; });
      for_each_entry(count, [&](std::int64_t k, std::int64_t n) { y(k, n) *= sum[n]; });
    };
    for_each_line(axis_, line, pass.x[0], pass.y);
  }
  void backward(const NodePass& pass) const override {
    if (pass.dx[0]) weigh(pass.y, pass.dy, pass.dx[0], pass.add[0] != 0);
  }
  void tangent(const NodePass& pass) const override { weigh(pass.y, pass.x_dot[0], pass.y_dot, false); }
  void tangent_backward(const NodePass& pass) const override {
    if (!pass.dx_dot[0]) return;
    weigh(pass.y, pass.dy_dot, pass.dx_dot[0], pass.add[0] != 0);
    const auto line = [count = count()](const Line& y, const Line& y_dot, const Line& dy,
                                        const Line& dx_dot) {
      alignas(64) float s[kLanes] = {};
      alignas(64) float s_dot[kLanes] = {};  // its part from y.
      for_each_entry(count, [&](std::int64_t k, std::int64_t n) {
        s[n] += dy(k, n) * y(k, n);
        s_dot[n] += dy(k, n) * y_dot(k, n);
      });
      for_each_entry(count, [&](std::int64_t k, std::int64_t n) {
        dx_dot(k, n) += y_dot(k, n) * (dy(k, n) - s[n]) - y(k, n) * s_dot[n];
      });
    };
    for_each_line(axis_, line, pass.y, pass.y_dot, pass.dy, pass.dx_dot[0]);
  }

 private:
  std::int64_t count() const { return shape()[axis_]; }
  /// to (+)= y (from - sum y from).
  void weigh(const View& values, const View& from, const View& to, bool add) const {
    const auto line = [count = count(), add](const Line& y, const Line& in, const Line& out) {
      alignas(64) float sum[kLanes] = {};
      for_each_entry(count, [&](std::int64_t k, std::int64_t n) { sum[n] += y(k, n) * in(k, n); });
      for_each_entry(count, [&](std::int64_t k, std::int64_t n) {
        out(k, n) = y(k, n) * (in(k, n) - sum[n]) + (add ? out(k, n) : 0.0f);
      });
    };
    for_each_line(axis_, line, values, from, to);
  }

  std::size_t axis_;
};

}  // namespace

/// Attribute axis (-1).
std::unique_ptr<Operator> make_softmax(const NodeShapes& node) {
  node.expect(1);
  return make_vectorised<Softmax>(node.inputs[0], static_cast<std::size_t>(node.axis("axis", -1)));
}

}  // namespace nwedge::network
