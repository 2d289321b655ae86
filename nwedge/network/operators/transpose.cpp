#include <algorithm>

#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/rearrange.hpp"
#include "nwedge/network/operators/symmetry.hpp"

namespace nwedge::network {
namespace {

/// y's axis k is x's axis permutation[k].
class Transpose final : public Rearrangement {
 public:
  Transpose(Shape shape, std::vector<std::int64_t> permutation)
      : Rearrangement(std::move(shape)), permutation_(std::move(permutation)) {}

  void tie(const NodeAxes& axes) const override {
    for (std::size_t k = 0; k < permutation_.size(); ++k)
      axes.all.tie(axes.y[k], axes.x[0][static_cast<std::size_t>(permutation_[k])]);
  }
  std::optional<Layout> view(const Layout& x) const override {
    Layout y = x;
    y.shape = shape();
    for (std::size_t k = 0; k < permutation_.size(); ++k)
      y.strides[k] = x.strides[static_cast<std::size_t>(permutation_[k])];
    return y;
  }

 private:
  std::vector<std::int64_t> permutation_;
};

}  // namespace

std::unique_ptr<Operator> make_transpose(const NodeShapes& node) {
  node.expect(1);
  const Shape& x = node.inputs[0];
  std::vector<std::int64_t> permutation = node.node.attributes.integers("permutation", {});
  std::vector<std::int64_t> sorted = permutation;
  std::sort(sorted.begin(), sorted.end());
  bool whole = sorted.size() == x.size();
  for (std::size_t k = 0; k < sorted.size() && whole; ++k) whole = sorted[k] == static_cast<std::int64_t>(k);
  node.require(whole, "the permutation must name each axis once, is " + shape_text(permutation));
  Shape shape;
  for (const std::int64_t axis : permutation) shape.push_back(x[static_cast<std::size_t>(axis)]);
  return std::make_unique<Transpose>(std::move(shape), std::move(permutation));
}

}  // namespace nwedge::network
