#pragma once
#include <cstdint>
#include <span>

namespace nwedge::network {

/// Where the two factors of one term of a sum lie, in floats from their bases.
struct Term {
  std::int32_t factor = 0;
  std::int32_t vector = 0;
};

/// An offset as terms hold it.
inline std::int32_t narrow(std::int64_t offset) { return static_cast<std::int32_t>(offset); }

/// What becomes of the result that is there: overwritten by the sum, by bias + sum, or increased by the sum
/// (which is rounded on its own first, so that adding here and adding a separate result later give the same
/// bits).
enum class Into { assign, assign_with_bias, add };

/// result[r, g, n] = sum_k factors[terms[k].factor + r factor_stride] * vectors[terms[k].vector + g
/// vector_group + n]
///
/// for rows r, groups g = 0, …, count - 1 and lanes n = 0, …, 15. Every product of a pass is one of these:
/// the tables of terms spell out whether it is a linear layer or a convolution, forward or backward, and
/// weights are read where they lie in the flat vector, without packing. Sums run in the order of the terms.
/// Cost 32 rows count terms FLOP.
struct Product {
  const float* factors = nullptr;
  std::int64_t factor_stride = 0;
  std::span<const Term> terms;
  const float* vectors = nullptr;
  float* result = nullptr;
  std::int64_t result_stride = 0;  ///< from row to row
  std::int64_t vector_group = 16;  ///< from group to group
  std::int64_t result_group = 16;
  const float* bias = nullptr;  ///< [rows], for `assign_with_bias`
  Into into = Into::assign;
};

/// `count` >= 0 groups.
void multiply(const Product& product, std::int64_t rows, std::int64_t count);

/// The same with groups side by side and any number of columns, of which the last group may be no whole one;
/// reads `vectors` up to the next multiple of sixteen but writes only `columns`.
void multiply_columns(const Product& product, std::int64_t rows, std::int64_t columns);

}  // namespace nwedge::network
