#pragma once
#include "nwedge/experiment/curve_training.hpp"
#include "nwedge/experiment/experiment.hpp"
#include "nwedge/experiment/optima_matching.hpp"

namespace nwedge::experiment {

/// Low-loss tunnels between pairs of optima: barriers of the straight line and of trained paths, their
/// lengths, their thickness, and how often a random path of the same length stays low [draxler2018],
/// [garipov2018]. On the wedge model beside its straight lines and the intersection that tunnels go through
/// [fort2019].
///
/// Record: `TunnelResult`. Arrays, for each pair I-J and KIND of path ("straight" too): I-J.KIND.t, .length,
/// .loss-train, .loss-test, .accuracy-train, .accuracy-test [points]; points.I-J.KIND: its bends [n, D];
/// I-J.KIND.radii [points, directions] and radii-t of the lowest; plane.x, plane.y, plane.loss,
/// plane.accuracy, plane.path-x, plane.path-y.
class Tunnel final : public Experiment {
 public:
  std::vector<std::string> paths = {"chain", "quadratic"};  ///< also "cubic", "auto-neb"
  std::int64_t bends = 1;                                   ///< of the chain
  std::int64_t pairs = 4;          ///< at most so many pairs of optima, see `spread_pairs`
  OptimaMatching matching;         ///< before anything else
  CurveTraining training;          ///< of each path; of all pivots together for auto-neb
  std::int64_t pivots = 3;         ///< auto-neb: at the start
  std::int64_t most_pivots = 9;    ///< auto-neb
  std::int64_t cycles = 3;         ///< auto-neb: trainings, with insertion between them
  double insertion_excess = 0.2;   ///< auto-neb: see `geometry::ElasticBandOptions`
  std::int64_t points = 31;        ///< on each path at which it is evaluated
  double tunnel_share = 0.1;       ///< a path is low when its barrier is at most this share of the line's
  std::int64_t examples = 0;       ///< training examples for all below; 0: all
  std::int64_t random_paths = 50;  ///< a pair, of the length of its lowest tunnel; 0: none
  std::int64_t plane_points =
      21;  ///< a side of the section through optimum, middle of the path, optimum; 0: none
  std::int64_t thickness_points = 5;      ///< on the lowest tunnel at which exit radii are taken; 0: none
  std::int64_t thickness_directions = 6;  ///< random directions at each
  double thickness_rise = 0.3;            ///< a ray has left where the loss is so much above its start's

  std::string_view name() const override { return "tunnel"; }
  std::string_view title() const override { return "Tunnels between optima"; }
  std::string_view claim() const override { return "observation-3"; }
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
