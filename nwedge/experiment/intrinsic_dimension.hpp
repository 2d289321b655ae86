#pragma once
#include <map>
#include <optional>

#include "nwedge/core/fields.hpp"
#include "nwedge/experiment/experiment.hpp"
#include "nwedge/experiment/section_search.hpp"

namespace nwedge::experiment {

/// The lowest training loss of random sections of dimension d beside what a quadratic well predicts.
struct SectionLoss {
  std::int64_t d = 0;
  double measured = 0;                 ///< mean over the sections
  std::optional<double> hessian;       ///< predicted
  std::optional<double> gauss_newton;  ///< predicted
  void visit(FieldVisitor& visitor);
};

/// The dimensions estimated at one optimum.
struct OptimumDimension {
  std::int64_t seed = 0;
  double initial_loss = 0;                    ///< training loss at the initial point
  double loss = 0;                            ///< at the optimum
  double distance = 0;                        ///< R = ||optimum - initial point||
  std::int64_t failing = 0;                   ///< largest d tried below `reaching` that misses the target
  std::optional<std::int64_t> reaching;       ///< least d tried that reaches it
  double excess = 0;                          ///< loss at `reaching` less that of the optimum
  double exit_radius = 0;                     ///< median along random directions
  double stiffness = 0;                       ///< tr H^2 / tr H
  std::map<std::string, Quantity> estimates;  ///< by estimator
  std::vector<SectionLoss> sections;          ///< every d that was tried
  void visit(FieldVisitor& visitor);
};

struct IntrinsicDimensionResult {
  std::int64_t dimension = 0;
  std::int64_t examples = 0;
  std::vector<OptimumDimension> optima;
  Quantity drop;                              ///< initial less final training loss
  std::map<std::string, Quantity> estimates;  ///< means over optima
  std::optional<Quantity> short_directions;   ///< predicted, on a wedge model
  void visit(FieldVisitor& visitor);
};

/// The number of short directions of one landscape by independent estimators, and whether they agree. With H
/// the Hessian of the training loss at an optimum (on `examples` examples), lambda = tr H^2 / tr H its
/// typical stiffness, and G the Gauss-Newton matrix:
///   sections      least dimension of a random section through the initial point that reaches the target
///                 (experiment "subspace"): known to an interval between two dimensions that were tried
///   hessian       effective dimension sum_i lambda_i R^2 / (lambda_i R^2 + 2 epsilon) over the positive
///                 eigenvalues [larsen2021]: R the distance from the initial point, epsilon the loss that the
///                 sections of that least dimension leave above the optimum's
///   gauss-newton  the same of G, where the landscape has one
///   exit          2 threshold D / (lambda r^2), r the median exit radius along `random` random directions
///   rank          effective rank (tr H)^2 / tr H^2, by Hutchinson probes
///   count         eigenvalues above `count-share` times the largest, by stochastic Lanczos quadrature
/// Each has random vectors of its own. On the wedge model with equal stiffnesses and no core all of them are
/// s. The effective dimension also predicts the whole curve: sections of dimension d reach the excess at
/// which it equals d.
///
/// Arrays: d [n], a grid over what was tried; predicted-hessian, predicted-gauss-newton [optima, n]: losses;
/// tried-d, tried-loss [optima, most tried], NaN where an optimum tried fewer
class IntrinsicDimension final : public Experiment {
 public:
  std::int64_t examples = 2000;
  std::vector<std::int64_t> dimensions = {10, 30, 100, 300, 1000, 3000};
  SectionOptions section;
  double accuracy_fraction = 0.9;
  double loss_share = 0.05;
  double tolerance = 0.1;
  double threshold = 0.05;
  std::int64_t random = 10;
  std::int64_t trace_probes = 20;
  std::int64_t density_probes = 4;
  std::int64_t density_steps = 40;
  std::int64_t effective_probes = 4;
  std::int64_t effective_steps = 300;
  double count_share = 0.1;
  double factor = 2.0;

  std::string_view name() const override { return "intrinsic-dimension"; }
  std::string_view title() const override { return "One dimension, six estimators"; }
  std::string_view claim() const override { return "contribution-4"; }
  Grain grain() const override { return Grain::all_optima; }
  void visit(OptionVisitor& visitor) override;
  void validate(std::string_view place) const override;
  void validate_for(const Planned& planned, std::string_view place) const override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  SpreadLoop loop(const Landscape& landscape, std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  std::vector<Finding> do_judge(std::span<const StoredRecord> records) const override;
};

}  // namespace nwedge::experiment
