#include "nwedge/wedge/prediction.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "nwedge/core/statistics.hpp"

namespace nwedge::wedge {

Prediction Prediction::closed_form(double value) {
  Prediction made;
  made.value = value;
  made.source = Source::closed_form;
  return made;
}

Prediction Prediction::none(std::string reason) {
  Prediction made;
  made.reason = std::move(reason);
  return made;
}

Prediction Prediction::mean_of(std::span<const double> samples) {
  const Spread spread = spread_of(samples);
  if (spread.count < 2 || !std::isfinite(spread.mean) || !std::isfinite(spread.deviation))
    return none("a sample of the model is not finite");
  return {spread.mean, spread.standard_error(), spread.deviation, spread.count, Source::monte_carlo, ""};
}

Prediction Prediction::quantile_of(std::span<const double> samples, double q) {
  std::vector<double> sorted(samples.begin(), samples.end());
  const bool comparable = std::none_of(sorted.begin(), sorted.end(), [](double x) { return std::isnan(x); });
  if (sorted.size() < 2 || !comparable) return none("a sample of the model is not a number");
  std::sort(sorted.begin(), sorted.end());
  const auto count = static_cast<double>(sorted.size());
  const double error = std::sqrt(q * (1 - q) / count);  // of the share below the quantile
  const auto at = [&](double share) {
    const double place = std::clamp(share * count - 0.5, 0.0, count - 1);
    const auto below = static_cast<std::size_t>(place);
    const double rest = place - static_cast<double>(below);
    return rest == 0 ? sorted[below] : (1 - rest) * sorted[below] + rest * sorted[below + 1];
  };
  const double high = at(q + error);
  if (!std::isfinite(high)) return none("too many samples of the model never leave");
  const double deviation = (at(0.84) - at(0.16)) / 2;  // infinite where some never leave: not told
  return {at(q),
          (high - at(q - error)) / 2,
          std::isfinite(deviation) ? deviation : 0,
          static_cast<std::int64_t>(sorted.size()),
          Source::monte_carlo,
          ""};
}

Quantity Prediction::quantity() const {
  if (source == Source::none) return Quantity::missing(reason);
  if (source == Source::closed_form) return Quantity::exact(value);
  return Quantity::estimate(value, standard_error, samples, "samples");
}

std::string_view to_string(Prediction::Source source) {
  switch (source) {
    case Prediction::Source::closed_form:
      return "closed form";
    case Prediction::Source::monte_carlo:
      return "Monte Carlo";
    case Prediction::Source::none:
      break;
  }
  return "none";
}

}  // namespace nwedge::wedge
