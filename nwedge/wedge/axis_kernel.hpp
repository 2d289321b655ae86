#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nwedge/wedge/axis_sums.hpp"
#include "nwedge/wedge/wedge_set.hpp"

namespace nwedge::wedge {

/// Sums over the short axes of every wedge, sum_k = sum over j in S_k of max(|x_j| - width, 0)^2, for one
/// point or for sixteen side by side. The axes are kept as index lists, cut into blocks of coordinates that
/// fit the first-level cache, so that a block of sixteen points is transposed once and then read as whole
/// vectors by all wedges.
///
/// Squares and partial sums of at most 16 terms are in float, everything else in double: the relative error
/// of a sum stays below 1e-6 (typically 1e-8). Sixteen points give bit for bit what each gives alone. Memory
/// O(Ks); cost of a point O(Ks + D), but O(Ks) where the axes are sparse among the D coordinates.
class AxisKernel {
 public:
  static constexpr std::size_t kLanes = 16;

  /// `wedges` must have axis frames.
  explicit AxisKernel(const WedgeSet& wedges);

  /// sums [K] for a point [D].
  void sum_one(const float* point, float width, std::span<double> sums) const;
  /// sums [K, 16] for points [16, D].
  void sum_sixteen(const float* points, float width, std::span<double> sums) const;

 private:
  struct Entry {
    std::int64_t axis;
    std::uint32_t wedge;
    std::uint16_t place = 0;
  };

  void add_dense_block(std::span<Entry> entries, std::size_t begin);
  void add_sparse_block(std::span<Entry> entries);
  void add_runs(std::span<Entry> entries, AxisTables::Block block);

  AxisTables tables_;
};

}  // namespace nwedge::wedge
