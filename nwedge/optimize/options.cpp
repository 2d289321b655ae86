#include "nwedge/optimize/options.hpp"

#include <fmt/core.h>

#include <array>
#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/optimize/direction.hpp"
#include "nwedge/optimize/schedule.hpp"

namespace nwedge::optimize {
namespace {

constexpr double kMostRecorded = 1e6;  // points of a trajectory, each kept in memory
constexpr std::array<std::string_view, 2> kDecays = {"all", "weights"};

/// Whatever the warm-up.
std::int64_t steps_on(const Options& options, const Landscape& landscape) {
  const std::int64_t examples = landscape.examples(Split::train);
  // The default serves for any data: fewer examples than it come again within one batch.
  if (examples > 0 && options.batch_size > std::max(examples, Options{}.batch_size))
    throw Error("batch-size", fmt::format("must be at most {}, the training examples, is {}", examples,
                                          options.batch_size));
  if (options.steps > 0) return options.steps;
  if (examples == 0) throw Error("epochs", "this landscape has no training examples: set steps instead");
  if (static_cast<double>(options.epochs) * static_cast<double>(examples) >
      static_cast<double>(kMostWhole) * static_cast<double>(options.batch_size))
    throw Error("epochs", fmt::format("{} epochs of {} examples make more than {} steps of {} examples",
                                      options.epochs, examples, kMostWhole, options.batch_size));
  return (options.epochs * examples + options.batch_size - 1) / options.batch_size;
}

}  // namespace

void Options::visit(OptionVisitor& visitor) {
  visitor.field("method", method, method_names(), "how a gradient becomes a step");
  visitor.field("learning-rate", learning_rate, above(0), "the highest learning rate of the schedule");
  visitor.field("momentum", momentum, between(0, 1), "momentum of SGD, first momentum of Adam");
  visitor.field("nesterov", nesterov, "Nesterov's momentum (SGD)");
  visitor.field("second-momentum", second_momentum, between(0, 1), "second momentum of Adam");
  visitor.field("weight-decay", weight_decay, at_least(0),
                "L2: adds this times the weights to the gradient; "
                "adamw: takes this times the learning rate off the weights");
  visitor.field("decay", decay, kDecays,
                "what decays: all, or weights without biases, normalisations and embeddings");
  visitor.field("clip-norm", clip_norm, at_least(0), "scale a gradient of larger norm down to it; 0: never");
  visitor.field("schedule", schedule, schedule_names(), "how the learning rate changes over the steps");
  visitor.field("warmup", warmup, between(0, static_cast<double>(kMostWhole)),
                "steps over which the rate rises to the schedule's: a share below 1, or how many; 0: none");
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
  if (method != "sgd" && (momentum >= 1 || second_momentum >= 1))
    throw Error(place, fmt::format("{} needs momentum and second-momentum below 1, are {} and {}", method,
                                   momentum, second_momentum));
  if (nesterov && (method != "sgd" || momentum == 0))
    throw Error(place, fmt::format("nesterov needs method sgd and momentum above 0, are {} and {}", method,
                                   momentum));
  if (warmup >= 1 && warmup != std::floor(warmup))
    throw Error(place, fmt::format("warmup must be below 1 or a whole number of steps, is {}", warmup));
  if ((schedule == "cyclic") != (cycle_steps > 0))
    throw Error(place,
                fmt::format("cycle-steps must be above 0 with schedule cyclic and only there, is {} with {}",
                            cycle_steps, schedule));
  if (final_fraction != 0 && schedule != "cosine" && schedule != "cyclic")
    throw Error(place, fmt::format("final-fraction belongs to schedules cosine and cyclic, is {} with {}",
                                   final_fraction, schedule));
}

std::int64_t Options::warmup_steps(std::int64_t total) const {
  return std::llround(warmup < 1 ? warmup * static_cast<double>(total) : warmup);
}

std::int64_t Options::total_steps(const Landscape& landscape) const {
  const std::int64_t total = steps_on(*this, landscape);
  if (warmup >= 1 && warmup_steps(total) >= total)
    throw Error("warmup", fmt::format("must be below the {} steps of the training, is {}", total, warmup));
  return total;
}

}  // namespace nwedge::optimize
