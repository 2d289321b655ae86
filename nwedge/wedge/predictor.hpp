#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nwedge/wedge/prediction.hpp"
#include "nwedge/wedge/theory.hpp"
#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::wedge {

/// What experiments on one wedge model should measure, in every variant of it: a closed form of `theory`
/// where one holds exactly enough to judge by, else Monte Carlo on the model itself, seeded, with its
/// standard error, else nothing and the reason. Never an `Error` for a model's sake.
///
/// Random points are N(0, sigma_0^2 I); an optimum is where slow descent from one ends (`descended`): on the
/// edge of its core when half-width or opening are above 0. Training with momentum or noise ends further
/// inside. Under a soft minimum descent has no place where it ends, so nothing about optima is predicted.
///
/// A call makes at most about 3e8 elementary operations (0.2 s of one processor); a model of which fewer than
/// 30 samples are to be had for that has no Monte Carlo. The same numbers on any machine and number of
/// threads.
class Predictor {
 public:
  /// `model` must outlive it.
  explicit Predictor(const WedgeModel& model, std::uint64_t seed = 0);

  /// Mean loss of a random point.
  Prediction random_point_loss() const;
  /// Mean least loss on random d-dimensional sections through random points, d <= D.
  Prediction section_loss(std::int64_t d) const;
  /// Mean loss at each t on the straight line between optima in two different wedges: the least over all
  /// wedges.
  std::vector<Prediction> line_losses(std::span<const double> t) const;
  /// Mean barrier of that line, max over the given t of the loss above the interpolation of the ends.
  Prediction line_barrier(std::span<const double> t) const;
  /// The straight line from a random point to its optimum, L(t) / L(0): (1 - t)^2, or 1 - t for a linear
  /// energy, wherever the optimum lies on the edge: width 0, or stiffness 1 and a ball, or a box of opening
  /// 0.
  Prediction descent_share(double t) const;
  /// Quantiles of the first radius along a random direction from an optimum at which the loss has risen by
  /// `rise`.
  std::vector<Prediction> exit_radii(double rise, std::span<const double> quantiles) const;
  /// That radius along a stiffest short direction from an optimum.
  Prediction short_exit_radius(double rise) const;
  /// The trace of the Hessian at an optimum.
  Prediction trace() const;

  /// When a point of a plane belongs to the radial tunnel: its loss is at most `loss`, or at most `loss`
  /// above that on the axis.
  struct Inside {
    double loss = 0.5;
    bool above_axis = false;
  };
  struct Radial {
    Prediction half_width;  ///< in units of weight space
    Prediction half_angle;  ///< in degrees
  };
  /// Medians over random planes through the origin and an optimum, at each share of the optimum's norm.
  std::vector<Radial> radial_tunnel(std::span<const double> shares, Inside inside) const;

  /// Mean loss of the average of N optima in N different wedges (`apart`), or in one.
  Prediction average_loss(std::int64_t optima, bool apart) const;
  /// Loss above the ends that the lowest path between optima of these two wedges has to take: 0 where they
  /// meet.
  Prediction tunnel_barrier(std::int64_t first, std::int64_t second) const;
  /// Chance that a kick theta <- a theta + sqrt(1 - a^2) N(0, sigma_0^2 I) from an optimum ends in another
  /// wedge.
  Prediction switch_probability(double kept) const;

 private:
  struct Optimum {
    std::vector<float> point;
    std::int64_t wedge;
  };
  using Points = std::vector<Optimum>;

  std::vector<float> random_point(std::string_view purpose, std::uint64_t index) const;
  Optimum optimum(std::string_view purpose, std::uint64_t index) const;
  /// Optima in different wedges, drawn one after the other; fewer than asked for where random points reach no
  /// more.
  Points distinct_optima(std::string_view purpose, std::uint64_t index, std::int64_t count) const;
  /// One list of values a sample, so many losses each on sections of `points` points; turned round: [values]
  /// [samples]. Samples whose list is empty are left out. Throws `NotSampled` where too few are to be had.
  std::vector<std::vector<double>> draw(
      double points, double losses, const std::function<std::vector<double>(std::uint64_t)>& sample) const;
  std::int64_t samples_of(double points, double losses) const;
  void require_optima() const;
  bool width_zero() const;
  /// Closed forms of one wedge hold for all as long as the loss stays below `rise`: the others are too far
  /// away.
  bool alone_below(double rise) const;

  const WedgeModel& model_;
  std::uint64_t seed_;
  std::optional<theory::Parameters> closed_;  ///< of a variant with closed forms
};

}  // namespace nwedge::wedge
