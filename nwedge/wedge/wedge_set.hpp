#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "nwedge/wedge/wedge_options.hpp"

namespace nwedge::wedge {

/// The geometry of K wedges in R^D with s short directions each. Exactly one of `short_axes` and `frames` is
/// filled.
struct WedgeSet {
  std::int64_t dimension = 0;            ///< D
  std::int64_t count = 0;                ///< K
  std::int64_t short_directions = 0;     ///< s
  std::vector<std::int64_t> short_axes;  ///< axis frames: [K, s], distinct within a wedge, in [0, D)
  std::vector<float> frames;             ///< random frames: [K, s, D], rows of a wedge orthonormal (B_k^T)
  std::vector<float> short_centres;      ///< B_k^T c_k [K, s]; empty: 0
  std::vector<float>
      long_centres;               ///< (I - B_k B_k^T) c_k [K, D]; empty: 0. It matters only when opening > 0
  std::vector<double> stiffness;  ///< lambda [s]; empty: 1

  bool axis() const { return frames.empty(); }
  /// Throws `Error(place, …)` on wrong shapes, axes out of range or repeated, numbers not finite, a stiffness
  /// not above 0, or a frame further than 1e-3 from orthonormal. Cost O(Ks), for random frames O(K s^2 D).
  void check(std::string_view place) const;
};

/// The wedges that `options` describe; the same options give the same wedges. Axes are a uniformly random
/// subset in random order; random frames are uniform (Haar). Memory O(Ks) for axis frames (plus K D for the
/// long centres when centre_spread and opening are both above 0), K s D for random ones. Cost O(Ks) or O(K
/// s^2 D).
WedgeSet make_wedges(const WedgeOptions& options);

}  // namespace nwedge::wedge
