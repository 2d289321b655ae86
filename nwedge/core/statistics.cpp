#include "nwedge/core/statistics.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "nwedge/core/random.hpp"

namespace nwedge {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<double> ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> rank(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i) rank[order[i]] = (static_cast<double>(begin + end) - 1) / 2;
    begin = end;
  }
  return rank;
}

double spearman(std::span<const double> x, std::span<const double> y) {
  const std::vector<double> a = ranks(x);
  const std::vector<double> b = ranks(y);
  const double middle = (static_cast<double>(x.size()) - 1) / 2;
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - middle) * (b[i] - middle);
    aa += (a[i] - middle) * (a[i] - middle);
    bb += (b[i] - middle) * (b[i] - middle);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : kNan;
}

bool has_nan(std::span<const double> values) {
  return std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
}

}  // namespace

double Spread::standard_error() const {
  return count > 0 ? deviation / std::sqrt(static_cast<double>(count)) : kNan;
}

std::string Spread::text(std::string_view over, int digits) const {
  // Without powers of ten where a plain number is short enough.
  const auto write = [](double value, int kept) {
    const double size = std::abs(value);
    return size >= 99.5 && size < 1e6 ? fmt::format("{:.0f}", value) : fmt::format("{:.{}g}", value, kept);
  };
  if (count == 0) return "no values";
  if (count == 1) return write(mean, digits);
  if (deviation == 0) return fmt::format("{} ({} {})", write(mean, digits), count, over);
  return fmt::format("{} ± {} ({} {})", write(mean, digits), write(deviation, 2), count, over);
}

Spread spread_of(std::span<const double> values) {
  Spread spread;
  spread.count = static_cast<std::int64_t>(values.size());
  if (values.empty() || has_nan(values)) {
    spread.mean = spread.deviation = spread.least = spread.most = kNan;
    return spread;
  }
  const double n = static_cast<double>(values.size());
  spread.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double v : values) squares += (v - spread.mean) * (v - spread.mean);
  spread.deviation = values.size() > 1 ? std::sqrt(squares / (n - 1)) : 0;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  spread.least = *least;
  spread.most = *most;
  return spread;
}

nlohmann::json to_json(const Spread& spread) {
  return {{"count", spread.count},
          {"mean", spread.mean},
          {"deviation", spread.deviation},
          {"least", spread.least},
          {"most", spread.most}};
}

double quantile(std::span<const double> values, double q) {
  if (values.empty() || has_nan(values)) return kNan;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const double place = std::clamp(q, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - static_cast<double>(below));
}

Interval rank_correlation(std::span<const double> x, std::span<const double> y, double confidence,
                          std::int64_t resamples, std::uint64_t seed) {
  if (x.size() != y.size() || x.size() < 3 || has_nan(x) || has_nan(y)) return {kNan, kNan, kNan};
  const double value = spearman(x, y);
  std::vector<double> resampled;
  std::vector<double> a(x.size());
  std::vector<double> b(x.size());
  for (std::int64_t r = 0; r < resamples; ++r) {
    RandomStream stream(seed, "bootstrap", static_cast<std::uint64_t>(r));
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto drawn = static_cast<std::size_t>(stream.below(x.size()));
      a[i] = x[drawn];
      b[i] = y[drawn];
    }
    const double correlation = spearman(a, b);
    if (!std::isnan(correlation)) resampled.push_back(correlation);  // a constant resample has none
  }
  const double tail = (1 - confidence) / 2;
  return {value, quantile(resampled, tail), quantile(resampled, 1 - tail)};
}

Interval proportion(std::int64_t successes, std::int64_t trials) {
  if (trials < 1) return {kNan, kNan, kNan};
  constexpr double kZ = 1.959963984540054;  // the normal 97.5 % point
  const double n = static_cast<double>(trials);
  const double share = static_cast<double>(successes) / n;
  const double centre = (share + kZ * kZ / (2 * n)) / (1 + kZ * kZ / n);
  const double half = kZ / (1 + kZ * kZ / n) * std::sqrt(share * (1 - share) / n + kZ * kZ / (4 * n * n));
  return {share, std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

}  // namespace nwedge
