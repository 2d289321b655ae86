#include "nwedge/core/vectors.hpp"

#include <array>
#include <cmath>
#include <stdexcept>

#include "nwedge/core/vectorise.hpp"

namespace nwedge {
namespace {

constexpr std::size_t kLanes = 16;  // two AVX-512 registers of doubles

/// sum_i term(i) for i in [0, count), term in double.
template <class Term>
double sum(std::size_t count, Term term) {
  return vectorise([=] {
    std::array<double, kLanes> sums{};
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes)
      for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += term(i + lane);
    double total = 0;
    for (; i < count; ++i) total += term(i);
    for (const double s : sums) total += s;
    return total;
  });
}

void require_same_size(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) throw std::logic_error("vectors of different sizes");
}

}  // namespace

double dot(std::span<const float> a, std::span<const float> b) {
  require_same_size(a, b);
  return sum(a.size(),
             [x = a.data(), y = b.data()](std::size_t i) { return static_cast<double>(x[i]) * y[i]; });
}

double norm(std::span<const float> a) { return std::sqrt(dot(a, a)); }

double distance(std::span<const float> a, std::span<const float> b) {
  require_same_size(a, b);
  return std::sqrt(sum(a.size(), [x = a.data(), y = b.data()](std::size_t i) {
    const double difference = static_cast<double>(x[i]) - y[i];
    return difference * difference;
  }));
}

double cosine(std::span<const float> a, std::span<const float> b) { return dot(a, b) / (norm(a) * norm(b)); }

}  // namespace nwedge
