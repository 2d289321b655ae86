#include "nwedge/experiment/prediction_quality.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nwedge/core/error.hpp"

namespace nwedge::experiment {

PredictionQuality prediction_quality(std::span<const float> probabilities,
                                     std::span<const std::int32_t> labels, std::int64_t classes) {
  const auto width = static_cast<std::size_t>(classes);
  if (labels.empty() || probabilities.size() != labels.size() * width)
    throw Error("prediction quality", "probabilities must be [examples, classes] with at least one example");
  constexpr std::size_t kBins = 15;
  constexpr double kLeastProbability = 1e-12;
  struct Bin {
    double confidence = 0;
    double right = 0;
  };
  std::array<Bin, kBins> bins;
  PredictionQuality quality;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::span<const float> row = probabilities.subspan(i * width, width);
    const auto best = std::max_element(row.begin(), row.end());
    const bool right = best - row.begin() == labels[i];
    const double confidence = *best;
    quality.accuracy += right;
    quality.loss -= std::log(std::max<double>(row[static_cast<std::size_t>(labels[i])], kLeastProbability));
    Bin& bin = bins[std::min(kBins - 1, static_cast<std::size_t>(std::max(0.0, confidence) * kBins))];
    bin.confidence += confidence;
    bin.right += right;
  }
  const double count = static_cast<double>(labels.size());
  quality.accuracy /= count;
  quality.loss /= count;
  for (const Bin& bin : bins) quality.calibration_error += std::abs(bin.confidence - bin.right) / count;
  return quality;
}

nlohmann::json to_json(const PredictionQuality& quality) {
  return {{"accuracy", quality.accuracy},
          {"loss", quality.loss},
          {"calibration-error", quality.calibration_error}};
}

}  // namespace nwedge::experiment
