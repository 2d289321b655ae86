#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/spread.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/vectorised.hpp"

namespace nwedge::network {
namespace {

/// y = a - b, broadcast as NumPy does.
class Subtract : public LinearMap {
 public:
  using LinearMap::LinearMap;
  bool wide() const override { return true; }
  void tie(const NodeAxes& axes) const override { axes.broadcast(); }

 private:
  void map(std::span<const View> x, const View& y) const final {
    if (x[0] && x[1])
      spread(
          y, false, shape(), [](float a, float b) { return a - b; }, x[0], x[1]);
    else if (x[0])
      spread(
          y, false, shape(), [](float a) { return a; }, x[0]);
    else
      spread(
          y, false, shape(), [](float b) { return -b; }, x[1]);
  }
  void transpose(const View& dy, std::span<const View> dx, std::span<const std::uint8_t> add) const final {
    if (dx[0])
      spread(
          dx[0], add[0] != 0, shape(), [](float slope) { return slope; }, dy);
    if (dx[1])
      spread(
          dx[1], add[1] != 0, shape(), [](float slope) { return -slope; }, dy);
  }
};

}  // namespace

std::unique_ptr<Operator> make_subtract(const NodeShapes& node) {
  return make_vectorised<Subtract>(broadcast_shape(node));
}

}  // namespace nwedge::network
