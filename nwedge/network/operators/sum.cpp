#include <algorithm>

#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/spread.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/vectorised.hpp"

namespace nwedge::network {
namespace {

/// y = factor * the sum of x over some axes, which stay as extents of 1 (`keep`) or are left out.
class Sum : public LinearMap {
 public:
  Sum(Shape shape, Shape whole, Shape kept, float factor)
      : LinearMap(std::move(shape)), whole_(std::move(whole)), kept_(std::move(kept)), factor_(factor) {}
  bool wide() const override { return true; }
  void tie(const NodeAxes& axes) const override {
    std::vector<Axis> stay;
    for (std::size_t k = 0; k < whole_.size(); ++k)
      if (kept_[k] == whole_[k])
        stay.push_back(axes.x[0][k]);
      else
        axes.mix(axes.x[0], k);
    axes.all.tie(axes.all.product(stay), axes.all.product(axes.y));
  }

 private:
  /// The value's layout with the axes that were summed.
  Layout with_axes(const Layout& y) const { return *y.reshaped(kept_); }
  void map(std::span<const View> x, const View& y) const final {
    const Layout layout = with_axes(*y.layout);
    const float factor = factor_;
    spread(
        View{y.data, &layout}, false, whole_, [factor](float value) { return factor * value; }, x[0]);
  }
  void transpose(const View& dy, std::span<const View> dx, std::span<const std::uint8_t> add) const final {
    if (!dx[0]) return;
    const Layout layout = with_axes(*dy.layout);
    const float factor = factor_;
    spread(
        dx[0], add[0] != 0, whole_, [factor](float slope) { return factor * slope; }, View{dy.data, &layout});
  }

  Shape whole_;
  Shape kept_;
  float factor_;
};

std::unique_ptr<Operator> make_reduction(const NodeShapes& node, bool mean) {
  node.expect(1);
  const Shape& x = node.inputs[0];
  const auto rank = static_cast<std::int64_t>(x.size());
  std::vector<bool> summed(x.size(), false);
  for (const std::int64_t given : node.node.attributes.integers("axes", {})) {
    const std::int64_t axis = given < 0 ? given + rank : given;
    node.require(axis >= 0 && axis < rank,
                 "axes must be those of the input, one is " + std::to_string(given));
    summed[static_cast<std::size_t>(axis)] = true;
  }
  const bool keep = node.node.attributes.integer("keep", 0) != 0;
  Shape shape;
  Shape kept;
  std::int64_t count = 1;
  for (std::size_t k = 0; k < x.size(); ++k) {
    kept.push_back(summed[k] ? 1 : x[k]);
    if (summed[k]) count *= x[k];
    if (!summed[k] || keep) shape.push_back(kept.back());
  }
  return make_vectorised<Sum>(std::move(shape), x, std::move(kept),
                              mean ? 1.0f / static_cast<float>(count) : 1.0f);
}

}  // namespace

/// Attributes axes (negative ones count from the end), keep (0).
std::unique_ptr<Operator> make_sum(const NodeShapes& node) { return make_reduction(node, false); }
/// The same, divided by the number of entries.
std::unique_ptr<Operator> make_mean(const NodeShapes& node) { return make_reduction(node, true); }

}  // namespace nwedge::network
