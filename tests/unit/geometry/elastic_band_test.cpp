#include "nwedge/geometry/elastic_band.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "nwedge/core/error.hpp"
#include "tests/support/threads.hpp"

namespace nwedge::geometry {
namespace {

/// A valley along the unit circle of the first two coordinates: L = 4 (r - 1)^2 + |rest|^2 / 2. The straight
/// line between two opposite points of the circle climbs to 4 at the origin.
class CircleLandscape final : public Landscape {
 public:
  CircleLandscape() : Landscape(5) {}

 private:
  std::vector<float> do_initial_point(std::uint64_t) const override { return {1, 0, 0, 0, 0}; }
  Metrics do_evaluate(std::span<const float> point, Split split) const override {
    std::vector<float> unused(5);
    Metrics metrics;
    metrics.loss = do_gradient(point, unused, split);
    return metrics;
  }
  double do_gradient(std::span<const float> p, std::span<float> gradient, Split) const override {
    const double r = std::hypot(p[0], p[1]);
    double loss = 4 * (r - 1) * (r - 1);
    for (std::size_t i = 0; i < 2; ++i)
      gradient[i] = r > 0 ? static_cast<float>(8 * (r - 1) * p[i] / r) : 0.0f;
    for (std::size_t i = 2; i < 5; ++i) {
      gradient[i] = p[i];
      loss += 0.5 * p[i] * p[i];
    }
    return loss;
  }
};

ElasticBandOptions few_steps() {
  ElasticBandOptions options;
  options.pivots = 2;
  options.cycles = 3;
  options.descent.steps = 600;
  options.descent.learning_rate = 0.02;
  options.descent.batch_size = 1;
  return options;
}

TEST(ElasticBand, FollowsACurvedValleyAndInsertsPivotsWhereChordsCutAcross) {
  const CircleLandscape landscape;
  const std::vector<float> begin{1, 0.05f, 0, 0, 0};
  const std::vector<float> end{-1, 0.05f, 0, 0, 0};
  Monitor monitor;
  const ElasticBandOptions options = few_steps();
  const ElasticBand band = train_elastic_band(landscape, begin, end, options, 1, monitor);
  EXPECT_FALSE(band.diverged);
  ASSERT_EQ(band.pivots.size(), 3u);
  EXPECT_EQ(band.pivots[0], 2);
  EXPECT_GT(band.pivots[1], 2);
  EXPECT_GE(band.pivots[2], band.pivots[1]);
  const PathProfile straight = profile(landscape, Path::line(begin, end), even_positions(101), Split::train);
  const PathProfile bent = profile(landscape, band.path, even_positions(101), Split::train);
  EXPECT_GT(barrier(straight).loss, 3.5);
  EXPECT_LT(barrier(bent).loss, 0.1);
  EXPECT_NEAR(band.path.length(), 3.14, 0.15);
}

TEST(ElasticBand, KeepsItsPivotsEvenlySpread) {
  const CircleLandscape landscape;
  Monitor monitor;
  ElasticBandOptions options = few_steps();
  options.cycles = 1;
  options.pivots = 5;
  const ElasticBand band = train_elastic_band(landscape, std::vector<float>{1, 0.05f, 0, 0, 0},
                                              std::vector<float>{-1, 0.05f, 0, 0, 0}, options, 1, monitor);
  const std::vector<double> knots = band.path.lengths(even_positions(7));
  for (std::size_t j = 1; j < 7; ++j) EXPECT_NEAR(knots[j] - knots[j - 1], knots[6] / 6, 0.02 * knots[6]);
}

TEST(ElasticBand, HasTheSameBitsOnOneAndTwoThreads) {
  const CircleLandscape landscape;
  Monitor monitor;
  std::vector<std::vector<float>> bends;
  for (const int count : {1, 2}) {
    const nwedge::test::WithThreads scope(count);
    const ElasticBand band =
        train_elastic_band(landscape, std::vector<float>{1, 0.05f, 0, 0, 0},
                           std::vector<float>{-1, 0.05f, 0, 0, 0}, few_steps(), 1, monitor);
    bends.emplace_back(band.path.bends().begin(), band.path.bends().end());
  }
  EXPECT_EQ(bends[0], bends[1]);
}

TEST(ElasticBand, ADescentThatBlowsUpIsReported) {
  const CircleLandscape landscape;
  Monitor monitor;
  ElasticBandOptions options = few_steps();
  options.descent.learning_rate = 1e30;
  const ElasticBand band = train_elastic_band(landscape, std::vector<float>{1, 0.05f, 0, 0, 0},
                                              std::vector<float>{-1, 0.05f, 0, 0, 0}, options, 1, monitor);
  EXPECT_TRUE(band.diverged);
  for (const float x : band.path.bends()) EXPECT_TRUE(std::isfinite(x));
}

TEST(ElasticBand, WrongOptionsAreErrors) {
  ElasticBandOptions options = few_steps();
  options.pivots = 0;
  EXPECT_THROW(options.validate("test"), Error);
  options = few_steps();
  options.descent.steps = 0;
  EXPECT_THROW(options.validate("test"), Error);
}

}  // namespace
}  // namespace nwedge::geometry
