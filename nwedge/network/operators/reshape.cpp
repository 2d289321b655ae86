#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/rearrange.hpp"
#include "nwedge/network/operators/symmetry.hpp"

namespace nwedge::network {
namespace {

/// The entries of x in row-major order under the shape that the attribute `shape` gives.
class Reshape final : public Rearrangement {
 public:
  using Rearrangement::Rearrangement;
  /// Both shapes are one row of factors, cut at the places where either of them has an end.
  void tie(const NodeAxes& axes) const override {
    axes.all.tie(axes.all.product(axes.x[0]), axes.all.product(axes.y));
  }
  std::optional<Layout> view(const Layout& x) const override { return x.reshaped(shape()); }
};

}  // namespace

std::unique_ptr<Operator> make_reshape(const NodeShapes& node) {
  node.expect(1);
  Shape shape = node.node.attributes.integers("shape", {});
  node.require(size_of(shape) == size_of(node.inputs[0]),
               "the shape " + shape_text(shape) + " must have as many entries as the input");
  return std::make_unique<Reshape>(std::move(shape));
}

}  // namespace nwedge::network
