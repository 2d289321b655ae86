#include "nwedge/network/temperature.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "nwedge/core/random.hpp"
#include "nwedge/network/network.hpp"
#include "nwedge/restriction.hpp"

namespace nwedge::network {
namespace {

/// Logits [N, classes] in rows.
struct Problem {
  std::int64_t classes = 5;
  std::vector<float> rows;
  std::vector<std::int32_t> labels;

  std::int64_t examples() const { return std::ssize(labels); }
  BestTemperature solve() const {
    const std::int64_t groups = (examples() + 15) / 16;
    std::vector<float> lanes(static_cast<std::size_t>(groups * classes * 16), std::nanf(""));
    for (std::int64_t n = 0; n < examples(); ++n)
      for (std::int64_t c = 0; c < classes; ++c)
        lanes[static_cast<std::size_t>(((n / 16) * classes + c) * 16 + n % 16)] =
            rows[static_cast<std::size_t>(n * classes + c)];
    return best_temperature(lanes.data(), classes, labels.data(), examples());
  }
  double loss(double b) const {
    double sum = 0;
    for (std::int64_t n = 0; n < examples(); ++n) {
      const float* z = rows.data() + n * classes;
      const double greatest = *std::max_element(z, z + classes);
      double power = 0;
      for (std::int64_t c = 0; c < classes; ++c) power += std::exp(b * (z[c] - greatest));
      sum += std::log(power) + b * (greatest - z[labels[static_cast<std::size_t>(n)]]);
    }
    return sum / static_cast<double>(examples());
  }
  /// By golden section over log b.
  double golden() const {
    const double ratio = (std::sqrt(5.0) - 1) / 2;
    double low = -15;
    double high = 15;
    for (int step = 0; step < 100; ++step) {
      const double a = high - ratio * (high - low);
      const double b = low + ratio * (high - low);
      (loss(std::exp(a)) < loss(std::exp(b)) ? high : low) = loss(std::exp(a)) < loss(std::exp(b)) ? b : a;
    }
    return loss(std::exp((low + high) / 2));
  }
};

Problem random_problem(std::uint64_t seed, std::int64_t examples, float scale, float for_label) {
  Problem problem;
  problem.rows.resize(static_cast<std::size_t>(examples * problem.classes));
  RandomStream stream(seed, "temperature", 0);
  stream.fill_normal(problem.rows, scale);
  for (std::int64_t n = 0; n < examples; ++n) {
    problem.labels.push_back(static_cast<std::int32_t>(stream.below(5)));
    problem.rows[static_cast<std::size_t>(n * 5 + problem.labels.back())] += for_label * scale;
  }
  return problem;
}

TEST(BestTemperature, IsThatOfGoldenSection) {
  for (const float scale : {1e-3f, 1.0f, 100.0f})
    for (const float for_label : {0.3f, 1.0f, 2.0f})
      for (const std::int64_t examples : {7, 64, 333}) {
        const Problem problem =
            random_problem(static_cast<std::uint64_t>(examples), examples, scale, for_label);
        const BestTemperature best = problem.solve();
        EXPECT_NEAR(best.loss, problem.golden(), 2e-6) << scale << " " << for_label << " " << examples;
        if (best.inverse > 0) {
          EXPECT_NEAR(best.loss, problem.loss(best.inverse), 2e-6);
        }
      }
}

TEST(BestTemperature, GoesToItsLimitWhereEveryLabelIsTheGreatest) {
  Problem problem = random_problem(1, 40, 1, 0);
  for (std::int64_t n = 0; n < 40; ++n) {
    float* z = problem.rows.data() + n * 5;
    std::swap(*std::max_element(z, z + 5), z[problem.labels[static_cast<std::size_t>(n)]]);
  }
  EXPECT_LT(problem.solve().loss, 1e-5);
}

TEST(BestTemperature, IsInfiniteWhereLabelsAreTheLeast) {
  Problem problem = random_problem(1, 40, 1, -5);
  EXPECT_DOUBLE_EQ(problem.solve().loss, std::log(5.0));
  EXPECT_EQ(problem.solve().inverse, 0);
  std::fill(problem.rows.begin(), problem.rows.end(), 1.0f);
  EXPECT_DOUBLE_EQ(problem.solve().loss, std::log(5.0));
  problem.rows[3] = std::nanf("");
  EXPECT_TRUE(std::isnan(problem.solve().loss));
  problem.rows[3] = INFINITY;
  EXPECT_TRUE(std::isnan(problem.solve().loss));
}

class TemperedNetwork : public ::testing::TestWithParam<std::string> {
 protected:
  TemperedNetwork()
      : data_(std::make_shared<const DataSet>(load_data({"synthetic:1x8x8,4", 300, 21, 3}))),
        network_(data_, make_model({GetParam(), "relu", 0.0}, *data_)) {}

