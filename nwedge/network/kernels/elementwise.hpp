#pragma once
#include <cstdint>
#include <span>

namespace nwedge::network {

/// result[n] = rows[n] + sum_j coordinates[j] rows[(j + 1) stride + n] for n < count, a multiple of sixteen.
void combine(const float* rows, std::int64_t stride, std::span<const float> coordinates, std::int64_t count,
             float* result);

/// values[n] <- values[n] factors[n].
void multiply_elements(const float* factors, float* values, std::int64_t count);

/// values[n] <- values[n] + terms[n].
void add_elements(const float* terms, float* values, std::int64_t count);

}  // namespace nwedge::network
