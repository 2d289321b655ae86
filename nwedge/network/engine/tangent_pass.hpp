#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "nwedge/curvature.hpp"
#include "nwedge/network/engine/pass.hpp"
#include "nwedge/network/engine/plan.hpp"
#include "nwedge/network/kernels/lanes.hpp"

namespace nwedge::network {

/// The directional derivative of a pass along a vector v of weight space, the R-operator of
/// [pearlmutter1994]: every step's tangent forward, the derivative of the loss's slope in the outputs, every
/// step's tangent backward. For the Gauss-Newton matrix the tangents of the outputs, times the Hessian of the
/// loss in them, go backward like slopes; for the empirical Fisher matrix the slopes s_i of an example's
/// outputs times their product with its tangents, s_i (s_i z._i). For one thread at a time.
class TangentPass {
 public:
  explicit TangentPass(std::shared_ptr<const Plan> plan);

  /// H v (or G v) of the micro-batch of `base`, whose slopes are those at the same weights and scale: added
  /// onto `product` [D] if `add`, else replacing it.
  void multiply(const Pass& base, const Point& point, const Loss& loss, const float* vector, double scale,
                CurvatureMatrix matrix, float* product, bool add);

 private:
  NodePass node_pass(const Pass& base, std::size_t s, const Point& point) const;
  void clear_slopes(const Step& step);

  std::shared_ptr<const Plan> plan_;
  LaneArray values_;
  LaneArray slopes_;
  LaneArray scratch_;
  LaneArray kept_;
  std::vector<StepViews> views_;
};

}  // namespace nwedge::network
