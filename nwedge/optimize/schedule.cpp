#include "nwedge/optimize/schedule.hpp"

#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace nwedge::optimize {
namespace {

using Factor = double (*)(const Options&, std::int64_t step, std::int64_t total);

double constant(const Options&, std::int64_t, std::int64_t) { return 1; }

double step_down(const Options& options, std::int64_t step, std::int64_t total) {
  double factor = 1;
  for (const double milestone : options.milestones)
    if (static_cast<double>(step) >= milestone * static_cast<double>(total)) factor *= options.step_factor;
  return factor;
}

double cosine(const Options& options, std::int64_t step, std::int64_t total) {
  const double done = static_cast<double>(step) / static_cast<double>(total);
  return options.final_fraction + (1 - options.final_fraction) * (1 + std::cos(std::numbers::pi * done)) / 2;
}

double cyclic(const Options& options, std::int64_t step, std::int64_t) {
  const double t =
      static_cast<double>(step % options.cycle_steps + 1) / static_cast<double>(options.cycle_steps);
  return (1 - t) + t * options.final_fraction;
}

double warmed_up(const Options& options, std::int64_t step, std::int64_t total, double rate) {
  const std::int64_t warmup = options.warmup_steps(total);
  return step + 1 < warmup ? rate * static_cast<double>(step + 1) / static_cast<double>(warmup) : rate;
}

constexpr std::array<std::string_view, 4> kNames = {"constant", "step", "cosine", "cyclic"};
constexpr std::array<Factor, 4> kFactors = {constant, step_down, cosine, cyclic};

}  // namespace

std::span<const std::string_view> schedule_names() { return kNames; }

double learning_rate(const Options& options, std::int64_t step, std::int64_t total) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == options.schedule)
      return warmed_up(options, step, total, options.learning_rate * kFactors[i](options, step, total));
  throw std::logic_error("learning_rate: options were not validated");
}

}  // namespace nwedge::optimize
