#pragma once
#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// When averaging weights works, and when only averaging predictions does ([izmailov2018], [fort2019]).
///
/// From a point of each chosen training run it goes on in several ways, and takes N snapshots of each:
///   constant   one constant learning rate; their mean is stochastic weight averaging [izmailov2018]
///   cyclic     cycles that fall from a height to its `low-fraction`: fast geometric ensembling [garipov2018]
///   restarts   cosine cycles from a height to 0: snapshot ensembles [huang2017]
///   kick       theta <- rho theta + sqrt(1 - rho^2) theta', theta' a fresh initial point, then a full
///   training:
///              leaves the wedge with a probability the model predicts
/// For each set: the straight barriers between its members on the training split; loss, accuracy and
/// calibration error of the members, of the average of their weights, of an exponential average, and of the
/// average of their predictions.
///
/// Sets of the optima themselves come along: independently trained ones ("seeds"), or weights that were
/// given, from which nothing is trained unless `continue_given` asks; and random points with the optima's
/// norms.
///
/// Claim: averaging weights works exactly when no barrier separates the members. For two members on the
/// training split that is an identity, gain = - barrier at the midpoint; what decides is measured on the test
/// split.
///
/// Record: `EnsembleResult`.
class Ensemble final : public Experiment {
 public:
  double start_fraction = 1.0;
  bool continue_given = false;
  std::int64_t continue_from = 3;
  std::vector<std::string> schedules = {"constant", "cyclic"};
  std::vector<double> heights = {0.05, 0.1, 0.2};
  std::vector<double> kicks = {};
  std::int64_t snapshots = 5;
  std::int64_t cycle_steps = 0;
  double low_fraction = 0.05;
  double clip_norm = 1.0;
  double average_decay = 0.99;
  std::int64_t barrier_points = 11;
  double same_wedge_share = 0.02;

  std::string_view name() const override { return "ensemble"; }
  std::string_view title() const override { return "Averaging weights, averaging predictions"; }
  std::string_view claim() const override { return "contribution-5"; }
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
