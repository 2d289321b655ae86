#include "nwedge/experiment/curve_training.hpp"

#include "nwedge/optimize/direction.hpp"

namespace nwedge::experiment {

void CurveTraining::visit(OptionVisitor& visitor) {
  visitor.field("method", method, optimize::method_names(), "how the free points descend");
  visitor.field("learning-rate", learning_rate, above(0),
                "the first learning rate of a cosine schedule to 0");
  visitor.field("momentum", momentum, between(0, 1), "SGD's momentum; Adam's first decay");
  visitor.field("clip-norm", clip_norm, at_least(0), "scale a gradient of larger norm down to it; 0: never");
  visitor.field("batch-size", batch_size, at_least(1), "examples a step");
  visitor.field("steps", steps, at_least(1), "steps, each on one random point of the shape");
}

optimize::Options CurveTraining::descent() const {
  optimize::Options options;
  options.method = method;
  options.learning_rate = learning_rate;
  options.momentum = momentum;
  options.clip_norm = clip_norm;
  options.batch_size = batch_size;
  options.steps = steps;
  return options;
}

}  // namespace nwedge::experiment
