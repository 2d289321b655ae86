#pragma once
#include "nwedge/network/losses/loss.hpp"

namespace nwedge::network {

/// Binary cross-entropy of logits, in nats: with p = 1 / (1 + exp(-z)),
///
///   l(z, t) = -1/K sum_k [t_k log p_k + (1 - t_k) log(1 - p_k)],   t_k in [0, 1],
///
/// as torch.nn.BCEWithLogitsLoss. dl/dz_k = (p_k - t_k) / K, d2l/dz2 = diag p_k (1 - p_k) / K, which is kept,
/// as differences to t_k have lost its digits. Targets are K numbers, or for K = 1 labels 0 and 1. With K = 1
/// an example is right when z > 0 and t > 1/2, or neither; with more there is no accuracy.
class BinaryCrossEntropy final : public Loss {
 public:
  using Loss::Loss;

  bool has_accuracy() const override { return outputs() == 1; }
  bool is_log_likelihood() const override { return outputs() == 1; }  // else it is divided by K
  std::int64_t kept_rows() const override { return outputs(); }
  Tally tally(const float* outputs, std::int64_t stride, const Targets& targets) const override;
  Tally slopes(float* outputs, std::int64_t stride, const Targets& targets, double scale,
               float* kept) const override;
  void tangent(const float* slopes, const float* kept, float* tangent, std::int64_t stride,
               const Targets& targets, double scale) const override;
};

}  // namespace nwedge::network
