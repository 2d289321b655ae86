#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nwedge/core/fields.hpp"

namespace nwedge::experiment {

/// How good class probabilities are against the true classes.
struct PredictionQuality {
  double accuracy = 0;  ///< share whose most probable class is the true one
  double loss = 0;      ///< mean -log p(true class), nats; probabilities below 1e-12 count as 1e-12
  double calibration_error =
      0;  ///< expected calibration error [guo2017]: mean |confidence - accuracy| over 15
          ///< equally wide bins of the largest probability, weighted by their counts

  void visit(FieldVisitor& visitor);
};

/// `probabilities` [N, classes] in rows, `labels` [N]; N >= 1.
PredictionQuality prediction_quality(std::span<const float> probabilities,
                                     std::span<const std::int32_t> labels, std::int64_t classes);

/// Expected calibration error of predictions with these confidences that are right (1) or not (0).
double calibration_error(std::span<const double> confidences, std::span<const double> right);

/// The loss of each example, and whether it is right (1) or not (0): for comparisons example by example.
struct ExampleQuality {
  std::vector<double> losses;       ///< [N]
  std::vector<double> right;        ///< [N]
  std::vector<double> confidences;  ///< the largest probability, [N]
};
ExampleQuality example_quality(std::span<const float> probabilities, std::span<const std::int32_t> labels,
                               std::int64_t classes);

}  // namespace nwedge::experiment
