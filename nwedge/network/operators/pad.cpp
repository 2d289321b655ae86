#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/spread.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/vectorised.hpp"

namespace nwedge::network {
namespace {

/// x with `before` and `after` entries of `value` around it, axis by axis.
class Pad : public Operator {
 public:
  Pad(Shape shape, Shape inner, std::vector<std::int64_t> before, float value)
      : Operator(std::move(shape)), inner_(std::move(inner)), before_(std::move(before)), value_(value) {}
  bool wide() const override { return true; }
  /// The padding, all of one value, and what is inside of it move among themselves.
  void tie(const NodeAxes& axes) const override {
    for (std::size_t k = 0; k < before_.size(); ++k) {
      Axis inside = axes.y[k];
      if (before_[k] > 0) inside = axes.all.cut(inside, before_[k]).second;
      if (inner_[k] < axes.all.extent(inside)) inside = axes.all.cut(inside, inner_[k]).first;
      axes.all.tie(inside, axes.x[0][k]);
    }
  }

  void forward(const NodePass& pass) const override { put(pass.x[0], pass.y, value_); }
  void tangent(const NodePass& pass) const override { put(pass.x_dot[0], pass.y_dot, 0.0f); }
  void backward(const NodePass& pass) const override { take(pass.dy, pass.dx[0], pass.add[0] != 0); }
  void tangent_backward(const NodePass& pass) const override {
    take(pass.dy_dot, pass.dx_dot[0], pass.add[0] != 0);
  }

 private:
  Layout inside(const Layout& y) const {
    Layout part = y;
    part.shape = inner_;
    for (std::size_t k = 0; k < before_.size(); ++k) part.origin += before_[k] * y.strides[k];
    return part;
  }
  void put(const View& x, const View& y, float value) const {
    spread(
        y, false, shape(), [value](float) { return value; }, y);
    const Layout part = inside(*y.layout);
    spread(
        View{y.data, &part}, false, inner_, [](float from) { return from; }, x);
  }
  void take(const View& dy, const View& dx, bool add) const {
    if (!dx) return;
    const Layout part = inside(*dy.layout);
    spread(
        dx, add, inner_, [](float slope) { return slope; }, View{dy.data, &part});
  }

  Shape inner_;
  std::vector<std::int64_t> before_;
  float value_;
};

}  // namespace

/// Attributes before, after (one entry an axis, at least 0), value (0).
std::unique_ptr<Operator> make_pad(const NodeShapes& node) {
  node.expect(1);
  Shape shape = node.inputs[0];
  const std::vector<std::int64_t> none(shape.size(), 0);
  std::vector<std::int64_t> before = node.node.attributes.integers("before", none);
  const std::vector<std::int64_t> after = node.node.attributes.integers("after", none);
  node.require(before.size() == shape.size() && after.size() == shape.size(),
               "before and after must have an entry for each axis");
  for (std::size_t k = 0; k < shape.size(); ++k) {
    node.require(before[k] >= 0 && after[k] >= 0 && before[k] < (1 << 20) && after[k] < (1 << 20),
                 "before and after must be at least 0");
    shape[k] += before[k] + after[k];
  }
  const auto value = static_cast<float>(node.node.attributes.number("value", 0));
  return make_vectorised<Pad>(std::move(shape), node.inputs[0], std::move(before), value);
}

}  // namespace nwedge::network
