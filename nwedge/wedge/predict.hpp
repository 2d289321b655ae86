#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "nwedge/core/options.hpp"
#include "nwedge/wedge/prediction.hpp"
#include "nwedge/wedge/theory.hpp"
#include "nwedge/wedge/wedge_options.hpp"

namespace nwedge::wedge::theory {

/// What to predict: a model, any variant of it, and the conditions of the experiments on it.
struct PredictOptions {
  std::int64_t dimension = 1000;       ///< D
  std::int64_t short_directions = 50;  ///< s, 1 to D
  std::int64_t wedges = 20;            ///< K
  std::string frames = "axis";         ///< "axis" or "random"
  double half_width = 0;               ///< epsilon >= 0
  double opening = 0;                  ///< kappa >= 0
  double sigma = 1;                    ///< >= 0, of the coordinates of points
  std::vector<double> stiffness;       ///< these and the next as in `WedgeOptions`
  double stiffness_spread = 1;
  double centre_spread = 0;
  std::string cross_section = "ball";
  std::string energy = "quadratic";
  std::string minimum = "hard";
  double temperature = 0;
  std::int64_t seed = 0;                         ///< of the model's wedges and of everything sampled
  std::vector<std::int64_t> section_dimensions;  ///< 0 to D; empty: quarters of s
  double threshold = 0.5;                        ///< >= 0, the loss at which a ray has left
  double radius = 0;           ///< distance from the origin; 0: an optimum's, sigma sqrt(D - s)
  std::int64_t optima = 3;     ///< >= 2, joined by an m-tunnel or averaged
  double learning_rate = 0.1;  ///< above 0, below 2
  double gradient_noise = 1;   ///< >= 0, of a step, per coordinate
  double kept = 0.9;           ///< 0 to 1, share of an optimum that a kick keeps

  void visit(OptionVisitor& visitor);
  /// Throws unless every field is in range and they fit together.
  void validate(std::string_view place) const;
  /// The model.
  WedgeOptions model() const;
};

/// One number that an experiment on the wedge model should come near.
struct PredictedNumber {
  std::string number;  ///< "P1" to "P10"
  std::string name;    ///< kebab-case, unique within the number
  wedge::Prediction prediction;
  std::string meaning;  ///< with the conditions it holds for
};

/// Everything that is predicted of the model, in order; what has neither a closed form nor a Monte Carlo
/// estimate is there with its reason. Costs up to a few seconds of sampling; a model of more than 1e8 stored
/// numbers is not made, so that nothing of it is sampled.
std::vector<PredictedNumber> predict(const PredictOptions& options);

}  // namespace nwedge::wedge::theory
