#pragma once
#include <limits>
#include <map>
#include <optional>

#include "nwedge/core/fields.hpp"
#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// The exit radii from one optimum. A radius that is not finite (null): still inside at the end of the scan.
struct OptimumDirections {
  std::int64_t seed = 0;
  double loss = 0;
  double reach = 0;                      ///< the largest radius scanned
  double initial_distance = 0;           ///< to the initial point
  std::vector<double> optima_distances;  ///< to the other optima
  std::vector<double> top;               ///< largest eigenvalues of H
  std::vector<double> bottom;            ///< smallest: the most negative
  std::vector<double> flat;              ///< v^T G v of each long direction
  Quantity trace;                        ///< errors over probes
  Quantity effective_rank;
  std::map<std::string, std::vector<double>> radii;  ///< by group
  double random_median = 0;                          ///< of the radii of the group "random"
  Quantity predicted_random;                         ///< sqrt(2 threshold D / tr H)
  std::vector<double> predicted_top;                 ///< of each direction of the group "top"
  void visit(FieldVisitor& visitor);
};

/// All radii of one group of directions.
struct DirectionGroup {
  std::int64_t count = 0;
  std::int64_t beyond = 0;  ///< how many never left
  double median = 0;        ///< null: more than half never left, or there are none
  double least = 0;
  double most = 0;
  void visit(FieldVisitor& visitor);
};

struct DirectionsPrediction {
  Quantity median;  ///< of the exit radius along random directions
  Quantity low;     ///< 5 %
  Quantity high;    ///< 95 %
  Quantity top;     ///< along a short direction
  void visit(FieldVisitor& visitor);
};

struct DirectionsResult {
  std::int64_t dimension = 0;
  std::int64_t examples = 0;
  std::vector<OptimumDirections> optima;
  std::map<std::string, DirectionGroup> groups;
  Quantity random_over_top;  ///< median random radius over that along the first eigenvector, over optima
  std::optional<DirectionsPrediction> prediction;
  void visit(FieldVisitor& visitor);
};

/// How far one can walk from an optimum along different directions before the loss has risen by `threshold`:
/// the exit radius r*. Directions of each optimum:
///   random      isotropic
///   gradient    down and up the gradient of the training loss (none where it is 0)
///   trajectory  ahead and back along the last recorded stretch of training
///   initial     towards the initial point
///   optima      towards every other optimum
///   top         both ways along the eigenvectors of the largest Hessian eigenvalues: short directions
///   bottom      both ways along those of the smallest ones, which bend down most
///   long        both ways along directions in which the Gauss-Newton matrix is all but 0: the lowest Ritz
///               vectors of Lanczos processes from random starts (none where the landscape has no such
///               matrix)
/// Where the loss is quadratic, r* = sqrt(2 threshold / curvature along the direction), and along random
/// directions sqrt(2 threshold D / tr H): the exit radius measures the trace. Loss and Hessian are those of
/// `examples` training examples.
///
/// Arrays: random-radius [optima, random] (inf where still inside)
class Directions final : public Experiment {
 public:
  std::int64_t examples = 2000;
  double threshold = 0.3;
  std::int64_t random = 20;
  std::int64_t eigenvectors = 3;
  std::int64_t flat_steps = 100;
  double reach = 3.0;
  std::int64_t scan_points = 24;
  double tolerance = 0.02;
  std::int64_t trace_probes = 20;
  double trace_factor = 1.5;

  std::string_view name() const override { return "directions"; }
  std::string_view title() const override { return "Long and short directions"; }
  std::string_view claim() const override { return "contribution-4"; }
  Grain grain() const override { return Grain::all_optima; }
  void visit(OptionVisitor& visitor) override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  SpreadLoop loop(const Landscape& landscape, std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  std::vector<Finding> do_judge(std::span<const StoredRecord> records) const override;
};

}  // namespace nwedge::experiment
