#include "nwedge/experiment/forecast.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "nwedge/core/random.hpp"

namespace nwedge::experiment {
namespace {

constexpr std::int64_t kClasses = 4;
constexpr std::size_t kExamples = 400;

/// Classifiers that are right more often than not, each in its own way.
struct Bag {
  explicit Bag(std::size_t count) {
    RandomStream stream(3, "bag");
    for (std::size_t n = 0; n < kExamples; ++n)
      labels.push_back(static_cast<std::int32_t>(stream.below(kClasses)));
    for (std::size_t k = 0; k < count; ++k) {
      std::vector<float>& own = probabilities.emplace_back();
      for (std::size_t n = 0; n < kExamples; ++n) {
        std::array<double, kClasses> scores{};
        double sum = 0;
        for (std::size_t c = 0; c < scores.size(); ++c) {
          scores[c] = std::exp(stream.normal() + (static_cast<std::int32_t>(c) == labels[n] ? 1.0 : 0.0));
          sum += scores[c];
        }
        for (const double score : scores) own.push_back(static_cast<float>(score / sum));
      }
    }
  }
  Forecast forecast() const { return {probabilities, labels, kClasses, 1000}; }
  PredictionQuality quality(const std::vector<std::size_t>& members) const {
    std::vector<float> mean(probabilities.front().size(), 0.0f);
    for (const std::size_t k : members)
      for (std::size_t i = 0; i < mean.size(); ++i)
        mean[i] += probabilities[k][i] / static_cast<float>(members.size());
    return prediction_quality(mean, labels, kClasses);
  }
  double mean_loss(std::size_t count) const {
    double loss = 0;
    for (std::size_t k = 0; k < count; ++k) loss += quality({k}).loss / static_cast<double>(count);
    return loss;
  }

