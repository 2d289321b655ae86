#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "nwedge/core/monitor.hpp"
#include "nwedge/geometry/shape_landscape.hpp"
#include "nwedge/spectrum/operator.hpp"
#include "nwedge/spectrum/quadrature.hpp"
#include "nwedge/spectrum/trace.hpp"

namespace nwedge::experiment {

/// The Hessian of the m-tunnel functional at a centre c, branch by branch: with
///   H_i = int_0^1 (1 - t)^2 H(c + t (o_i - c)) dt   that of T_m is   (1/m) sum_i H_i.
class StarHessian {
 public:
  /// `optima` [m, D], `centre` [D]; `order` quadrature nodes a branch. Keeps one curvature of the base a
  /// node.
  StarHessian(const CurvedLandscape& base, std::span<const float> optima, std::span<const float> centre,
              std::int64_t order);

  std::int64_t branches() const { return static_cast<std::int64_t>(curvatures_.size()); }
  std::int64_t rows() const { return curvatures_.front()->dimension(); }
  /// products [m, D]: H_i v for every branch.
  void multiply_each(std::span<const float> vector, std::span<float> products);
  /// product = (1/m) sum_i H_i v.
  void multiply(std::span<const float> vector, std::span<float> product);

 private:
  std::vector<std::unique_ptr<geometry::CurvedShapeLandscape>> functionals_;
  std::vector<std::unique_ptr<Curvature>> curvatures_;
  std::vector<float> products_;
};

/// Effective ranks PR = (tr H)^2 / tr(H^2) of a star and of its branches alone, by Hutchinson's probes of +-1
/// entries [hutchinson1990]. Errors by the jackknife over the probes.
struct EffectiveRanks {
  spectrum::Estimate star;      ///< PR of (1/m) sum_i H_i
  spectrum::Estimate branches;  ///< mean of the PR of the H_i
  spectrum::Estimate ratio;     ///< star / branches: how many times more short directions than one branch has
};
/// Costs `probes` >= 2 products of each branch.
EffectiveRanks effective_ranks(StarHessian& hessian, std::int64_t probes, std::uint64_t seed,
                               Monitor& monitor);

/// The large eigenvalues of H, each as often as it occurs.
struct StiffSpectrum {
  std::vector<double> ritz;  ///< Ritz values, descending; empty when H gives values that are not finite
  /// Where the steps did not suffice to meet every multiple eigenvalue: how often each occurs, by random
  /// probes.
  std::optional<spectrum::Quadrature> multiplicities;

  spectrum::Estimate count_above(double threshold) const;  ///< without error where no probes were needed
};

/// At most `steps` Lanczos steps with full reorthogonalisation. Where H leaves a space invariant (few
/// different eigenvalues: wedges) the process goes on in its complement until that holds no value above
/// `least_share` times the largest, so that multiple eigenvalues are counted as often as they occur. Where
/// the steps end before, the multiplicities are estimated from `kMultiplicityProbes` vectors of +-1 entries,
/// exactly so for a diagonal H (axis frames) [ubaru2017], at that many times the steps that the first space
/// took.
StiffSpectrum stiff_spectrum(spectrum::OperatorReference hessian, std::int64_t steps, double least_share,
                             std::uint64_t seed, Monitor& monitor);
inline constexpr std::int64_t kMultiplicityProbes = 8;

/// The overlap ||V_a^T V_b||_F^2 / k of two k-dimensional spaces with orthonormal bases [k, D]: 1 for the
/// same space, k / D on average for random ones.
double overlap(std::span<const float> a, std::span<const float> b, std::int64_t k);

/// The entropy rank exp(-sum p log p) of the union of several k-dimensional spaces, p the eigenvalues of
/// (1 / mk) sum_i V_i V_i^T; bases [m, k, D]. k for equal spaces, mk for orthogonal ones.
double union_entropy_rank(std::span<const float> bases, std::int64_t rows, std::int64_t dimension);

/// D_eff (1 - (1 - k / D_eff)^m): the union of m random k-dimensional coordinate spaces in D_eff dimensions.
double predicted_union(double effective_dimension, double k, std::int64_t m);

}  // namespace nwedge::experiment
