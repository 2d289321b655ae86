#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// Optima in one arrangement of their units: what stands between them.
struct ArrangedOptima {
  std::string kind;  ///< "as-trained", "pairwise", "universe", "random" or "shuffled"
  Quantity barrier;  ///< mean over pairs, its error over seeds
  Quantity test_barrier = Quantity::missing("no test examples");
  Quantity removed = Quantity::missing("it is the yardstick");  ///< share of the barrier as trained
  Quantity repaired = Quantity::missing("nothing is rescaled");
  Quantity distance;
  double average_loss = 0;  ///< of the mean of all optima
  std::optional<double> average_accuracy;
  std::optional<double> average_test_loss;
  std::optional<double> average_test_accuracy;
  Quantity overlap = Quantity::missing("no eigenvectors were asked for");
  Quantity tunnel = Quantity::missing("no tunnels were asked for");
  std::optional<double> star_loss;  ///< mean over the segments from the mean of all optima to each
  std::optional<double> trained_star_loss;

  void visit(FieldVisitor& visitor);
};

/// Barriers between networks of one width.
struct WidthBarriers {
  std::string model;
  std::int64_t units = 0;  ///< that may be permuted
  double loss = 0;         ///< of the trained networks, mean
  std::int64_t trainings = 0;
  Quantity barrier;
  Quantity aligned;
  Quantity repaired = Quantity::missing("nothing can be rescaled");
  Quantity random;

  void visit(FieldVisitor& visitor);
};

/// What a doubling of the width adds, as a share of the mean over widths: to a barrier, and to the share of
/// the barrier as trained that an arrangement leaves.
struct WidthTrends {
  Quantity left;  ///< by matching pairs
  Quantity repaired_left = Quantity::missing("nothing can be rescaled");
  Quantity random_left;  ///< by random permutations
  Quantity barrier;
  Quantity aligned;

  void visit(FieldVisitor& visitor);
};

struct AlignmentResult {
  std::int64_t units = 0;  ///< that may be permuted; 0: no units are known of this landscape
  Quantity drop;           ///< initial less final training loss
  Quantity optimum_loss;
  std::vector<ArrangedOptima> arrangements;
  std::optional<double> chance_overlap;
  std::vector<double> universe_overlaps;  ///< the objective of matching all at once, round by round
  std::vector<WidthBarriers> widths;
  std::optional<WidthTrends> trends;

  void visit(FieldVisitor& visitor);
};

/// How much of what separates optima is the numbering of their hidden units [entezari2022, ainsworth2023]?
/// The optima of a network are looked at
///   as-trained  as they are,
///   pairwise    of each pair the second's units matched to the first's by weights; of all, to the first
///               seed's,
///   universe    all at once [crisostomi2024, sharma2024],
///   random      each with its units permuted at random: a negative control,
///   shuffled    as pairwise, but with the permutation that matches the second to the first with the entries
///               of each tensor shuffled: what matching gains of noise, the other control.
/// In each arrangement: barriers on straight lines between pairs; loss and accuracy of the mean of all; the
/// overlap ||V_a^T V_b||_F^2 / k of the top k eigenspaces of the Hessian (k/D by chance); the barrier of
/// tunnels, quadratic curves trained for `tunnel-steps`, between pairs that share no optimum; the mean loss
/// over the segments from the mean of all optima to each, before and after as many steps of its centre (the
/// m-tunnel functional). Of pairwise, the barrier at the middle after REPAIR [jordan2023] as well.
///
/// With `models`, networks of several widths are trained besides, `trainings` of each, and their barriers
/// measured as trained, matched pairwise, repaired, and permuted at random (mean of three draws). Trends are
/// slopes over log2(units) divided by the mean over widths, their errors a jackknife over seeds.
///
/// On a landscape without units that may be permuted only as-trained is measured.
///
/// Record: `AlignmentResult`. Arrays: t [n]; loss-train.KIND [pairs, n]; barrier-matrix.KIND [N, N].
class Alignment final : public Experiment {
 public:
  std::int64_t points = 7;
  double removed_share = 0.5;
  double fall_share = 0.05;
  std::int64_t examples = 2000;
  std::int64_t restarts = 1;
  std::int64_t repair_examples = 512;
  std::int64_t eigenvectors = 10;
  std::int64_t curvature_examples = 500;
  std::int64_t tunnel_steps = 200;
  std::vector<std::string> models = {};
  std::int64_t trainings = 5;

  std::string_view name() const override { return "alignment"; }
  std::string_view title() const override { return "The landscape modulo permutation"; }
  std::string_view claim() const override { return "permutation"; }
  Grain grain() const override { return Grain::all_optima; }
  void visit(OptionVisitor& visitor) override;
  void validate(std::string_view place) const override;
  void validate_for(const Planned& planned, std::string_view place) const override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  std::vector<Finding> do_judge(std::span<const StoredRecord> records) const override;
};

}  // namespace nwedge::experiment
