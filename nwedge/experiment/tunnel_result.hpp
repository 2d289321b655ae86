#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nwedge/core/fields.hpp"

namespace nwedge::experiment {

/// What stands in the way on one path, on one split.
struct PathObstacle {
  double barrier = 0;
  double error_barrier = 0;
  double position = 0;
  double highest_loss = 0;
  std::vector<double> end_losses;

  void visit(FieldVisitor& visitor);
};

/// One path between two optima: the straight line, or one that was trained.
struct PathResult {
  std::string kind;  ///< "straight", or a kind of `Tunnel::paths`
  bool diverged = false;
  std::int64_t bends = 0;
  std::vector<std::int64_t> pivots;
  std::optional<double> length;
  std::optional<double> length_ratio;
  std::optional<bool> ends_exact;
  std::optional<PathObstacle> train;
  std::optional<PathObstacle> test;
  std::optional<double> share_of_straight;

  void visit(FieldVisitor& visitor);
};

/// Random paths between two optima, as long as the lowest tunnel.
struct RandomPaths {
  std::int64_t paths = 0;
  std::int64_t low = 0;
  double low_end = 0;
  double high_end = 0;
  double stretch = 0;
  double excess = 0;
  Quantity barrier;
  double least_barrier = 0;
  std::optional<double> tail;

  void visit(FieldVisitor& visitor);
};

/// How far a tunnel reaches across.
struct Thickness {
  std::vector<double> median_radius;
  double rise = 0;
  std::int64_t directions = 0;

  void visit(FieldVisitor& visitor);
};

/// What the wedge model says of a pair.
struct TunnelPrediction {
  std::vector<std::int64_t> wedges;
  std::int64_t tunnel_dimension = 0;
  Quantity straight_barrier;
  Quantity tunnel_barrier;
  Quantity exit_radius;

  void visit(FieldVisitor& visitor);
};

struct TunnelPair {
  std::int64_t first = 0;
  std::int64_t second = 0;
  std::vector<std::int64_t> seeds;
  double distance = 0;
  double cosine = 0;
  bool coincide = false;
  bool separated = true;
  PathResult straight;
  std::vector<PathResult> tunnels;
  std::optional<std::string> lowest;
  std::optional<RandomPaths> random_paths;
  std::optional<Thickness> thickness;
  std::optional<TunnelPrediction> prediction;

  /// The trained path of least barrier on the training split; null when there is none.
  const PathResult* lowest_tunnel() const;
  void visit(FieldVisitor& visitor);
};

/// The section through an optimum, the middle of its tunnel and the other optimum.
struct PathPlane {
  std::int64_t pair = 0;
  std::string kind;
  std::vector<std::vector<double>> optima;
  std::vector<double> middle;
  double greatest_distance = 0;

  void visit(FieldVisitor& visitor);
};

struct TreeEdge {
  std::int64_t first = 0;
  std::int64_t second = 0;
  double barrier = 0;

  void visit(FieldVisitor& visitor);
};

/// The tunnels that join the optima at the least barriers.
struct TunnelTree {
  std::vector<TreeEdge> edges;
  double highest_barrier = 0;
  bool spans = false;

  void visit(FieldVisitor& visitor);
};

/// What `Tunnel` found on one landscape. The means are over the pairs that a wall separates:
/// elsewhere there is nothing to tunnel through.
struct TunnelResult {
  std::int64_t optima = 0;
  Quantity drop;
  Quantity straight_barrier;
  Quantity tunnel_barrier;
  Quantity random_barrier;
  Quantity tail;
  std::int64_t random_paths = 0;
  std::int64_t random_low = 0;
  std::vector<TunnelPair> pairs;
  TunnelTree spanning_tree;
  std::optional<PathPlane> plane;

  void visit(FieldVisitor& visitor);
};

}  // namespace nwedge::experiment
