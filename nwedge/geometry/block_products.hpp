#pragma once
#include <cstdint>
#include <span>

namespace nwedge::geometry {

// The innermost loops of dense projections, over blocks of 128 rows (or outputs) side by side.

inline constexpr std::int64_t kBlockRows = 128;

/// block[r] = sum_j coordinates[j] columns[j kBlockRows + r], in the order of j.
void add_columns(const float* columns, std::span<const float> coordinates, float* block);

/// sums[j, r mod 16] += sum over r of block[r] columns[j kBlockRows + r], for j < count.
void project_block(const float* columns, const float* block, std::int64_t count, float* sums);

/// sums[16 t + l] = sum over g < groups of tables[g, the number in bits 4 t to 4 t + 3 of words[g, l]], for t
/// < 8 and l < 16; tables and words have sixteen entries a group.
void add_picked(const float* tables, const std::uint32_t* words, std::int64_t groups, float* sums);

}  // namespace nwedge::geometry
