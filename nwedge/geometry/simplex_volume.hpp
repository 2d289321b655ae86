#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "nwedge/geometry/shape_landscape.hpp"

namespace nwedge::geometry {

/// log V of the k-simplex with the corners [k + 1, D]: V = sqrt(det G) / k!, G_ab = <p_a - p_0, p_b - p_0>;
/// -infinity for a flat one. With `gradient` [k + 1, D] not empty also d log V / dp. Cost O(k^2 D).
double log_simplex_volume(std::span<const float> corners, std::int64_t dimension,
                          std::span<double> gradient = {});

/// log V of every simplex of a complex, in order, with its control points [fixed, D] and [free, D].
std::vector<double> log_volumes(const SimplicialComplex& complex, std::span<const float> fixed,
                                std::span<const float> free, std::int64_t dimension);

/// F(P) - weight (1/S) sum_s log V_s(P) over the S simplices of a complex: trains connectors that are low and
/// far apart [benton2021, equation 3]; where we deviate: the mean of the logarithms stands for the logarithm
/// of the sum. Its values may be negative. The complex must outlive it.
class VolumeReward final : public Landscape {
 public:
  /// `mean_loss` must be over a SimplicialComplex; `weight` > 0.
  VolumeReward(const ShapeLandscape& mean_loss, double weight);

 private:
  bool do_has_accuracy() const override { return mean_loss_.has_accuracy(); }
  std::int64_t do_examples(Split split) const override { return mean_loss_.examples(split); }
  std::vector<ParameterGroup> do_parameter_groups() const override { return mean_loss_.parameter_groups(); }
  std::vector<float> do_initial_point(std::uint64_t seed) const override {
    return mean_loss_.initial_point(seed);
  }
  Metrics do_evaluate(std::span<const float> point, Split split) const override;
  double do_gradient(std::span<const float> point, std::span<float> gradient, Split split) const override;
  double do_batch_gradient(std::span<const float> point, const Batch& batch,
                           std::span<float> gradient) const override;
  /// The reward; subtracts its gradient from `gradient` where that is not empty.
  double reward(std::span<const float> free, std::span<float> gradient) const;

  const ShapeLandscape& mean_loss_;
  const SimplicialComplex& complex_;
  double weight_;
};

}  // namespace nwedge::geometry
