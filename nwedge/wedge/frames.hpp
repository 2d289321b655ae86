#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nwedge/wedge/wedge_set.hpp"

namespace nwedge::wedge {

/// The short frames B_k (D x s) of a `WedgeSet`, as products. Holds a reference to the set, whose axes and
/// frames must not change. Sums are in double, in a fixed order.
class Frames {
 public:
  explicit Frames(const WedgeSet& wedges) : wedges_(wedges) {}

  /// result = B_k^T x: x [D], result [s]. Cost O(s) for axis frames, O(sD) for random ones.
  void gather(std::int64_t wedge, std::span<const float> x, std::span<double> result) const;
  /// sum += B_k a: a [s], sum [D]. Same cost.
  void scatter_add(std::int64_t wedge, std::span<const double> a, std::span<double> sum) const;

 private:
  const WedgeSet& wedges_;
};

}  // namespace nwedge::wedge
