#include "nwedge/experiment/sampled_barrier.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "nwedge/core/random.hpp"

namespace nwedge::experiment {
namespace {

constexpr std::size_t kBlocks = 256;

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

std::shared_ptr<const std::vector<double>> SampledBarrier::draws(std::size_t blocks) {
  const std::lock_guard lock(mutex_);
  if (weights_ && blocks_ == blocks) return weights_;
  std::vector<double> weights(static_cast<std::size_t>(resamples_) * blocks, 0.0);
  for (std::size_t r = 0; r < static_cast<std::size_t>(resamples_); ++r) {
    RandomStream stream(seed_, "barrier", r);
    for (std::size_t b = 0; b < blocks; ++b) ++weights[r * blocks + stream.below(blocks)];
  }
  blocks_ = blocks;
  weights_ = std::make_shared<const std::vector<double>>(std::move(weights));
  return weights_;
}

Interval SampledBarrier::operator()(std::span<const double> t, std::span<const std::vector<double>> values) {
  const std::size_t count = values.front().size();
  const std::size_t blocks = std::min(count, kBlocks);
  const std::shared_ptr<const std::vector<double>> weights = draws(blocks);
  std::vector<double> sizes(blocks, 0.0);
  for (std::size_t n = 0; n < count; ++n) ++sizes[n % blocks];
  std::vector<double> sums(t.size() * blocks, 0.0);  // [position, block]
  std::vector<double> means(t.size(), 0.0);
  for (std::size_t k = 0; k < t.size(); ++k)
    for (std::size_t n = 0; n < count; ++n) {
      sums[k * blocks + n % blocks] += values[k][n];
      means[k] += values[k][n] / static_cast<double>(count);
    }
  Interval interval;
  interval.value = barrier_of(t, means);
  std::vector<double> drawn;
  for (std::int64_t r = 0; r < resamples_; ++r) {
    const double* weight = weights->data() + static_cast<std::size_t>(r) * blocks;
    double total = 0;
    for (std::size_t b = 0; b < blocks; ++b) total += weight[b] * sizes[b];
    for (std::size_t k = 0; k < t.size(); ++k) {
      double sum = 0;
      for (std::size_t b = 0; b < blocks; ++b) sum += weight[b] * sums[k * blocks + b];
      means[k] = sum / total;
    }
    drawn.push_back(barrier_of(t, means));
  }
  interval.low = quantile(drawn, 0.025);
  interval.high = quantile(drawn, 0.975);
  return interval;
}

}  // namespace nwedge::experiment
