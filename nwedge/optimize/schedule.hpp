#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "nwedge/optimize/options.hpp"

namespace nwedge::optimize {

/// The learning rate at step i = 0, 1, …, n - 1 of n = `total`; with eta = learning_rate, f = final_fraction:
///
///   constant  eta
///   step      eta * step_factor^(number of milestones m with i >= m n)
///   cosine    eta * (f + (1 - f) (1 + cos(pi i / n)) / 2)                    [loshchilov2017]
///   cyclic    eta * ((1 - t) + t f),  t = (i mod c + 1) / c,  c = cycle_steps [izmailov2018]
///
/// times (i + 1) / w while i + 1 < w, the steps of the warm-up [goyal2017]: the schedule runs on underneath.
/// A cycle falls in equal steps and ends at its lowest rate, where snapshots are taken.
double learning_rate(const Options& options, std::int64_t step, std::int64_t total);

/// The values that Options::schedule may take.
std::span<const std::string_view> schedule_names();

}  // namespace nwedge::optimize
