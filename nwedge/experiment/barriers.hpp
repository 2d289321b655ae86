#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// The straight line between one pair of optima.
struct PairBarrier {
  std::int64_t first = 0;
  std::int64_t second = 0;
  double barrier = 0;
  double position = 0;
  double error_barrier = 0;
  std::optional<double> test_barrier;
  std::optional<double> test_error_barrier;
  double distance = 0;
  double cosine = 0;
  double displacement_cosine = 0;
  std::optional<bool> one_wedge;
  std::optional<double> predicted_barrier;
  std::optional<double> aligned_barrier;
  std::optional<double> aligned_test_barrier;
  std::optional<double> aligned_distance;
  std::optional<double> repaired_barrier;
  std::optional<double> repaired_test_barrier;

  void visit(FieldVisitor& visitor);
};

/// What `Barriers` found on one landscape.
struct BarriersResult {
  std::vector<PairBarrier> pairs;
  Quantity barrier;
  Quantity distance;
  Quantity cosine;
  Quantity drop;
  std::optional<Quantity> aligned_barrier;                           ///< where `align` was asked for
  std::optional<Quantity> repaired_barrier;                          ///< and units could be rescaled
  Quantity between_wedges = Quantity::missing("not a wedge model");  ///< predicted

  void visit(FieldVisitor& visitor);
};

/// What stands between independently trained optima on the straight line: for every pair the barrier
///   max_t [L((1 - t) a + t b) - ((1 - t) L(a) + t L(b))]
/// of the loss and of the error rate, the distance and the cosine of the optima and of their displacements
/// from their initial points.
///
/// Of networks, with `align`, also the barriers after the second's units are permuted to match the first's
/// [ainsworth2023], and what is left at the middle after REPAIR [jordan2023].
///
/// Record: `BarriersResult`. Arrays: t [n]; loss-train [pairs, n], loss-test, accuracy-train, accuracy-test
/// likewise; barrier-matrix, aligned-barrier-matrix, distance-matrix, cosine-matrix [N, N]; predicted-loss
/// [n] (wedge model, different wedges)
class Barriers final : public Experiment {
 public:
  std::int64_t points = 31;
  double barrier_share = 0.1;
  std::string align = "none";         ///< or how units are matched, of networks: "weights", "activations"
  std::int64_t align_examples = 512;  ///< training examples of "activations" and of REPAIR

  std::string_view name() const override { return "barriers"; }
  std::string_view title() const override { return "Straight lines between optima"; }
  std::string_view claim() const override { return "observation-3"; }
  Grain grain() const override { return Grain::all_optima; }
  void visit(OptionVisitor& visitor) override;
  void validate_for(const Planned& planned, std::string_view place) const override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  SpreadLoop loop(const Landscape& landscape, std::int64_t optima) const override;
  std::vector<Finding> do_judge(std::span<const StoredRecord> records) const override;
};

}  // namespace nwedge::experiment
