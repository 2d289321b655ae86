#include "nwedge/spectrum/trace.hpp"

#include <fmt/core.h>

#include <cmath>
#include <vector>

#include "nwedge/core/error.hpp"
#include "nwedge/core/random.hpp"

namespace nwedge::spectrum {
namespace {

double sum(std::span<const double> values) {
  double total = 0;
  for (const double value : values) total += value;
  return total;
}

/// (mean first)^2 / (mean second), its bias removed by leaving out one pair of draws at a time.
Estimate jackknife_effective_rank(std::span<const double> first, std::span<const double> second) {
  const auto n = static_cast<double>(first.size());
  const double sum_first = sum(first);
  const double sum_second = sum(second);
  if (sum_second == 0) return {0, 0};
  const double whole = sum_first * sum_first / (n * sum_second);
  std::vector<double> left_out;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const double a = sum_first - first[i];
    left_out.push_back(a * a / ((n - 1) * (sum_second - second[i])));
  }
  const double average = sum(left_out) / n;
  double squares = 0;
  for (const double value : left_out) squares += (value - average) * (value - average);
  return {n * whole - (n - 1) * average, std::sqrt((n - 1) / n * squares)};
}

}  // namespace

Estimate mean(std::span<const double> draws) {
  const auto n = static_cast<double>(draws.size());
  const double average = sum(draws) / n;
  double squares = 0;
  for (const double draw : draws) squares += (draw - average) * (draw - average);
  return {average, std::sqrt(squares / (n * (n - 1)))};
}

void fill_signs(std::span<float> values, std::uint64_t seed, std::uint64_t index) {
  RandomStream stream(seed, "signs", index);
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % 32 == 0) bits = stream.bits();
    values[i] = (bits >> (i % 32)) & 1 ? 1.0f : -1.0f;
  }
}

Moments estimate_moments(OperatorReference matrix, std::int64_t probes, std::uint64_t seed,
                         Monitor& monitor) {
  if (probes < 2)
    throw Error("trace", fmt::format("probes must be at least 2 to have an error, is {}", probes));
  const auto d = static_cast<std::size_t>(matrix.rows());
  std::vector<float> v(d);
  std::vector<float> product(d);
  std::vector<double> first;
  std::vector<double> second;
  for (std::int64_t probe = 0; probe < probes; ++probe) {
    fill_signs(v, seed, static_cast<std::uint64_t>(probe));
    matrix.multiply(v, product);
    double form = 0;
    double squares = 0;
    for (std::size_t i = 0; i < d; ++i) {
      const double p = product[i];
      form += p * static_cast<double>(v[i]);
      squares += p * p;
    }
    first.push_back(form);
    second.push_back(squares);
    monitor.checkpoint(static_cast<double>(probe + 1) / static_cast<double>(probes));
  }
  return {mean(first), mean(second), jackknife_effective_rank(first, second), probes};
}

}  // namespace nwedge::spectrum
