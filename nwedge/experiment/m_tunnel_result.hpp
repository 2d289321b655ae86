#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nwedge/core/fields.hpp"
#include "nwedge/core/quantity.hpp"

namespace nwedge::experiment {

/// The loss over the segments of a star, or over a sheet, on one split.
struct SegmentLosses {
  double highest_loss = 0;
  double barrier = 0;  ///< highest less the highest of the members' losses
  std::optional<double> least_accuracy;

  void visit(FieldVisitor& visitor);
};

/// Estimator (a).
struct StarRank {
  Quantity value;
  double branches = 0;
  Quantity ratio;

  void visit(FieldVisitor& visitor);
};

/// Estimator (b).
struct StiffCount {
  Quantity value;
  double threshold = 0;
  double largest = 0;
  std::int64_t steps = 0;
  /// At m = 1: eigenvalues of T_k for k = 1, 2, … copies of this one point whose eigenspaces are orthogonal,
  /// k N(k threshold), N counting its own. What joining disjoint wedges of this spectrum would give.
  std::vector<double> copies;

  void visit(FieldVisitor& visitor);
};

/// The spectrum of the loss itself, not of the functional, at the centre.
struct CentreSpectrum {
  std::vector<double> top;
  std::vector<double> top_residuals;
  Quantity trace;
  Quantity effective_rank;

  void visit(FieldVisitor& visitor);
};

/// What the wedge model says of a set.
struct UnionPrediction {
  std::vector<std::int64_t> wedges;
  std::int64_t united = 0;
  double expected = 0;
  Quantity count;

  void visit(FieldVisitor& visitor);
};

/// One set of points joined by an m-tunnel.
struct StarResult {
  std::string kind;
  std::int64_t m = 0;
  std::vector<std::int64_t> members;
  bool diverged = false;
  double mean_loss = 0;
  double functional_at_mean = 0;
  double highest_end = 0;
  std::optional<double> functional;
  std::optional<double> centre_loss;
  std::optional<double> centre_norm;
  std::optional<double> radius;
  std::optional<SegmentLosses> train;
  std::optional<SegmentLosses> test;
  std::optional<StarRank> effective_rank;
  std::optional<CentreSpectrum> centre_spectrum;
  std::optional<StiffCount> count;
  std::optional<UnionPrediction> prediction;

  void visit(FieldVisitor& visitor);
};

/// Estimator (c).
struct UnionOfSpaces {
  struct Size {
    std::int64_t m = 0;
    double entropy_rank = 0;
    double predicted = 0;
    void visit(FieldVisitor& visitor);
  };
  std::int64_t k = 0;
  double overlap = 0;
  double effective_dimension = 0;
  std::vector<Size> spaces;

  void visit(FieldVisitor& visitor);
};

/// Estimator (d) of one set: T_m reached on random sections of each dimension, and where it falls to the
/// target.
struct ConnectorResult {
  std::string kind;
  std::vector<std::int64_t> members;
  std::int64_t m = 0;
  std::vector<double> dimensions;
  std::vector<double> functional;
  double target = 0;
  std::optional<double> dimension;  ///< none: no dimension that was tried suffices
  double at_least = 0;
  std::optional<double> at_most;
  Quantity prediction;

  void visit(FieldVisitor& visitor);
};

/// The loss over a sheet, and the deformed sheet over three optima beside the flat one.
struct SheetLosses {
  double mean_loss = 0;
  double highest_loss = 0;
  std::optional<double> least_accuracy;

  void visit(FieldVisitor& visitor);
};
struct SheetResult {
  std::vector<std::int64_t> optima;
  std::int64_t bends = 0;
  std::int64_t steps = 0;
  bool diverged = false;
  std::optional<SheetLosses> free;
  SheetLosses flat;

  void visit(FieldVisitor& visitor);
};

/// The simplices of the optima with common points, trained with a reward for volume.
struct VolumeResult {
  std::int64_t connectors = 0;
  std::int64_t optima = 0;
  bool diverged = false;
  std::optional<SheetLosses> measured;
  std::optional<double> mean_log_volume_at_start;
  std::optional<double> mean_log_volume;

  void visit(FieldVisitor& visitor);
};

/// What `MTunnel` found on one landscape.
struct MTunnelResult {
  std::vector<StarResult> sets;
  std::string no_curvature;  ///< why there is no estimator (a), (b), (c)
  std::int64_t curvature_examples = 0;
  std::map<std::string, UnionOfSpaces> unions;  ///< "optima", "control"
  std::vector<ConnectorResult> connector;
  std::optional<SheetResult> sheet;
  std::optional<VolumeResult> volume;

  void visit(FieldVisitor& visitor);
};

}  // namespace nwedge::experiment
