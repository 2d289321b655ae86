#pragma once
#include <vector>

#include "nwedge/landscape.hpp"
#include "nwedge/optimize/options.hpp"
#include "nwedge/study/plan.hpp"

namespace nwedge::study {

/// Seconds of one thread for the loss of one training example (of one point, where a landscape has no
/// examples), from minibatch gradients timed for about `budget_seconds`; a gradient counts as three losses.
double seconds_per_evaluation(const Landscape& landscape, const optimize::Options& training,
                              double budget_seconds = 0.03);

/// Loss evaluations of one training example each that a cell takes, roughly; a gradient counts as three.
double evaluations(const Study& study, const Cell& cell, const Landscape& landscape);

/// Seconds that writing a cell's record takes, roughly.
double seconds_per_record(const Study& study, const Cell& cell, const Landscape& landscape);

/// Bytes of the trained points that a study keeps in memory for one landscape.
double bytes_of_optima(const Study& study, std::size_t landscape, std::int64_t dimension);

/// Bytes of memory this process holds now; 0 where the system does not tell.
double resident_bytes();

}  // namespace nwedge::study
