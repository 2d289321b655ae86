#include "nwedge/experiment/sampled_barrier.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nwedge/core/random.hpp"

namespace nwedge::experiment {
namespace {

constexpr std::size_t kBlocks = 256;

/// Sums over the examples of each block, [position][block].
std::vector<std::vector<double>> block_sums(std::span<const std::vector<double>> values, std::size_t blocks) {
  std::vector<std::vector<double>> sums;
  const std::size_t count = values.front().size();
  for (const std::vector<double>& own : values) {
    std::vector<double>& row = sums.emplace_back(blocks, 0.0);
    for (std::size_t n = 0; n < count; ++n) row[n % blocks] += own[n];
  }
  return sums;
}

double barrier_of(std::span<const double> t, std::span<const double> means) {
  double barrier = 0;
  for (std::size_t k = 0; k < t.size(); ++k) {
    const double above = means[k] - std::lerp(means.front(), means.back(), t[k]);
    if (std::isnan(above)) return std::numeric_limits<double>::quiet_NaN();
    barrier = std::max(barrier, above);
  }
  return barrier;
}

}  // namespace

Interval sampled_barrier(std::span<const double> t, std::span<const std::vector<double>> values,
                         std::uint64_t seed, std::int64_t resamples) {
  const std::size_t count = values.front().size();
  const std::size_t blocks = std::min(count, kBlocks);
  const std::vector<std::vector<double>> sums = block_sums(values, blocks);
  std::vector<double> sizes(blocks, 0.0);
  for (std::size_t n = 0; n < count; ++n) ++sizes[n % blocks];
  std::vector<double> means(t.size());
  const auto mean_by = [&](std::span<const double> weight) {
    double total = 0;
    for (std::size_t b = 0; b < blocks; ++b) total += weight[b] * sizes[b];
    for (std::size_t k = 0; k < t.size(); ++k) {
      double sum = 0;
      for (std::size_t b = 0; b < blocks; ++b) sum += weight[b] * sums[k][b];
      means[k] = sum / total;
    }
    return barrier_of(t, means);
  };
  std::vector<double> weight(blocks, 1.0);
  Interval interval;
  interval.value = mean_by(weight);
  std::vector<double> drawn;
  for (std::int64_t r = 0; r < resamples; ++r) {
    RandomStream stream(seed, "barrier", static_cast<std::uint64_t>(r));
    std::fill(weight.begin(), weight.end(), 0.0);
    for (std::size_t b = 0; b < blocks; ++b) ++weight[stream.below(blocks)];
    drawn.push_back(mean_by(weight));
  }
  interval.low = quantile(drawn, 0.025);
  interval.high = quantile(drawn, 0.975);
  return interval;
}

}  // namespace nwedge::experiment
