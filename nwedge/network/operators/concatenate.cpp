#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/spread.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/vectorised.hpp"

namespace nwedge::network {
namespace {

/// The inputs one after the other along one axis.
class Concatenate : public LinearMap {
 public:
  Concatenate(Shape shape, std::size_t axis, std::vector<std::int64_t> extents)
      : LinearMap(std::move(shape)), axis_(axis), extents_(std::move(extents)) {}
  bool wide() const override { return true; }
  void tie(const NodeAxes& axes) const override {
    std::vector<Axis> parts;
    for (const std::vector<Axis>& x : axes.x) {
      for (std::size_t k = 0; k < x.size(); ++k)
        if (k != axis_) axes.all.tie(axes.y[k], x[k]);
      parts.push_back(x[axis_]);
    }
    axes.all.tie(axes.y[axis_], axes.all.sum(parts));
    axes.mix(axes.y, axis_);
  }

 private:
  /// The part of a value of this shape that input i takes: a layout of the input's shape.
  template <class F>
  void for_each_part(const Layout& y, std::span<const View> x, F&& f) const {
    std::int64_t start = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      Layout part = y;
      part.shape[axis_] = extents_[i];
      part.origin += start * y.strides[axis_];
      start += extents_[i];
      f(i, part);
    }
  }
  void map(std::span<const View> x, const View& y) const final {
    for_each_part(*y.layout, x, [&](std::size_t i, const Layout& part) {
      const View target = {y.data, &part};
      if (x[i])
        spread(
            target, false, part.shape, [](float value) { return value; }, x[i]);
      else
        spread(
            target, false, part.shape, [](float) { return 0.0f; }, target);
    });
  }
  void transpose(const View& dy, std::span<const View> dx, std::span<const std::uint8_t> add) const final {
    for_each_part(*dy.layout, dx, [&](std::size_t i, const Layout& part) {
      if (dx[i])
        spread(
            dx[i], add[i] != 0, part.shape, [](float slope) { return slope; }, View{dy.data, &part});
    });
  }

  std::size_t axis_;
  std::vector<std::int64_t> extents_;
};

}  // namespace

std::unique_ptr<Operator> make_concatenate(const NodeShapes& node) {
  node.require(!node.inputs.empty() && node.weights.empty(), "must have inputs, and no weights");
  const auto axis = static_cast<std::size_t>(node.axis("axis", 0));
  Shape shape = node.inputs[0];
  shape[axis] = 0;
  std::vector<std::int64_t> extents;
  for (const Shape& input : node.inputs) {
    bool alike = input.size() == shape.size();
    for (std::size_t k = 0; k < shape.size() && alike; ++k) alike = k == axis || input[k] == shape[k];
    node.require(alike, "the inputs must agree in all axes but the one they are joined along");
    extents.push_back(input[axis]);
    shape[axis] += input[axis];
  }
  return make_vectorised<Concatenate>(std::move(shape), axis, std::move(extents));
}

}  // namespace nwedge::network
