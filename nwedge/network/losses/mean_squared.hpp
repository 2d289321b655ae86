#pragma once
#include "nwedge/network/losses/loss.hpp"

namespace nwedge::network {

/// Mean squared error: l(z, t) = 1/K sum_k (z_k - t_k)^2 for targets of K numbers, as torch.nn.MSELoss; in
/// squared units of the targets. dl/dz_k = 2 (z_k - t_k) / K, d2l/dz2 = 2/K times the identity. There is no
/// accuracy.
class MeanSquared final : public Loss {
 public:
  using Loss::Loss;

  bool has_accuracy() const override { return false; }
  bool is_log_likelihood() const override { return true; }  // of a normal law of variance K / 2
  Tally tally(const float* outputs, std::int64_t stride, const Targets& targets) const override;
  Tally slopes(float* outputs, std::int64_t stride, const Targets& targets, double scale,
               float* kept) const override;
  void tangent(const float* slopes, const float* kept, float* tangent, std::int64_t stride,
               const Targets& targets, double scale) const override;
};

}  // namespace nwedge::network
