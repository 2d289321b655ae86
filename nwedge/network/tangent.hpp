#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "nwedge/network/lanes.hpp"
#include "nwedge/network/pass.hpp"
#include "nwedge/network/plan.hpp"

namespace nwedge::network {

/// Which matrix multiplies a vector: the Hessian, or the Gauss-Newton matrix, which leaves out that the
/// network's outputs bend.
enum class CurvatureMatrix { hessian, gauss_newton };

/// The directional derivative of a pass along a vector v of weight space, the R-operator of
/// [pearlmutter1994]: with W, x, z and the slopes s of the pass, and dots for derivatives along v,
///
///   z. = W x. + V x + v_b                  x. = activation'(z) z. at the winners of the pooling
///   s. of x = W^T s. + V^T s               s. of z = activation'(z) s. of x + activation''(z) (s of x) z.
///   (H v)_W = s. x^T + s x.^T              (H v)_b = sum s.
///
/// Two products a layer forward and four backward; a first layer, whose x. is 0, needs one and one. A kink
/// has slope and no bend: the Hessian is that of the smooth piece. For one thread at a time.
///
/// For the Gauss-Newton matrix the same tangents of the logits, times diag p - p p^T, go backward like
/// slopes:
///   s. of x = W^T s.     s. of z = activation'(z) s. of x     (G v)_W = s. x^T     (G v)_b = sum s.
class TangentPass {
 public:
  explicit TangentPass(std::shared_ptr<const Plan> plan);

  /// H v (or G v) of the micro-batch of `base`, whose slopes are those at the same weights and scale: added
  /// onto `product` [D] if `add`, else replacing it.
  void multiply(const Pass& base, const float* weights, const float* vector, double scale,
                CurvatureMatrix matrix, float* product, bool add);

 private:
  struct LayerTangents {
    LaneArray x;
    LaneArray transposed;  // of x, for a linear layer
    LaneArray slope;       // of z; of the last layer: the tangent of the logits at first
    LaneArray bend;        // activation''(z) (s of x) z. where x of the next layer lies; empty for ReLU
    LaneArray bias_sums;   // [channel, 16]: sums of the slope's tangents of a pooled layer
  };

  void forward_layer(const Pass& base, std::size_t l, const float* weights, const float* vector);
  void finish_row(const Pass& base, std::size_t l, std::int64_t h);
  void backward_layer(const Pass& base, std::size_t l, const float* weights, const float* vector);
  void absorb_row(const Pass& base, std::size_t l, std::int64_t h, float* slopes, std::int64_t stride);
  void layer_product(const Pass& base, std::size_t l, float* product, bool add);

  std::shared_ptr<const Plan> plan_;
  std::vector<LayerTangents> layers_;
  bool bends_ = true;  // whether the outputs' bends count: not in the Gauss-Newton matrix
  LaneArray rows_;
  LaneArray picked_;  // one row of the slopes at the winners
};

}  // namespace nwedge::network
