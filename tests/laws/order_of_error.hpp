#pragma once
#include <span>
#include <string>

namespace nwedge::test {

/// One member of a sweep of step lengths: the error of an approximation and how much of it rounding explains.
struct StepError {
  double step = 0;
  double error = 0;
  double floor = 0;
};

/// Whether the errors of a sweep (each step half the one before) are those of a method of order 2: of the
/// errors above ten times their floor, the last four fall like step^p with a fitted p >= 1.5; or the next one
/// has fallen eightfold at once, because the function is piecewise quadratic and the steps no longer reach a
/// kink; or fewer than three are above. A wrong derivative has p = 0. Returns "" or what is wrong.
std::string second_order_complaint(std::span<const StepError> sweep);

/// Whether the least error of the sweep is at most `share` times `scale`.
std::string best_step_complaint(std::span<const StepError> sweep, double share, double scale);

}  // namespace nwedge::test