  std::shared_ptr<const DataSet> data_;
  Network network_;
};

INSTANTIATE_TEST_SUITE_P(Models, TemperedNetwork, ::testing::Values("mlp:20", "mlp:12,9", "cnn:4,6"));

TEST_P(TemperedNetwork, HasTheMetricsOfEvaluateMany) {
  std::vector<float> points = network_.initial_point(0);
  const std::vector<float> second = network_.initial_point(1);
  points.insert(points.end(), second.begin(), second.end());
  for (const Split split : {Split::train, Split::test}) {
    const std::vector<Metrics> plain = network_.evaluate_many(points, split);
    const std::vector<TemperedMetrics> tempered = network_.evaluate_tempered(points, split);
    ASSERT_EQ(tempered.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(tempered[i].metrics.loss, plain[i].loss);
      EXPECT_EQ(tempered[i].metrics.accuracy, plain[i].accuracy);
      EXPECT_LE(tempered[i].loss, plain[i].loss);
    }
  }
}

TEST_P(TemperedNetwork, IsTheMinimumOverTheScaleOfTheLastLayer) {
  const std::vector<float> point = network_.initial_point(0);
  const TemperedMetrics best = network_.evaluate_tempered(point, Split::train).front();
  // Logits scale with the weights and biases of the last layer.
  std::vector<float> scaled = point;
  const auto begin = static_cast<std::size_t>(network_.graph().tensors.rbegin()[1].offset);
  for (std::size_t i = begin; i < scaled.size(); ++i) scaled[i] *= 3;
  const TemperedMetrics other = network_.evaluate_tempered(scaled, Split::train).front();
  EXPECT_NE(other.metrics.loss, best.metrics.loss);
  EXPECT_NEAR(other.loss, best.loss, 2e-6);
  if (best.inverse_temperature > 0) {
    EXPECT_NEAR(3 * other.inverse_temperature, best.inverse_temperature, 0.02);
  }
}

TEST_P(TemperedNetwork, OnAPlaneIsThatOfThePoints) {
  AffineFamily family{network_.initial_point(0), network_.initial_point(1)};
  const std::vector<float> second = network_.initial_point(2);
  family.directions.insert(family.directions.end(), second.begin(), second.end());
  const std::unique_ptr<Landscape> plane = network_.restrict_to(family);
  const auto* tempered = dynamic_cast<const Tempered*>(plane.get());
  if (tempered == nullptr) GTEST_SKIP() << "by composition";
  std::vector<float> coordinates(2 * 70);
  RandomStream(2, "grid", 0).fill_normal(coordinates, 0.5f);
  const std::vector<TemperedMetrics> found = tempered->evaluate_tempered(coordinates, Split::train);
  ASSERT_EQ(found.size(), 70u);
  std::vector<float> point(family.origin.size());
  for (std::size_t i = 0; i < found.size(); i += 9) {
    family.point(std::span(coordinates).subspan(2 * i, 2), point);
    EXPECT_NEAR(found[i].loss, network_.evaluate_tempered(point, Split::train).front().loss, 1e-5);
  }
}

}  // namespace
}  // namespace nwedge::network
