#include "tests/laws/order_of_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace nwedge::test {
namespace {

constexpr double kVisible = 10;  // errors below this times their floor may be rounding
constexpr double kCliff = 8;     // a fall that no power below the third explains at half the step

std::string table(std::span<const StepError> sweep) {
  std::string text;
  for (const StepError& e : sweep)
    text += fmt::format("\n  h {:.2e}  error {:.3e}  floor {:.1e}", e.step, e.error, e.floor);
  return text;
}

/// The slope of log error against log step by least squares.
double fitted_order(std::span<const StepError> errors) {
  double x_mean = 0;
  double y_mean = 0;
  for (const StepError& e : errors) {
    x_mean += std::log(e.step) / static_cast<double>(errors.size());
    y_mean += std::log(e.error) / static_cast<double>(errors.size());
  }
  double xy = 0;
  double xx = 0;
  for (const StepError& e : errors) {
    xy += (std::log(e.step) - x_mean) * (std::log(e.error) - y_mean);
    xx += (std::log(e.step) - x_mean) * (std::log(e.step) - x_mean);
  }
  return xy / xx;
}

}  // namespace

std::string second_order_complaint(std::span<const StepError> sweep) {
  std::vector<StepError> visible;
  for (const StepError& e : sweep) {
    if (!(e.error > kVisible * e.floor)) break;
    visible.push_back(e);
  }
  if (visible.size() == sweep.size()) return "no error of the sweep reaches its floor" + table(sweep);
  if (visible.size() < 3) return "";
  if (sweep[visible.size()].error < visible.back().error / kCliff) return "";
  const double order = fitted_order(std::span(visible).last(std::min<std::size_t>(visible.size(), 4)));
  return order >= 1.5 ? "" : fmt::format("the error falls like h^{:.2f}", order) + table(sweep);
}

std::string best_step_complaint(std::span<const StepError> sweep, double share, double scale) {
  for (const StepError& e : sweep)
    if (e.error <= share * scale) return "";
  return fmt::format("no error of the sweep is below {} of {}", share, scale) + table(sweep);
}

}  // namespace nwedge::test
