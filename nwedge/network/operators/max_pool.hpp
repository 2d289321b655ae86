#pragma once
#include <memory>

#include "nwedge/network/operators/operator.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/window.hpp"

namespace nwedge::network {

/// y[c, h, w] = the greatest of x in the window; of equals the first, in row-major order; a NaN is the
/// greatest. Padding takes no part. Attributes kernel, stride (the kernel), padding, dilation, ceil.
class MaxPool : public Operator {
 public:
  MaxPool(const NodeShapes& node, const Window& window);

  /// Whether this is 2x2 at stride 2, an odd last row or column left out: what `Layer` does along the way.
  bool halves() const;

  void tie(const NodeAxes& axes) const override { axes.slide(); }
  std::int64_t kept_bytes(std::int64_t lanes) const override { return size_of(shape()) * lanes * 4; }
  void forward(const NodePass& pass) const override;
  void backward(const NodePass& pass) const override;
  void tangent(const NodePass& pass) const override;
  void tangent_backward(const NodePass& pass) const override;

 private:
  template <class F>  // f(c, h, w, index of y's entry)
  void for_each(F&& f) const;
  void scatter(const NodePass& pass, const View& dy, const View& dx, bool add) const;

  Window window_;
};

}  // namespace nwedge::network
