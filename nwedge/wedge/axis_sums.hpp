#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nwedge::wedge {

/// Which coordinates each wedge sums up, in the order in which they are read: what `AxisKernel` lays out.
struct AxisTables {
  static constexpr std::size_t kBlock = 256;  // coordinates: 16 KiB for sixteen points

  struct Run {  ///< a wedge's axes in one block: `count` places from `first`, a multiple of four
    std::uint32_t wedge;
    std::uint32_t count;
    std::size_t first;
  };
  struct Block {  ///< coordinates begin to begin + count, or where axes are rare, `count` of `columns` from
                  ///< `begin`
    bool dense;
    std::size_t begin;
    std::size_t count;
    std::size_t first_run;
    std::size_t last_run;
  };

  std::size_t dimension = 0;
  std::vector<Block> blocks;
  std::vector<Run> runs;
  std::vector<std::uint16_t> places;  ///< rows of a block; kBlock: the row of zeros
  std::vector<std::int64_t> columns;
};

/// `AxisKernel::sum_one` and `sum_sixteen`.
void sum_axes_of_one(const AxisTables& tables, const float* point, float width, std::span<double> sums);
void sum_axes_of_sixteen(const AxisTables& tables, const float* points, float width, std::span<double> sums);

}  // namespace nwedge::wedge
