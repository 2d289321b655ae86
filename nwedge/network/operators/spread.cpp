#include "nwedge/network/operators/spread.hpp"

namespace nwedge::network {

Shape broadcast_shape(const NodeShapes& node) {
  node.expect(2);
  const Shape& a = node.inputs[0];
  const Shape& b = node.inputs[1];
  Shape shape(std::max(a.size(), b.size()));
  for (std::size_t k = 0; k < shape.size(); ++k) {
    const std::int64_t ours = k < a.size() ? a[a.size() - 1 - k] : 1;
    const std::int64_t theirs = k < b.size() ? b[b.size() - 1 - k] : 1;
    node.require(ours == theirs || ours == 1 || theirs == 1,
                 "the shapes must agree, or be 1, axis by axis from the last");
    shape[shape.size() - 1 - k] = std::max(ours, theirs);
  }
  return shape;
}

}  // namespace nwedge::network
