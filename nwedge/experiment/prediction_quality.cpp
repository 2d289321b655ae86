#include "nwedge/experiment/prediction_quality.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "nwedge/core/error.hpp"

namespace nwedge::experiment {

namespace {

constexpr double kLeastProbability = 1e-12;

void require_shape(std::span<const float> probabilities, std::span<const std::int32_t> labels,
                   std::int64_t classes) {
  if (labels.empty() || probabilities.size() != labels.size() * static_cast<std::size_t>(classes))
    throw Error("prediction quality", "probabilities must be [examples, classes] with at least one example");
}

}  // namespace

ExampleQuality example_quality(std::span<const float> probabilities, std::span<const std::int32_t> labels,
                               std::int64_t classes) {
  require_shape(probabilities, labels, classes);
  const auto width = static_cast<std::size_t>(classes);
  ExampleQuality quality;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::span<const float> row = probabilities.subspan(i * width, width);
    const auto best = std::max_element(row.begin(), row.end());
    quality.confidences.push_back(static_cast<double>(*best));
    quality.right.push_back(best - row.begin() == labels[i] ? 1.0 : 0.0);
    quality.losses.push_back(
        -std::log(std::max<double>(row[static_cast<std::size_t>(labels[i])], kLeastProbability)));
  }
  return quality;
}

double calibration_error(std::span<const double> confidences, std::span<const double> right) {
  constexpr std::size_t kBins = 15;
  struct Bin {
    double confidence = 0;
    double right = 0;
  };
  std::array<Bin, kBins> bins;
  for (std::size_t i = 0; i < right.size(); ++i) {
    Bin& bin = bins[std::min(kBins - 1, static_cast<std::size_t>(std::max(0.0, confidences[i]) * kBins))];
    bin.confidence += confidences[i];
    bin.right += right[i];
  }
  const double count = static_cast<double>(right.size());
  double error = 0;
  for (const Bin& bin : bins) error += std::abs(bin.confidence - bin.right) / count;
  return error;
}

PredictionQuality prediction_quality(std::span<const float> probabilities,
                                     std::span<const std::int32_t> labels, std::int64_t classes) {
  const ExampleQuality examples = example_quality(probabilities, labels, classes);
  PredictionQuality quality;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    quality.accuracy += examples.right[i];
    quality.loss += examples.losses[i];
  }
  const double count = static_cast<double>(labels.size());
  quality.accuracy /= count;
  quality.loss /= count;
  quality.calibration_error = calibration_error(examples.confidences, examples.right);
  return quality;
}

void PredictionQuality::visit(FieldVisitor& visitor) {
  visitor.field("accuracy", accuracy, "share of examples whose most probable class is the true one");
  visitor.field("loss", loss, "mean cross-entropy, nats");
  visitor.field("calibration-error", calibration_error, "expected calibration error");
}

}  // namespace nwedge::experiment
