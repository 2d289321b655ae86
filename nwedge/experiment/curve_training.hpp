#pragma once
#include <cstdint>
#include <string>

#include "nwedge/core/options.hpp"
#include "nwedge/optimize/options.hpp"

namespace nwedge::experiment {

/// How the free points of curves, sheets and m-tunnels are trained: `steps` of gradient descent on a cosine
/// schedule to 0, each on one random point of the shape and one minibatch.
struct CurveTraining {
  std::string method = "sgd";
  double learning_rate = 0.03;
  double momentum = 0.9;
  double clip_norm = 0;
  std::int64_t batch_size = 128;
  std::int64_t steps = 1500;

  void visit(OptionVisitor& visitor);
  optimize::Options descent() const;
};

}  // namespace nwedge::experiment
