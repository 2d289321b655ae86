#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "nwedge/curvature.hpp"
#include "nwedge/wedge/axis_kernel.hpp"
#include "nwedge/wedge/cross_section.hpp"
#include "nwedge/wedge/frames.hpp"
#include "nwedge/wedge/wedge_options.hpp"
#include "nwedge/wedge/wedge_set.hpp"

namespace nwedge::wedge {

/// The explicit n-wedge model of a loss landscape [fort2019]: the loss of a point is the energy of the
/// nearest of K wedges (hard minimum) or a soft minimum over them; formulas at `WedgeOptions`.
///
/// Loss and gradient are exact in every variant, summed in double (axis frames without centres, stiffness and
/// opening: up to 16 squares in float first, see `AxisKernel`). Where the loss has a kink (between two
/// wedges, at the edge of a core under a linear energy, at long radius 0 of an opening wedge) the gradient is
/// that of one adjoining piece: the wedge of lowest index, the core's inside, radius derivative 0. The
/// Hessian is that of the same piece. It has no data: splits are ignored, examples are 0, there is no
/// accuracy.
///
/// Memory O(Ks) for axis frames, K s D floats for random ones. One loss costs O(Ks) (plus O(D) when opening >
/// 0, and O(KD) when the centres have long parts), with random frames O(KsD).
class WedgeModel final : public CurvedLandscape {
 public:
  explicit WedgeModel(const WedgeOptions& options);
  /// With a given geometry; `options` describes the rest and must agree with it in D, K, s and the kind of
  /// frames. The model's `options().stiffness` is what the geometry has.
  WedgeModel(WedgeOptions options, WedgeSet wedges);

  const WedgeOptions& options() const { return options_; }
  const WedgeSet& geometry() const { return wedges_; }
  const CrossSection& cross_section() const { return section_; }
  std::int64_t wedges() const { return wedges_.count; }                       ///< K
  std::int64_t short_directions() const { return wedges_.short_directions; }  ///< s
  bool axis() const { return wedges_.axis(); }
  std::span<const std::int64_t> short_axes(std::int64_t wedge) const;  ///< S_k [s]; axis frames only
  std::span<const float> frame(std::int64_t wedge) const;              ///< B_k^T [s, D]; random frames only

  /// The wedge of least energy; the lowest index when several share it.
  std::int64_t nearest(std::span<const float> point) const;
  std::vector<double> energies(std::span<const float> point) const;  ///< E_k [K]
  double loss_of(std::span<const double> energies) const;            ///< their hard or soft minimum
  std::vector<double> short_coordinates(std::span<const float> point, std::int64_t wedge) const;  ///< u_k [s]
  std::vector<double> short_distances(std::span<const float> point) const;     ///< ||u_k|| [K]
  double long_radius(std::span<const float> point, std::int64_t wedge) const;  ///< rho_k

  /// What `gradient` and `nearest` give for P points.
  struct Slopes {
    std::vector<double> losses;         ///< [P]
    std::vector<float> gradients;       ///< [P, D]
    std::vector<std::int64_t> nearest;  ///< [P]
  };
  /// For points [P, D], bit for bit as one by one; threads share the points.
  Slopes slopes(std::span<const float> points) const;

  /// The point nearest to `point` on the cores u_k = 0 of all the given wedges at once: on one wedge, or on
  /// the intersection of several. An `Error` when they do not meet. Cost O(ms) for axis frames, O(m^2 s^2 D)
  /// for random.
  std::vector<float> project(std::span<const float> point, std::span<const std::int64_t> wedges) const;
  /// Short directions of the intersection of the given wedges: |S_1 u … u S_m|, or the rank of the stacked
  /// frames.
  std::int64_t union_of_short_directions(std::span<const std::int64_t> wedges) const;

 private:
  std::vector<float> do_initial_point(std::uint64_t seed) const override;
  Metrics do_evaluate(std::span<const float> point, Split split) const override;
  std::vector<Metrics> do_evaluate_many(std::span<const float> points, Split split) const override;
  double do_gradient(std::span<const float> point, std::span<float> gradient, Split split) const override;
  double do_batch_gradient(std::span<const float> point, const Batch& batch,
                           std::span<float> gradient) const override;
  std::unique_ptr<Curvature> do_curvature_at(std::span<const float> point, Split split) const override;
  /// Gauss-Newton: for a hard minimum without opening the Hessian itself, as the energy of the nearest wedge
  /// is then a convex function of its short coordinates, which are linear in theta.
  bool do_has_matrix(CurvatureMatrix matrix) const override {
    return matrix == CurvatureMatrix::gauss_newton && options_.minimum == "hard" && options_.opening == 0;
  }
  std::unique_ptr<Curvature> do_matrix_at(CurvatureMatrix, std::span<const float> point,
                                          Split split) const override {
    return do_curvature_at(point, split);
  }

  struct Combined {  // the minimum over wedges and each wedge's share of it
    double loss;
    std::vector<std::int64_t> wedges;
    std::vector<double> shares;  // dL/dE
  };
  Combined combine(std::span<const double> energies) const;
  double squared_distance_to_centre(std::span<const float> point, std::int64_t wedge) const;
  double gradient_of(std::span<const float> point, std::span<const double> energies,
                     std::span<float> gradient) const;
  void add_slope(std::span<const float> point, std::int64_t wedge, double share, std::span<double> sum) const;
  void require_wedge(std::int64_t wedge) const;
  void require_point(std::span<const float> point) const;

  /// body(index, energies [K] of that point) for every point, tiles of sixteen over the threads.
  void for_energies(std::span<const float> points,
                    const std::function<void(std::size_t, std::span<const double>)>& body) const;

  friend class WedgeCurvature;

  WedgeOptions options_;
  WedgeSet wedges_;
  Frames frames_;
  CrossSection section_;
  std::optional<AxisKernel>
      kernel_;  ///< axis frames, no centres, stiffness 1, and a width common to all wedges
};

}  // namespace nwedge::wedge
