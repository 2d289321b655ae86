#include "nwedge/network/kernels/elementwise.hpp"

#include "nwedge/network/kernels/lanes.hpp"

namespace nwedge::network {

void combine(const float* rows, std::int64_t stride, std::span<const float> coordinates, std::int64_t count,
             float* result) {
  for (std::int64_t n = 0; n < count; n += kRegisterFloats) {
    Register sum = load(rows + n);
    const float* row = rows + n;
    for (const float coordinate : coordinates) sum += coordinate * load(row += stride);
    store(result + n, sum);
  }
}

void multiply_elements(const float* factors, float* values, std::int64_t count) {
  for (std::int64_t n = 0; n < count; ++n) values[n] *= factors[n];
}

void add_elements(const float* terms, float* values, std::int64_t count) {
  for (std::int64_t n = 0; n < count; ++n) values[n] += terms[n];
}

}  // namespace nwedge::network
