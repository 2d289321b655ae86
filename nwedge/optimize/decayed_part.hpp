#pragma once
#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "nwedge/landscape.hpp"
#include "nwedge/optimize/options.hpp"

namespace nwedge::optimize {

/// The coordinates of R^D that weight decay acts on, as stretches of [0, D).
class DecayedPart {
 public:
  /// All of them.
  DecayedPart(std::size_t dimension) : ends_{dimension} {}
  /// Those of the groups that are weights: not of biases, normalisations and embeddings.
  DecayedPart(std::size_t dimension, std::span<const ParameterGroup> groups);

  std::size_t dimension() const { return ends_.back(); }

  /// Calls action(begin, end, decays) for the stretches of [begin, end), in their order.
  template <class Action>
  void for_each_stretch(std::size_t begin, std::size_t end, Action&& action) const {
    auto stretch = std::upper_bound(ends_.begin(), ends_.end(), begin);
    for (; begin < end; ++stretch) {
      const std::size_t until = std::min(*stretch, end);
      action(begin, until, (stretch - ends_.begin()) % 2 == 0);
      begin = until;
    }
  }

 private:
  std::vector<std::size_t>
      ends_;  // of stretches that decay and do not in turn; the first, perhaps empty, does
};

/// What `options.decay` names on this landscape.
DecayedPart decayed_part(const Options& options, const Landscape& landscape);

}  // namespace nwedge::optimize
