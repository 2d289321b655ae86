#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nwedge/core/fields.hpp"
#include "nwedge/experiment/prediction_quality.hpp"

namespace nwedge::experiment {

struct LossAndAccuracy {
  double loss = 0;
  double accuracy = 0;

  void visit(FieldVisitor& visitor);
};

/// On the splits that a landscape has.
struct BothSplits {
  LossAndAccuracy train;
  std::optional<LossAndAccuracy> test;

  void visit(FieldVisitor& visitor);
};

/// What the wedge model says of a set.
struct SetPrediction {
  Quantity single_loss;
  Quantity weight_average_loss;
  Quantity switch_probability;
  double relative_deviation = 0;

  void visit(FieldVisitor& visitor);
};

/// What one set of points is worth: its members, the average of their weights, and of their predictions.
struct SetResult {
  std::string kind;
  std::optional<double> height;
  std::optional<std::int64_t> start_seed;
  std::int64_t members = 0;
  std::int64_t diverged = 0;
  bool lost = false;
  std::vector<BothSplits> member_metrics;
  std::optional<BothSplits> single;
  std::optional<BothSplits> weight_average;
  std::optional<BothSplits> exponential_average;
  std::optional<PredictionQuality> single_prediction;
  std::optional<PredictionQuality> weight_average_prediction;
  std::optional<PredictionQuality> prediction_average;
  std::vector<std::vector<double>> barriers;
  std::optional<double> largest_barrier;
  std::optional<double> mean_barrier;
  std::optional<double> gain;
  Quantity excess;
  Quantity test_gain;
  Quantity prediction_gain;
  std::vector<std::int64_t> wedges;
  std::optional<double> switched_share;
  std::optional<SetPrediction> prediction;

  void visit(FieldVisitor& visitor);
};

/// What `Ensemble` found on one landscape.
struct EnsembleResult {
  bool trained = true;
  bool continued = true;
  Quantity drop;
  std::optional<double> same_wedge_barrier;
  std::optional<double> independent_barrier;
  Quantity rank_correlation;
  std::vector<SetResult> sets;

  void visit(FieldVisitor& visitor);
};

/// Sets whose members one training run made: what the claim calls sets that may share a wedge.
bool goes_on(const SetResult& set);

}  // namespace nwedge::experiment
