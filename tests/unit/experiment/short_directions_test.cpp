#include "nwedge/experiment/short_directions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nwedge/geometry/m_tunnel.hpp"
#include "nwedge/wedge/theory.hpp"
#include "tests/unit/experiment/wedge_study.hpp"

namespace nwedge::experiment {
namespace {

/// The model of which the theory's example speaks: D = 1000, s = 50, five optima in five wedges.
struct FiveWedges {
  wedge::WedgeModel model;
  std::vector<float> optima;

  FiveWedges() : model(options()) {
    for (std::int64_t k = 0; k < 5; ++k) {
      const std::vector<float> optimum =
          model.project(model.initial_point(static_cast<std::uint64_t>(k)), std::vector<std::int64_t>{k});
      optima.insert(optima.end(), optimum.begin(), optimum.end());
    }
  }
  static wedge::WedgeOptions options() {
    wedge::WedgeOptions options;
    options.wedges = 5;
    return options;
  }
  std::vector<std::int64_t> wedges(std::int64_t m) const {
    std::vector<std::int64_t> names;
    for (std::int64_t k = 0; k < m; ++k) names.push_back(k);
    return names;
  }
  std::span<const float> first(std::int64_t m) const {
    return std::span(optima).first(static_cast<std::size_t>(m) * 1000);
  }
  StarHessian hessian(std::int64_t m) const {
    return {model, first(m), model.project(geometry::mean_point(first(m), 1000), wedges(m)), 3};
  }
};

TEST(ShortDirections, ProbesCountRandomFramesWithinTheirError) {
  wedge::WedgeOptions options;
  options.dimension = 400;
  options.short_directions = 60;
  options.wedges = 2;
  options.frames = "random";
  const wedge::WedgeModel model(options);
  const std::vector<std::int64_t> both{0, 1};
  const std::vector<float> centre = model.project(model.initial_point(9), both);
  std::vector<float> optima;
  for (const std::int64_t k : both) {
    const std::vector<float> optimum =
        model.project(model.initial_point(static_cast<std::uint64_t>(k)), std::vector<std::int64_t>{k});
    optima.insert(optima.end(), optimum.begin(), optimum.end());
  }
  Monitor monitor;
  StarHessian hessian(model, optima, centre, 3);
  const double threshold = 1e-3;
  const StiffSpectrum all = stiff_spectrum(hessian, 400, 1e-3, 1, monitor);
  EXPECT_EQ(all.count_above(threshold).value, 120);
  std::int64_t products = 0;
  struct Counted {
    StarHessian& matrix;
    std::int64_t& products;
    std::int64_t rows() const { return matrix.rows(); }
    void multiply(std::span<const float> x, std::span<float> y) const {
      ++products;
      matrix.multiply(x, y);
    }
  } counted{hessian, products};
  // Two random frames have about as many different eigenvalues as directions, so the steps are cut off: Ritz
  // values.
  const StiffSpectrum few = stiff_spectrum(counted, 30, 1e-3, 1, monitor);
  EXPECT_LE(few.ritz.size(), 30u);
  EXPECT_LE(products, 30 * (1 + kMultiplicityProbes));
  // One frame has one eigenvalue, which the probes count.
  StarHessian one(model, std::span(optima).first(400), model.project(centre, std::vector<std::int64_t>{0}),
                  3);
  const StiffSpectrum single = stiff_spectrum(one, 10, 1e-3, 1, monitor);
  ASSERT_TRUE(single.multiplicities);
  const spectrum::Estimate count = single.count_above(threshold);
  EXPECT_GT(count.standard_error, 0);
  EXPECT_NEAR(count.value, 60, 5 * count.standard_error);
}

TEST(ShortDirections, RitzValuesCountTheExactUnionOfWedges) {
  const FiveWedges study;
  Monitor monitor;
  double expected_deviation = 0;
  for (const std::int64_t m : {1, 2, 3, 4, 5}) {
    StarHessian hessian = study.hessian(m);
    const double threshold = 0.3 / 3 / static_cast<double>(m);
    const std::int64_t exact = study.model.union_of_short_directions(study.wedges(m));
    const StiffSpectrum all = stiff_spectrum(hessian, 1000, 0.05, 1, monitor);
    EXPECT_FALSE(all.multiplicities);
    const std::vector<double>& values = all.ritz;
    const double count = all.count_above(threshold).value;
    EXPECT_EQ(count, static_cast<double>(exact)) << m;
    // Fewer steps than there are short directions: probes, which are exact for axis frames.
    const StiffSpectrum few = stiff_spectrum(hessian, 20, 0.05, 1, monitor);
    EXPECT_LE(few.ritz.size(), 20u);
    EXPECT_TRUE(few.multiplicities);
    EXPECT_NEAR(few.count_above(threshold).value, static_cast<double>(exact),
                1e-3 * static_cast<double>(exact))
        << m;
    EXPECT_NEAR(values.front() * 3 * static_cast<double>(m),
                std::round(values.front() * 3 * static_cast<double>(m)), 1e-4);
    const auto parameters = wedge::theory::parameters_of(study.model.options());
    expected_deviation = 5 * wedge::theory::union_deviation(parameters, m) + 1e-9;
    EXPECT_NEAR(count, wedge::theory::union_of_short_directions(parameters, m), expected_deviation);
  }
}

TEST(ShortDirections, EffectiveRankOfWedgesInClosedForm) {
  // Axis frames: H is diagonal with entries n_j / (3m), so probes of +-1 are exact.
  const FiveWedges study;
  Monitor monitor;
  for (const std::int64_t m : {1, 2, 4}) {
    std::vector<double> multiplicity(1000, 0.0);
    for (std::int64_t k = 0; k < m; ++k)
      for (const std::int64_t axis : study.model.short_axes(k))
        multiplicity[static_cast<std::size_t>(axis)] += 1;
    double sum = 0;
    double squares = 0;
    for (const double n : multiplicity) {
      sum += n;
      squares += n * n;
    }
    StarHessian hessian = study.hessian(m);
    const EffectiveRanks ranks = effective_ranks(hessian, 4, 1, monitor);
    EXPECT_NEAR(ranks.star.value, sum * sum / squares, 1e-2);
    EXPECT_NEAR(ranks.branches.value, 50, 1e-3);
    EXPECT_NEAR(ranks.ratio.value, sum * sum / squares / 50, 1e-3);
    EXPECT_LT(ranks.ratio.standard_error, 1e-3);
  }
}

TEST(ShortDirections, RitzValuesOfAMatrixOfManyEigenvaluesStopAtTheSteps) {
  struct Diagonal {
    std::int64_t rows() const { return 400; }
    void multiply(std::span<const float> x, std::span<float> y) const {
      for (std::size_t i = 0; i < 400; ++i)
        y[i] = static_cast<float>(std::exp(-0.05 * static_cast<double>(i))) * x[i];
    }
  } matrix;
  Monitor monitor;
  const StiffSpectrum found = stiff_spectrum(matrix, 120, 0.1, 1, monitor);
  EXPECT_EQ(found.ritz.size(), 120u);
  EXPECT_FALSE(found.multiplicities);
  // exp(-0.05 i) > 0.1 for i <= 46.
  EXPECT_EQ(found.count_above(0.1).value, 47);
}

TEST(ShortDirections, OverlapAndUnionOfSpaces) {
  // Bases of coordinate spaces in 12 dimensions: {0, 1, 2}, {0, 1, 2}, {3, 4, 5}.
  std::vector<float> bases(std::size_t{9} * 12, 0.0f);
  for (std::size_t row = 0; row < 9; ++row) bases[row * 12 + row % 3 + (row >= 6 ? 3 : 0)] = 1;
  const auto base = [&](std::size_t i) { return std::span<const float>(bases).subspan(i * 36, 36); };
  EXPECT_DOUBLE_EQ(overlap(base(0), base(1), 3), 1);
  EXPECT_DOUBLE_EQ(overlap(base(0), base(2), 3), 0);
  EXPECT_NEAR(union_entropy_rank(std::span(bases).first(72), 6, 12), 3, 1e-4);
  EXPECT_NEAR(union_entropy_rank(std::span(bases).last(72), 6, 12), 6, 1e-4);
  EXPECT_NEAR(predicted_union(1000, 50, 2), 97.5, 1e-9);
}

}  // namespace
}  // namespace nwedge::experiment
