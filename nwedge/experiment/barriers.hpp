#pragma once
#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// What stands between independently trained optima on the straight line: for every pair the barrier
///   max_t [L((1 - t) a + t b) - ((1 - t) L(a) + t L(b))]
/// of the loss and of the error rate, the distance and the cosine of the optima and of their displacements
/// from their initial points.
///
/// Record: pairs[]: first, second (positions in seeds), barrier, position (its t), error-barrier (training
/// split),
///   test-barrier, test-error-barrier (with data), distance, cosine, displacement-cosine,
///   one-wedge and predicted-barrier (wedge model in the variant that has closed forms: 0 in one wedge);
/// barrier, distance, cosine: {count, mean, deviation, least, most}; rise: mean initial minus mean final loss
/// Arrays: t [n]; loss-train [pairs, n], loss-test, accuracy-train, accuracy-test likewise;
/// barrier-matrix, distance-matrix, cosine-matrix [N, N]; predicted-loss [n] (wedge model, different wedges)
class Barriers final : public Experiment {
 public:
  std::int64_t points = 31;
  double barrier_share = 0.1;

  std::string_view name() const override { return "barriers"; }
  std::string_view title() const override { return "Straight lines between optima"; }
  Grain grain() const override { return Grain::all_optima; }
  void visit(OptionVisitor& visitor) override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  std::vector<Finding> judge(std::span<const StoredRecord> records) const override;
};

}  // namespace nwedge::experiment
