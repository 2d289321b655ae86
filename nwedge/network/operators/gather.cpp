#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/spread.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/vectorised.hpp"

namespace nwedge::network {
namespace {

/// Along one axis, the entries that `indices` name, in that order; an entry may be named again. `squeeze`
/// leaves out the axis of a single one.
class Gather : public LinearMap {
 public:
  Gather(Shape shape, std::size_t axis, std::vector<std::int64_t> indices, bool squeeze)
      : LinearMap(std::move(shape)), axis_(axis), indices_(std::move(indices)), squeeze_(squeeze) {}
  bool wide() const override { return true; }
  /// Along the axis no entry moves.
  void tie(const NodeAxes& axes) const override {
    axes.all.fix(axes.x[0][axis_]);
    if (!squeeze_) axes.all.fix(axes.y[axis_]);
    for (std::size_t k = 0; k < axes.x[0].size(); ++k)
      if (k != axis_) axes.all.tie(axes.x[0][k], axes.y[squeeze_ && k > axis_ ? k - 1 : k]);
  }
  /// Of indices in equal steps forward.
  std::optional<Layout> view(const Layout& x) const override {
    const std::int64_t step = indices_.size() > 1 ? indices_[1] - indices_[0] : 1;
    bool steady = step >= 1;
    for (std::size_t k = 1; k < indices_.size() && steady; ++k)
      steady = indices_[k] - indices_[k - 1] == step;
    if (!steady) return std::nullopt;
    Layout y = at(x, indices_.front(), squeeze_);
    if (squeeze_) return y;
    y.origin += indices_.front() * x.strides[axis_];
    y.strides[axis_] *= step;
    y.shape = shape();
    return y;
  }

 private:
  /// Entry `index` of an axis, without that axis.
  Layout at(const Layout& value, std::int64_t index, bool has_axis) const {
    Layout part = value;
    if (!has_axis) return part;
    part.origin += index * value.strides[axis_];
    part.shape.erase(part.shape.begin() + static_cast<std::ptrdiff_t>(axis_));
    part.strides.erase(part.strides.begin() + static_cast<std::ptrdiff_t>(axis_));
    return part;
  }
  void map(std::span<const View> x, const View& y) const final {
    for (std::size_t k = 0; k < indices_.size(); ++k) {
      const Layout from = at(*x[0].layout, indices_[k], true);
      const Layout to = at(*y.layout, static_cast<std::int64_t>(k), !squeeze_);
      spread(
          View{y.data, &to}, false, to.shape, [](float value) { return value; }, View{x[0].data, &from});
    }
  }
  void transpose(const View& dy, std::span<const View> dx, std::span<const std::uint8_t> add) const final {
    if (!dx[0]) return;
    if (add[0] == 0)
      spread(
          dx[0], false, dx[0].layout->shape, [](float) { return 0.0f; }, dx[0]);
    for (std::size_t k = 0; k < indices_.size(); ++k) {
      const Layout to = at(*dx[0].layout, indices_[k], true);
      const Layout from = at(*dy.layout, static_cast<std::int64_t>(k), !squeeze_);
      spread(
          View{dx[0].data, &to}, true, to.shape, [](float slope) { return slope; }, View{dy.data, &from});
    }
  }

  std::size_t axis_;
  std::vector<std::int64_t> indices_;
  bool squeeze_;
};

}  // namespace

/// Attributes axis, indices, squeeze (0).
std::unique_ptr<Operator> make_gather(const NodeShapes& node) {
  node.expect(1);
  const auto axis = static_cast<std::size_t>(node.axis("axis", 0));
  Shape shape = node.inputs[0];
  std::vector<std::int64_t> indices = node.node.attributes.integers("indices", {});
  node.require(!indices.empty(), "indices must be given");
  for (const std::int64_t index : indices)
    node.require(index >= 0 && index < shape[axis],
                 "indices must lie in the axis, one is " + std::to_string(index));
  const bool squeeze = node.node.attributes.integer("squeeze", 0) != 0;
  node.require(!squeeze || indices.size() == 1, "only the axis of a single index can be left out");
  if (squeeze)
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  else
    shape[axis] = static_cast<std::int64_t>(indices.size());
  return make_vectorised<Gather>(std::move(shape), axis, std::move(indices), squeeze);
}

}  // namespace nwedge::network
