#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/rearrange.hpp"
#include "nwedge/network/operators/symmetry.hpp"

namespace nwedge::network {
namespace {

/// Along one axis, the entries start, start + step, … below end.
class Slice final : public Rearrangement {
 public:
  Slice(Shape shape, std::size_t axis, std::int64_t start, std::int64_t step)
      : Rearrangement(std::move(shape)), axis_(axis), start_(start), step_(step) {}

  /// The entries that are taken and those around them move among themselves; with gaps none moves.
  void tie(const NodeAxes& axes) const override {
    for (std::size_t k = 0; k < shape().size(); ++k)
      if (k != axis_) axes.all.tie(axes.y[k], axes.x[0][k]);
    Axis taken = axes.x[0][axis_];
    if (step_ != 1) {
      axes.all.fix(taken);
      axes.all.fix(axes.y[axis_]);
      return;
    }
    if (start_ > 0) taken = axes.all.cut(taken, start_).second;
    if (shape()[axis_] < axes.all.extent(taken)) taken = axes.all.cut(taken, shape()[axis_]).first;
    axes.all.tie(axes.y[axis_], taken);
  }
  std::optional<Layout> view(const Layout& x) const override {
    Layout y = x;
    y.shape = shape();
    y.origin += start_ * x.strides[axis_];
    y.strides[axis_] *= step_;
    return y;
  }

 private:
  std::size_t axis_;
  std::int64_t start_;
  std::int64_t step_;
};

}  // namespace

/// Attributes axis, start (0), end (the extent), step (1): 0 <= start < end <= extent.
std::unique_ptr<Operator> make_slice(const NodeShapes& node) {
  node.expect(1);
  const auto axis = static_cast<std::size_t>(node.axis("axis", 0));
  Shape shape = node.inputs[0];
  const std::int64_t extent = shape[axis];
  const std::int64_t start = node.node.attributes.integer("start", 0);
  const std::int64_t end = node.node.attributes.integer("end", extent);
  const std::int64_t step = node.node.attributes.integer("step", 1);
  node.require(0 <= start && start < end && end <= extent && step >= 1,
               "start, end and step must be a range of the axis");
  shape[axis] = (end - start + step - 1) / step;
  return std::make_unique<Slice>(std::move(shape), axis, start, step);
}

}  // namespace nwedge::network
