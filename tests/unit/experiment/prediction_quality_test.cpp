#include "nwedge/experiment/prediction_quality.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "nwedge/core/error.hpp"
#include "nwedge/core/random.hpp"

namespace nwedge::experiment {
namespace {

TEST(PredictionQuality, OfTwoExamplesByHand) {
  const std::vector<float> probabilities = {0.9f, 0.1f, 0.6f, 0.4f};
  const std::vector<std::int32_t> labels = {0, 1};
  const PredictionQuality quality = prediction_quality(probabilities, labels, 2);
  EXPECT_DOUBLE_EQ(quality.accuracy, 0.5);
  EXPECT_NEAR(quality.loss, -(std::log(0.9) + std::log(0.4)) / 2, 1e-6);
  EXPECT_NEAR(quality.calibration_error, (0.1 + 0.6) / 2, 1e-6);
  const ExampleQuality examples = example_quality(probabilities, labels, 2);
  EXPECT_EQ(examples.right, (std::vector<double>{1, 0}));
  EXPECT_NEAR(examples.losses[1], -std::log(0.4), 1e-6);
}

TEST(PredictionQuality, CalibratedProbabilitiesHaveASmallError) {
  constexpr int kCount = 100000;
  RandomStream stream(3, "calibrated");
  std::vector<float> probabilities;
  std::vector<std::int32_t> labels;
  for (int i = 0; i < kCount; ++i) {
    const double p = stream.uniform();
    probabilities.push_back(static_cast<float>(p));
    probabilities.push_back(static_cast<float>(1 - p));
    labels.push_back(stream.uniform() < p ? 0 : 1);
  }
  // Each of the occupied bins errs by about sqrt(p(1-p)/n_bin); their weighted mean is below 15 / (2
  // sqrt(N)).
  EXPECT_LT(prediction_quality(probabilities, labels, 2).calibration_error, 15 / (2 * std::sqrt(kCount)));
}

TEST(PredictionQuality, WrongShapeIsAnError) {
  const std::vector<float> probabilities(3);
  const std::vector<std::int32_t> labels = {0, 1};
  EXPECT_THROW(prediction_quality(probabilities, labels, 2), Error);
}

}  // namespace
}  // namespace nwedge::experiment
