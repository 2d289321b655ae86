#pragma once
#include <string>
#include <utility>
#include <vector>

#include "nwedge/experiment/experiment.hpp"
#include "nwedge/experiment/tunnel.hpp"
#include "nwedge/experiment/tunnel_result.hpp"
#include "nwedge/geometry/paths.hpp"

namespace nwedge::experiment {

/// A path between two optima after training.
struct TrainedPath {
  std::string kind;  ///< "chain", "quadratic", "cubic" or "auto-neb"
  geometry::Path path;
  std::vector<std::int64_t> pivots;  ///< auto-neb: inner pivots in each cycle
  bool diverged = false;
};

/// A trained path as part of an item of a loop that processes share, and back; its ends are not kept.
void put(ItemWriter& item, const TrainedPath& trained);
TrainedPath trained_path_of(ItemReader& item, std::span<const float> begin, std::span<const float> end);

TrainedPath train_path(const Landscape& landscape, std::span<const float> begin, std::span<const float> end,
                       const std::string& kind, const Tunnel& options, std::uint64_t seed, Monitor& monitor);

/// Loss and accuracy along a path on every split that the landscape has, as arrays NAME.t, NAME.length,
/// NAME.loss-train, …; `result` gets obstacles, length and the check of the ends.
void measure_path(const Landscape& landscape, const geometry::Path& path, std::int64_t points,
                  const std::string& name, PathResult& result, std::vector<io::Tensor>& arrays);

/// The barriers of `count` random chains of one bend and the given stretch, the largest rise of the training
/// loss above the interpolation of the ends at 7 inner points; a chain is low when its barrier is at most
/// `excess`.
RandomPaths measure_random_paths(const Landscape& landscape, std::span<const float> begin,
                                 std::span<const float> end, double stretch, double excess,
                                 std::int64_t count, std::uint64_t seed, Monitor& monitor);

/// Exit radii along random directions at points of a path, as array NAME.radii [points, directions].
Thickness measure_thickness(const Landscape& landscape, const geometry::Path& path, const Tunnel& options,
                            std::uint64_t seed, const std::string& name, std::vector<io::Tensor>& arrays,
                            Monitor& monitor);

/// The section through begin, the middle of the path and end: arrays plane.x, plane.y, plane.loss [x, y],
/// plane.accuracy, plane.path-x, plane.path-y; coordinates are lengths, x along the straight line.
PathPlane measure_plane(const Landscape& landscape, const geometry::Path& path, std::int64_t points,
                        std::vector<io::Tensor>& arrays, Monitor& monitor);

/// At most `most` pairs of `optima` >= 2: first the disjoint ones (0, 1), (2, 3), …, for an odd number then
/// (n - 1, 0); then (1, 2), (3, 4), …, with which n - 1 pairs join all; then those further apart. Pairs that
/// share no optimum are independent, and no optimum is in many more pairs than another.
struct OptimumPair {
  std::size_t first;
  std::size_t second;
};
std::vector<OptimumPair> spread_pairs(std::size_t optima, std::int64_t most);

/// A least spanning tree of a graph with weighted edges, as indices of edges in ascending weight; a forest
/// when the graph is not connected. An edge whose weight is not a number is left out [kruskal1956].
struct Edge {
  std::int64_t first = 0;
  std::int64_t second = 0;
  double weight = 0;
};
std::vector<std::size_t> spanning_tree(std::int64_t nodes, std::span<const Edge> edges);

}  // namespace nwedge::experiment
