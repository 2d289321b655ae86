#pragma once
#include <string>
#include <vector>

#include "nwedge/experiment/experiment.hpp"
#include "nwedge/experiment/m_tunnel.hpp"
#include "nwedge/experiment/m_tunnel_result.hpp"

namespace nwedge::experiment {

/// m points that one m-tunnel joins, and its centre.
struct StarSet {
  std::string kind;  ///< "optima" or "control"
  std::vector<std::int64_t>
      members;                ///< positions of the points among the optima, or numbers of the snapshots
  std::vector<float> points;  ///< [m, D]
  std::string name;           ///< "optima-3-0": kind, m, number of the combination
  std::vector<float> centre;  ///< [D], once trained
  bool diverged = false;

  std::int64_t size() const { return static_cast<std::int64_t>(members.size()); }
};

/// `combinations` sets {r, r + 1, …, r + m - 1} modulo n of each size m = 1 … most (as many as there are
/// points), for r = 0, m, 2 m, … modulo n: disjoint ones first; each once.
std::vector<StarSet> make_sets(const std::string& kind, std::span<const std::vector<float>> points,
                               std::int64_t most, std::int64_t combinations);

/// Points of one wedge: from the optimum, a random step of `control_kick` times its norm, then
/// `control_steps` of the landscape's training at the constant rate `control_rate`, each from a seed of its
/// own.
std::vector<std::vector<float>> same_wedge_points(const Input& input, const MTunnel& options,
                                                  std::int64_t count, Monitor& monitor);

/// The centre of a set: descent on the m-tunnel functional from the mean of the points.
void train_centre(const Landscape& landscape, const MTunnel& options, std::uint64_t seed, StarSet& set,
                  Monitor& monitor);

/// Loss and accuracy on the segments of a trained set, with their arrays; the functional at mean and centre.
StarResult measure_star(const Landscape& landscape, const MTunnel& options, const StarSet& set,
                        std::vector<io::Tensor>& arrays, Monitor& monitor);

}  // namespace nwedge::experiment
