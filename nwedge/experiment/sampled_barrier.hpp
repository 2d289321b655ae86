#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "nwedge/core/statistics.hpp"

namespace nwedge::experiment {

/// Barriers of means over examples along a line, max_t [v(t) - ((1 - t) v(0) + t v(1))], with 95 % intervals:
/// examples are drawn again with replacement, and the maximum is taken inside each resample. Examples are
/// drawn in blocks, at most 256 of them, so the cost does not grow with their number. The draws are those of
/// a seed, the same for every line. Any number of threads may ask at once.
class SampledBarrier {
 public:
  explicit SampledBarrier(std::uint64_t seed, std::int64_t resamples = 500)
      : seed_(seed), resamples_(resamples) {}

  /// `values[k]` [n] are those of the examples at position t[k]; t begins with 0 and ends with 1.
  Interval operator()(std::span<const double> t, std::span<const std::vector<double>> values);

 private:
  std::shared_ptr<const std::vector<double>> draws(std::size_t blocks);

  std::uint64_t seed_;
  std::int64_t resamples_;
  std::mutex mutex_;
  std::size_t blocks_ = 0;
  std::shared_ptr<const std::vector<double>> weights_;  // [resample, block]: how often each block was drawn
};

}  // namespace nwedge::experiment
