#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "nwedge/optimize/decayed_part.hpp"
#include "nwedge/optimize/options.hpp"

namespace nwedge::optimize {

/// How gradients become steps: the state of one descent in R^D. A new method is a new file with a new
/// Direction and a line in direction.cpp.
class Direction {
 public:
  virtual ~Direction() = default;

  /// theta <- theta - rate * direction(g), g = scale * gradient + weight_decay * theta on the decayed part,
  /// and the state advances, all in one pass over D. Returns whether every coordinate of the new point is
  /// finite.
  virtual bool step(std::span<float> point, std::span<const float> gradient, double rate, double scale) = 0;
};

/// The direction that options.method names, for points of `decayed.dimension()` coordinates, in its state
/// before the first step. Options must be validated.
std::unique_ptr<Direction> make_direction(const Options& options, DecayedPart decayed);

/// The most vectors of D floats that the state of such a direction takes.
int most_states(const Options& options);

/// The values that Options::method may take.
std::span<const std::string_view> method_names();

/// Stochastic gradient descent with momentum mu as PyTorch defines it ([sutskever2013] up to the place of the
/// rate): v <- mu v + g; the direction is v, or g + mu v with Nesterov's momentum. State: D floats; none for
/// mu = 0.
std::unique_ptr<Direction> make_sgd(const Options& options, DecayedPart decayed);

/// Adam [kingma2015]: m <- beta_1 m + (1 - beta_1) g, v <- beta_2 v + (1 - beta_2) g^2; the direction at step
/// t is m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + 1e-8). L2 goes into g, as in PyTorch's Adam. State:
/// 2D floats.
std::unique_ptr<Direction> make_adam(const Options& options, DecayedPart decayed);

/// Adam with decoupled weight decay [loshchilov2019], as PyTorch's AdamW: theta <- (1 - rate weight_decay)
/// theta on the decayed part and then Adam's step of the gradient alone, which is taken at the theta before.
std::unique_ptr<Direction> make_adamw(const Options& options, DecayedPart decayed);

}  // namespace nwedge::optimize
