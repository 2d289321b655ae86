#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>

namespace nwedge::experiment {

/// How good class probabilities are against the true classes.
struct PredictionQuality {
  double accuracy = 0;  ///< share whose most probable class is the true one
  double loss = 0;      ///< mean -log p(true class), nats; probabilities below 1e-12 count as 1e-12
  double calibration_error =
      0;  ///< expected calibration error [guo2017]: mean |confidence - accuracy| over 15
          ///< equally wide bins of the largest probability, weighted by their counts
};

/// `probabilities` [N, classes] in rows, `labels` [N]; N >= 1.
PredictionQuality prediction_quality(std::span<const float> probabilities,
                                     std::span<const std::int32_t> labels, std::int64_t classes);

nlohmann::json to_json(const PredictionQuality& quality);

}  // namespace nwedge::experiment
