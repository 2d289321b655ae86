#include "nwedge/network/temperature.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "nwedge/core/parallel.hpp"
#include "nwedge/core/vectorise.hpp"
#include "nwedge/network/kernels/elementary.hpp"
#include "nwedge/network/kernels/lanes.hpp"

namespace nwedge::network {
namespace {

constexpr double kTolerance = 1e-7;  // of the loss
constexpr int kMostSteps = 100;

/// The logits of all examples, the greatest of each taken off.
class Logits {
 public:
  Logits(float* logits, std::int64_t classes, const std::int32_t* labels, std::int64_t examples)
      : logits_(logits), classes_(classes), examples_(examples), behind_(static_cast<std::size_t>(examples)) {
    vectorise([&] {
      for (std::int64_t begin = 0; begin < examples; begin += kLanes) shift(begin, labels + begin);
    });
  }

  double loss(double b) const {
    return vectorise([&] {
      double sum = 0;
      for (std::int64_t begin = 0; begin < examples_; begin += kLanes) {
        const Sums group = sums(begin, static_cast<float>(b));
        for (std::int64_t n = 0; n < std::min(kLanes, examples_ - begin); ++n)
          sum += std::log(static_cast<double>(group.power[n])) + b * behind(begin + n);
      }
      return sum / static_cast<double>(examples_);
    });
  }

  struct Slope {
    double first = 0;
    double second = 0;
  };
  /// The first two derivatives of the mean loss by b.
  Slope slope(double b) const {
    return vectorise([&] {
      Slope sum;
      for (std::int64_t begin = 0; begin < examples_; begin += kLanes) {
        const Sums group = sums(begin, static_cast<float>(b));
        double mean[kLanes];
        double variance[kLanes];
        for (std::int64_t n = 0; n < kLanes; ++n) {
          mean[n] = static_cast<double>(group.first[n]) / group.power[n];
          variance[n] = static_cast<double>(group.second[n]) / group.power[n] - mean[n] * mean[n];
        }
        for (std::int64_t n = 0; n < std::min(kLanes, examples_ - begin); ++n) {
          sum.first += mean[n] + behind(begin + n);
          sum.second += variance[n];
        }
      }
      sum.first /= static_cast<double>(examples_);
      sum.second /= static_cast<double>(examples_);
      return sum;
    });
  }

  /// The mean distance of a logit from the greatest.
  double spread() const {
    double sum = 0;
    for (std::int64_t begin = 0; begin < examples_; begin += kLanes)
      for (std::int64_t c = 0; c < classes_; ++c)
        for (std::int64_t n = 0; n < std::min(kLanes, examples_ - begin); ++n)
          sum -= group(begin)[c * kLanes + n];
    return sum / static_cast<double>(examples_ * classes_);
  }

 private:
  /// Of sixteen examples: sum_c e, sum_c e z, sum_c e z^2 with e = exp(b z).
  struct Sums {
    float power[kLanes] = {};
    float first[kLanes] = {};
    float second[kLanes] = {};
  };

  const float* group(std::int64_t begin) const { return logits_ + begin * classes_; }
  double behind(std::int64_t n) const { return behind_[static_cast<std::size_t>(n)]; }

  void shift(std::int64_t begin, const std::int32_t* labels) {
    float* z = logits_ + begin * classes_;
    const std::int64_t here = std::min(kLanes, examples_ - begin);
    for (std::int64_t c = 0; c < classes_; ++c)  // lanes without an example
      for (std::int64_t n = here; n < kLanes; ++n) z[c * kLanes + n] = 0;
    float greatest[kLanes];
    std::copy(z, z + kLanes, greatest);
    for (std::int64_t c = 1; c < classes_; ++c)
      for (std::int64_t n = 0; n < kLanes; ++n) greatest[n] = std::max(greatest[n], z[c * kLanes + n]);
    for (std::int64_t c = 0; c < classes_; ++c)
      for (std::int64_t n = 0; n < kLanes; ++n) z[c * kLanes + n] -= greatest[n];
    for (std::int64_t n = 0; n < here; ++n)
      behind_[static_cast<std::size_t>(begin + n)] = -static_cast<double>(z[labels[n] * kLanes + n]);
  }

  Sums sums(std::int64_t begin, float b) const {
    const float* z = group(begin);
    Sums sums;
    for (std::int64_t c = 0; c < classes_; ++c)
      for (std::int64_t n = 0; n < kLanes; ++n) {
        const float x = z[c * kLanes + n];
        const float e = exponential_of_negative(b * x);
        sums.power[n] += e;
        sums.first[n] += e * x;
        sums.second[n] += e * x * x;
      }
    return sums;
  }

  float* logits_;
  std::int64_t classes_;
  std::int64_t examples_;
  std::vector<double> behind_;  // how far the label's logit is below the greatest
};

}  // namespace

BestTemperature best_temperature(float* logits, std::int64_t classes, const std::int32_t* labels,
                                 std::int64_t examples) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Logits z(logits, classes, labels, examples);
  const double spread = z.spread();
  const double at_zero = z.slope(0).first;
  if (!std::isfinite(spread) || !std::isfinite(at_zero))
    return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  if (at_zero >= 0 || spread <= 0) return {std::log(static_cast<double>(classes)), 0};
  double low = 0;
  double high = kInfinity;
  double b = 1 / spread;  // logits of any scale
  for (int step = 0; step < kMostSteps; ++step) {
    const Logits::Slope slope = z.slope(b);
    (slope.first < 0 ? low : high) = b;
    const double newton = slope.second > 0 ? -slope.first / slope.second : kInfinity;
    // What is left to gain: about half of slope times step, or slope times b where the loss falls for ever.
    if (std::abs(slope.first) * std::min(std::abs(newton), b) <= kTolerance) break;
    const double most = std::isinf(high) ? 4 * b : high;
    double next = b + newton;
    if (!(next > low && next < most)) next = std::isinf(high) ? most : (low + high) / 2;
    b = next;
  }
  return {z.loss(b), b};
}

LogitStore::LogitStore(const Examples& examples, std::int64_t classes)
    : examples_(examples),
      classes_(classes),
      size_(static_cast<std::size_t>((examples.count() + kLanes - 1) / kLanes * kLanes * classes)) {}

std::size_t LogitStore::most_points() const {
  constexpr std::size_t kFloats = std::size_t{1} << 24;
  return std::max<std::size_t>(1, kFloats / std::max<std::size_t>(1, size_));
}

void LogitStore::start(std::size_t points) { logits_.resize(points * size_); }

float* LogitStore::at(std::int64_t point, std::int64_t first) {
  return logits_.data() + static_cast<std::size_t>(point) * size_ + first * classes_;
}

void LogitStore::finish(std::span<const Metrics> metrics, std::vector<TemperedMetrics>& result) {
  const std::size_t before = result.size();
  result.resize(before + metrics.size());
  parallel_for(std::ssize(metrics), [&](std::int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    const BestTemperature best =
        best_temperature(logits_.data() + at * size_, classes_, examples_.labels.data(), examples_.count());
    // Where temperature 1 is the best, rounding must not make another seem worse.
    const bool better = !(best.loss > metrics[at].loss);
    result[before + at] = {metrics[at], better ? best.loss : metrics[at].loss, better ? best.inverse : 1.0};
  });
}

}  // namespace nwedge::network
