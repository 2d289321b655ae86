#include "nwedge/optimize/options.hpp"

#include <fmt/core.h>

#include "nwedge/core/error.hpp"
#include "nwedge/optimize/direction.hpp"
#include "nwedge/optimize/schedule.hpp"

namespace nwedge::optimize {
namespace {

constexpr double kMostRecorded = 1e6;  // points of a trajectory, each kept in memory

}  // namespace

void Options::visit(OptionVisitor& visitor) {
  visitor.field("method", method, method_names(), "how a gradient becomes a step");
  visitor.field("learning-rate", learning_rate, above(0), "the highest learning rate of the schedule");
  visitor.field("momentum", momentum, between(0, 1), "momentum of SGD, first momentum of Adam");
  visitor.field("nesterov", nesterov, "Nesterov's momentum (SGD)");
  visitor.field("second-momentum", second_momentum, between(0, 1), "second momentum of Adam");
  visitor.field("weight-decay", weight_decay, at_least(0), "L2: adds this times the weights to the gradient");
  visitor.field("clip-norm", clip_norm, at_least(0), "scale a gradient of larger norm down to it; 0: never");
  visitor.field("schedule", schedule, schedule_names(), "how the learning rate changes over the steps");
  visitor.field("final-fraction", final_fraction, between(0, 1),
                "last rate / first rate (cosine), lowest / highest (cyclic)");
  visitor.field("step-factor", step_factor, above(0), "multiplies the rate at each milestone (step)");
  visitor.repeatable().field("milestones", milestones, between(0, 1), "fractions of the steps (step)");
  visitor.field("cycle-steps", cycle_steps, at_least(0), "steps of one cycle (cyclic)");
  visitor.field("batch-size", batch_size, at_least(1), "examples of a minibatch");
  visitor.field("epochs", epochs, at_least(0), "passes over the training split (or set steps)");
  visitor.field("steps", steps, at_least(0), "steps in all (or set epochs)");
  visitor.field("record-points", record_points, between(0, kMostRecorded),
                "points of the trajectory to keep besides the last one, evenly spaced in the logarithm of "
                "the step; 0: none");
}

void Options::validate(std::string_view place) const {
  check_options(place, *this);
  if ((epochs > 0) == (steps > 0))
    throw Error(place,
                fmt::format("exactly one of epochs and steps must be above 0, are {} and {}", epochs, steps));
  if (method == "adam" && (momentum >= 1 || second_momentum >= 1))
    throw Error(place, fmt::format("adam needs momentum and second-momentum below 1, are {} and {}", momentum,
                                   second_momentum));
  if (nesterov && (method != "sgd" || momentum == 0))
    throw Error(place, fmt::format("nesterov needs method sgd and momentum above 0, are {} and {}", method,
                                   momentum));
  if ((schedule == "cyclic") != (cycle_steps > 0))
    throw Error(place,
                fmt::format("cycle-steps must be above 0 with schedule cyclic and only there, is {} with {}",
                            cycle_steps, schedule));
  if (final_fraction != 0 && schedule != "cosine" && schedule != "cyclic")
    throw Error(place, fmt::format("final-fraction belongs to schedules cosine and cyclic, is {} with {}",
                                   final_fraction, schedule));
}

std::int64_t Options::total_steps(const Landscape& landscape) const {
  const std::int64_t examples = landscape.examples(Split::train);
  // The default serves for any data: fewer examples than it come again within one batch.
  if (examples > 0 && batch_size > std::max(examples, Options{}.batch_size))
    throw Error("batch-size",
                fmt::format("must be at most {}, the training examples, is {}", examples, batch_size));
  if (steps > 0) return steps;
  if (examples == 0) throw Error("epochs", "this landscape has no training examples: set steps instead");
  if (static_cast<double>(epochs) * static_cast<double>(examples) >
      static_cast<double>(kMostWhole) * static_cast<double>(batch_size))
    throw Error("epochs", fmt::format("{} epochs of {} examples make more than {} steps of {} examples",
                                      epochs, examples, kMostWhole, batch_size));
  return (epochs * examples + batch_size - 1) / batch_size;
}

}  // namespace nwedge::optimize
