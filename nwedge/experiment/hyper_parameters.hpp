#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// Half-angles in degrees, by plane ("origin", "initial") and measure.
using HalfAngles = std::map<std::string, std::map<std::string, double>>;

/// One training with one factor changed.
struct FactorRun {
  std::string factor;
  std::string value;
  double level = 0;
  std::int64_t seed = 0;
  bool diverged = false;
  bool trained = false;
  std::int64_t dimension = 0;
  double drop = 0;
  double final_loss = 0;
  std::optional<double> test_loss;
  std::optional<double> test_accuracy;
  double loss = 0;
  bool matched = false;
  double norm = 0;
  double distance = 0;
  HalfAngles half_angle;

  void visit(FieldVisitor& visitor);
};

/// How a quantity goes with a factor.
struct Trend {
  Quantity within;
  double correlation = 0;
  double p_value = 0;
  double adjusted = 0;
  double arrangements = 0;
  bool exact = true;
  std::string exchanged;
  std::int64_t runs = 0;

  void visit(FieldVisitor& visitor);
};

/// By plane and measure.
using AngleTrends = std::map<std::string, std::map<std::string, Trend>>;

/// All trends of one factor.
struct FactorTrends {
  AngleTrends half_angle;
  Trend norm;
  Trend distance;
  Trend loss;
  bool matched = false;

  void visit(FieldVisitor& visitor);
};

/// What `HyperParameters` found on one landscape.
struct HyperParametersResult {
  std::vector<FactorRun> runs;
  std::map<std::string, FactorTrends> trends;
  std::map<std::string, AngleTrends> shuffled;
  Quantity drop;

  void visit(FieldVisitor& visitor);
};

/// How training shapes the tunnel it ends in ([fort2019], abstract): one factor at a time is varied around
/// the landscape's own training, and for each value and seed a new optimum is trained and the half-angle of
/// its radial tunnel measured at its own distance from the plane's base (see `RadialTunnel` for planes and
/// measures; median over directions), on `examples` training examples (0: all).
///
/// With `match-loss` every training of a factor is measured where its loss first comes down to the highest
/// final loss of that factor's trainings, on the straight lines between 20 recorded points, to a tenth of
/// `rise`; so that half-angles compare at one loss. A training that makes less than half the drop of its
/// factor's best is left out, as is one that diverges.
///
/// A trend is the rank correlation of a quantity with the factor's level: the value itself, its inverse for
/// batch sizes (smaller batches and higher learning rates both add noise), the dimension for models. Its
/// p-value is an exact permutation test's (`rank_test`): levels are exchanged within seeds where that can
/// reach significance after correction, else over all runs. p-values of half-angles are corrected by Holm's
/// method over factors and measures, plane by plane. The number of the seed as a factor, levels exchanged
/// within values, is the control.
///
/// Record: `HyperParametersResult`
class HyperParameters final : public Experiment {
 public:
  std::vector<double> learning_rates = {};
  std::vector<std::int64_t> batch_sizes = {};
  std::vector<double> weight_decays = {};
  std::vector<double> dropouts = {};
  std::vector<std::string> models = {};
  std::int64_t seeds = 3;
  std::int64_t directions = 3;
  double rise = 0.3;
  double accuracy_share = 0.9;
  bool match_loss = true;
  std::int64_t epochs = 0;
  std::int64_t examples = 0;

  /// Whether any factor is named. Where none is, learning rates of half, one and two times the landscape's
  /// own are, and L2 penalties of 0, 0.001 and 0.01.
  bool any_factor() const;
  /// The landscape's training, for `epochs` where they are given.
  optimize::Options own_training(optimize::Options training) const;

  std::string_view name() const override { return "hyper-parameters"; }
  std::string_view title() const override { return "How training shapes the tunnel"; }
  std::string_view claim() const override { return "hyper-parameters"; }
  Grain grain() const override { return Grain::all_optima; }
  void visit(OptionVisitor& visitor) override;
  void validate_for(const Planned& planned, std::string_view place) const override;
  void validate(std::string_view place) const override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  SpreadLoop loop(const Landscape& landscape, std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  std::vector<Finding> do_judge(std::span<const StoredRecord> records) const override;
};

/// Every trend of `result.runs`, into `result.trends` and `result.shuffled`.
void find_trends(HyperParametersResult& result, std::uint64_t seed);

/// The level at which a Holm-adjusted p-value counts as significant.
inline constexpr double kSignificance = 0.05;

}  // namespace nwedge::experiment
