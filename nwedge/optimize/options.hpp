#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/core/options.hpp"
#include "nwedge/landscape.hpp"

namespace nwedge::optimize {

/// How to descend: a direction (method) times a schedule. Set exactly one of `epochs` and `steps`.
struct Options {
  std::string method = "sgd";      ///< "sgd", "adam" or "adamw": see direction.hpp
  double learning_rate = 0.05;     ///< > 0; the highest of the schedule: see schedule.hpp
  double momentum = 0.9;           ///< in [0, 1]: SGD's momentum; Adam's beta_1 (< 1)
  bool nesterov = false;           ///< SGD with momentum > 0 only
  double second_momentum = 0.999;  ///< in [0, 1]: Adam's beta_2 (< 1)
  double weight_decay = 0.0;  ///< >= 0: adds weight_decay * theta to the gradient; adamw: see direction.hpp
  std::string decay = "all";  ///< what decays: "all", or "weights": no biases, normalisations, embeddings
  double clip_norm = 0.0;     ///< >= 0: scales a gradient of larger norm down to it; 0: never
  std::string schedule = "cosine";  ///< "constant", "step", "cosine" or "cyclic"
  double warmup = 0.0;              ///< >= 0: steps over which the rate rises; below 1 a share of the steps
  double final_fraction = 0.0;      ///< cosine: last rate / first rate; cyclic: lowest / highest
  double step_factor = 0.1;         ///< step: multiplies the rate at each milestone
  std::vector<double> milestones = {0.5, 0.75};  ///< step: fractions of the steps
  std::int64_t cycle_steps = 0;                  ///< cyclic: steps of one cycle (>= 1 there, else 0)
  std::int64_t batch_size = 128;                 ///< >= 1
  std::int64_t epochs = 0;                       ///< passes over the training split
  std::int64_t steps = 0;                        ///< or steps
  std::int64_t record_points = 0;  ///< trajectory points to keep besides the last one, dense early; 0: none

  void visit(OptionVisitor& visitor);
  /// Throws unless every field is in range, exactly one of epochs and steps is set, and no option is set that
  /// the chosen method or schedule does not know.
  void validate(std::string_view place) const;
  /// Steps in all for this landscape: `steps`, or epochs * examples / batch_size rounded up, as epochs follow
  /// one another without gaps. An `Error` when `epochs` is set and the landscape has no examples, or when the
  /// warm-up does not end before the steps do.
  std::int64_t total_steps(const Landscape& landscape) const;
  /// Steps of the warm-up among `total`: `warmup`, or its share of them rounded.
  std::int64_t warmup_steps(std::int64_t total) const;
};

}  // namespace nwedge::optimize
