#include <algorithm>

#include "nwedge/network/kernels/lane_product.hpp"
#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/vectorised.hpp"

namespace nwedge::network {
namespace {

/// y = a b for two values: a [..., n, k], b [..., k, m], y [..., n, m]; the axes before are broadcast. Slopes
/// dy b^T and a^T dy; y. = a. b + a b.
class Matmul : public Operator {
 public:
  Matmul(Shape shape, std::int64_t inner) : Operator(std::move(shape)), inner_(inner) {}
  bool wide() const override { return true; }
  void tie(const NodeAxes& axes) const override {
    const std::vector<Axis>& a = axes.x[0];
    const std::vector<Axis>& b = axes.x[1];
    const std::size_t rank = axes.y.size();
    axes.all.tie(a.back(), b[b.size() - 2]);
    axes.all.tie(a[a.size() - 2], axes.y[rank - 2]);
    axes.all.tie(b.back(), axes.y[rank - 1]);
    for (const std::vector<Axis>* side : {&a, &b})
      for (std::size_t k = 3; k <= side->size(); ++k) {
        const Axis outer = (*side)[side->size() - k];
        if (axes.all.extent(outer) == axes.all.extent(axes.y[rank - k]))
          axes.all.tie(outer, axes.y[rank - k]);
      }
    const std::span<const Axis> batch = std::span(axes.y).first(rank - 2);
    axes.all.depend(a.back(), batch);
    axes.all.depend(a[a.size() - 2], batch);
    axes.all.depend(b.back(), batch);
    axes.mix(a, a.size() - 1);
    axes.mix(b, b.size() - 2);
  }
  bool keeps_input(std::size_t) const override { return true; }

  void forward(const NodePass& pass) const override { product(pass.x[0], pass.x[1], pass.y, false); }
  void tangent(const NodePass& pass) const override {
    if (pass.x_dot[0]) product(pass.x_dot[0], pass.x[1], pass.y_dot, false);
    if (pass.x_dot[1]) product(pass.x[0], pass.x_dot[1], pass.y_dot, static_cast<bool>(pass.x_dot[0]));
  }
  void backward(const NodePass& pass) const override {
    if (pass.dx[0]) slope_of_left(pass.dy, pass.x[1], pass.dx[0], pass.add[0] != 0);
    if (pass.dx[1]) slope_of_right(pass.x[0], pass.dy, pass.dx[1], pass.add[1] != 0);
  }
  void tangent_backward(const NodePass& pass) const override {
    if (pass.dx_dot[0]) {
      slope_of_left(pass.dy_dot, pass.x[1], pass.dx_dot[0], pass.add[0] != 0);
      if (pass.x_dot[1]) slope_of_left(pass.dy, pass.x_dot[1], pass.dx_dot[0], true);
    }
    if (pass.dx_dot[1]) {
      slope_of_right(pass.x[0], pass.dy_dot, pass.dx_dot[1], pass.add[1] != 0);
      if (pass.x_dot[0]) slope_of_right(pass.x_dot[0], pass.dy, pass.dx_dot[1], true);
    }
  }

 private:
  std::int64_t rows() const { return shape()[shape().size() - 2]; }
  std::int64_t columns() const { return shape().back(); }

  static LaneMatrix matrix(const View& view, std::int64_t offset) {
    const std::size_t rank = view.layout->rank();
    return {view.begin() + offset, view.layout->strides[rank - 2], view.layout->strides[rank - 1]};
  }
  /// f(a, b, c) for every matrix of the axes before.
  template <class F>
  void for_each_matrix(const View& a, const View& b, const View& c, F&& f) const {
    const Shape outer(shape().begin(), shape().end() - 2);
    const auto strides = [&](const View& view) {
      Layout without = *view.layout;
      without.shape.resize(without.shape.size() - 2);
      without.strides.resize(without.strides.size() - 2);
      return broadcast_strides(without, outer);
    };
    const Runs runs(outer, {strides(a), strides(b), strides(c)}, 1);
    runs.for_each([&](const auto& at) { f(matrix(a, at[0]), matrix(b, at[1]), matrix(c, at[2])); });
  }
  void product(const View& left, const View& right, const View& result, bool add) const {
    const LaneExtents extents = {rows(), inner_, columns(), result.layout->lanes};
    for_each_matrix(left, right, result, [&](const LaneMatrix& a, const LaneMatrix& b, const LaneMatrix& c) {
      multiply_lanes(a, b, c, extents, add);
    });
  }
  void slope_of_left(const View& dy, const View& right, const View& da, bool add) const {
    const LaneExtents extents = {rows(), columns(), inner_, da.layout->lanes};
    add = begin_sum(da, add);
    for_each_matrix(dy, right, da, [&](const LaneMatrix& a, const LaneMatrix& b, const LaneMatrix& c) {
      multiply_lanes(a, b.transposed(), c, extents, add);
    });
  }
  void slope_of_right(const View& left, const View& dy, const View& db, bool add) const {
    const LaneExtents extents = {inner_, rows(), columns(), db.layout->lanes};
    add = begin_sum(db, add);
    for_each_matrix(left, dy, db, [&](const LaneMatrix& a, const LaneMatrix& b, const LaneMatrix& c) {
      multiply_lanes(a.transposed(), b, c, extents, add);
    });
  }
  /// Whether products are added onto `target`: always, from zero on, where broadcasting sends several there.
  bool begin_sum(const View& target, bool add) const {
    const Shape& to = target.layout->shape;
    if (add || size_of(Shape(to.begin(), to.end() - 2)) == size_of(Shape(shape().begin(), shape().end() - 2)))
      return add;
    const Runs runs(to, {target.layout->strides}, target.layout->lanes);
    runs.for_each([&](const auto& at) { std::fill_n(target.begin() + at[0], runs.length(), 0.0f); });
    return true;
  }

  std::int64_t inner_;
};

}  // namespace

std::unique_ptr<Operator> make_matmul(const NodeShapes& node) {
  node.expect(2);
  const Shape& a = node.inputs[0];
  const Shape& b = node.inputs[1];
  node.require(a.size() >= 2 && b.size() >= 2, "both inputs must be matrices [..., rows, columns]");
  node.require(a.back() == b[b.size() - 2],
               "the columns of the first must be as many as the rows of the second");
  Shape shape(std::max(a.size(), b.size()), 1);
  for (std::size_t k = 2; k < shape.size(); ++k) {
    const std::int64_t ours = k < a.size() ? a[a.size() - 1 - k] : 1;
    const std::int64_t theirs = k < b.size() ? b[b.size() - 1 - k] : 1;
    node.require(ours == theirs || ours == 1 || theirs == 1,
                 "the axes before the matrices must agree, or be 1");
    shape[shape.size() - 1 - k] = std::max(ours, theirs);
  }
  shape[shape.size() - 2] = a[a.size() - 2];
  shape.back() = b.back();
  return make_vectorised<Matmul>(std::move(shape), a.back());
}

}  // namespace nwedge::network
