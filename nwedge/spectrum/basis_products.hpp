#pragma once
#include <cstddef>
#include <span>

namespace nwedge::spectrum {

/// What Lanczos does with a residual a in double and basis vectors in float, all of `length` entries. Each
/// vector's sum runs in the order that it would have alone, so results do not depend on how many are taken at
/// once.

/// sums[j] = a^T vectors[j].
void inner_products(const double* a, std::size_t length, std::span<const float* const> vectors, double* sums);

/// a -= sum_j coefficients[j] vectors[j], one after the other.
void subtract_multiples(const double* coefficients, std::span<const float* const> vectors, std::size_t length,
                        double* a);

/// a^T a.
double square(const double* a, std::size_t length);

}  // namespace nwedge::spectrum