  std::vector<std::vector<float>> probabilities;
  std::vector<std::int32_t> labels;
};

MiddleHeight height(double loss, double wrong = 0) { return {{loss, 0}, {wrong, 0}}; }

TEST(Forecast, OfTwoPredictionsIsWhatTheyGiveOnTheDecidingExamples) {
  const Bag bag(2);
  const std::array<Forecast::Part, 2> both = {{{{0}}, {{1}}}};
  const ForecastAdvice forecast = bag.forecast().ensemble(both);
  const PredictionQuality found = bag.quality({0, 1});
  EXPECT_NEAR(forecast.loss.value, found.loss, 1e-6);
  EXPECT_NEAR(forecast.accuracy.value, found.accuracy, 1e-6);
}

TEST(Forecast, OfManyPredictionsIsNearWhatTheyGive) {
  const Bag bag(5);
  std::vector<Forecast::Part> all;
  for (std::int64_t k = 0; k < 5; ++k) all.push_back({{k}});
  const ForecastAdvice forecast = bag.forecast().ensemble(all);
  const PredictionQuality found = bag.quality({0, 1, 2, 3, 4});
  const double gain = bag.mean_loss(5) - found.loss;
  EXPECT_GT(gain, 0.1);
  EXPECT_NEAR(forecast.loss.value, found.loss, 0.2 * gain);
  EXPECT_LT(forecast.loss.low, found.loss);
  EXPECT_GT(forecast.loss.high, found.loss);
  EXPECT_GT(forecast.at_least_best, 0.9);
}

TEST(Forecast, OfAMiddleIsTheMiddle) {
  const Bag bag(2);
  Forecast forecast = bag.forecast();
  for (const double rise : {-0.05, 0.0, 0.3, 5.0}) {
    forecast.set_middle(0, 1, height(rise, 0.02));
    const ForecastAdvice average = forecast.average({{0, 1}});
    EXPECT_NEAR(average.loss.value, bag.mean_loss(2) + rise, 1e-9);
    EXPECT_NEAR(average.accuracy.value, (bag.quality({0}).accuracy + bag.quality({1}).accuracy) / 2 - 0.02,
                1e-6);
  }
}

TEST(Forecast, InsideOfAWedgeIsTheQuadratics) {
  // Four corners of a square of side 2 on L = L_0 - h/2 (2 - x^2 - y^2), so small that nothing saturates.
  Bag bag(4);
  for (std::vector<float>& own : bag.probabilities) own = bag.probabilities.front();  // of one height
  Forecast forecast = bag.forecast();
  forecast.set_wedges({{0, 1, 2, 3}}, {});
  constexpr double kHeight = 1e-4;
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = i + 1; j < 4; ++j) {
      const bool opposite = j - i == 2;
      forecast.set_middle(i, j, height(opposite ? -kHeight : -kHeight / 2));
    }
  const double mean = bag.mean_loss(4);
  EXPECT_NEAR(forecast.average({{0, 1, 2, 3}}).loss.value - mean, -kHeight, 1e-3 * kHeight);
  EXPECT_NEAR(forecast.average({{0, 2}}).loss.value - (bag.quality({0}).loss + bag.quality({2}).loss) / 2,
              -kHeight, 1e-9);
}

TEST(Forecast, OutsideOfAWedgeStaysBelowGuessing) {
  const Bag bag(6);
  Forecast forecast = bag.forecast();
  for (std::size_t i = 0; i < 6; ++i)
    for (std::size_t j = i + 1; j < 6; ++j) forecast.set_middle(i, j, height(0.25, 0.2));
  const ForecastAdvice two = forecast.average({{0, 1}});
  const ForecastAdvice six = forecast.average({{0, 1, 2, 3, 4, 5}});
  EXPECT_GT(six.loss.value, two.loss.value);
  EXPECT_LT(six.loss.value, std::log(static_cast<double>(kClasses)));
  EXPECT_LT(six.accuracy.value, two.accuracy.value);
  EXPECT_GE(six.accuracy.value, 1.0 / kClasses);
  EXPECT_LT(six.at_least_best, 0.01);
  // One that stands alone among five of a wedge pulls less than a quadratic has it, 5/9 of a pair's height.
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = i + 1; j < 5; ++j) forecast.set_middle(i, j, height(0));
  forecast.set_wedges({{0, 1, 2, 3, 4}, {5}}, {});
  const double above = forecast.average({{0, 1, 2, 3, 4, 5}}).loss.value - bag.mean_loss(6);
  EXPECT_GT(above, 0.25 * 4 / 36);
  EXPECT_LT(above, 0.25 * 5 / 9);
}

TEST(Forecast, AlignedAveragesTakeTheAlignedMiddles) {
  const Bag bag(2);
  Forecast forecast = bag.forecast();
  forecast.set_middle(0, 1, height(0.3));
  forecast.set_aligned_middle(0, 1, height(0.1));
  EXPECT_NEAR(forecast.average({{0, 1}, true}).loss.value, bag.mean_loss(2) + 0.1, 1e-9);
}

TEST(Forecast, AnAverageThatPredictsLikeItsMembersTogetherAddsNothingToThem) {
  // The average of 0 and 1 is as good as their ensemble: then an ensemble of both and a third is that of all.
  const Bag bag(3);
  Forecast forecast = bag.forecast();
  const std::array<Forecast::Part, 2> both = {{{{0}}, {{1}}}};
  const double gain = forecast.ensemble(both).loss.value - bag.mean_loss(2);
  forecast.set_middle(0, 1, height(gain));
  const std::array<Forecast::Part, 2> parts = {{{{0, 1}}, {{2}}}};
  const std::array<Forecast::Part, 4> weighted = {{{{0}}, {{1}}, {{2}}, {{2}}}};
  EXPECT_NEAR(forecast.ensemble(parts).loss.value, forecast.ensemble(weighted).loss.value, 1e-9);
}

TEST(Forecast, OfANumberThatIsNoneIsNone) {
  const Bag bag(2);
  Forecast forecast = bag.forecast();
  forecast.set_middle(0, 1, height(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_TRUE(std::isnan(forecast.average({{0, 1}}).loss.value));
}

}  // namespace
}  // namespace nwedge::experiment
