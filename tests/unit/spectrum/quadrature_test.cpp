#include "nwedge/spectrum/quadrature.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <numbers>

#include "nwedge/core/error.hpp"
#include "tests/unit/spectrum/known_operators.hpp"

namespace nwedge::spectrum {
namespace {

Monitor quiet;

/// 30 eigenvalues near 10, 20 near -3, the rest near 0.
std::vector<double> three_groups(std::size_t size) {
  std::vector<double> values(size);
  for (std::size_t i = 0; i < size; ++i) {
    const double jitter = 0.2 * std::sin(static_cast<double>(i));
    values[i] = jitter + (i < 30 ? 10 : i < 50 ? -3 : 0);
  }
  return values;
}

TEST(Quadrature, TheRecurrenceAloneSumsAsTheOrthogonalProcessDoes) {
  ReflectedDiagonal matrix(network_like_spectrum(2000));
  const Quadrature whole = stochastic_quadrature(matrix, {3, 200}, 7, quiet);
  const Quadrature recurrence = stochastic_quadrature(matrix, {3, 200, false}, 7, quiet);
  EXPECT_EQ(recurrence.products, 600) << "the outliers converged long before";
  for (const double threshold : {0.01, 0.1, 1.0}) {
    const auto f = [&](double x) { return x <= 0 ? 0.0 : x / (x + threshold); };
    EXPECT_NEAR(recurrence.trace_of(f).value, whole.trace_of(f).value, 1e-2 * whole.trace_of(f).value)
        << threshold;
  }
  const auto square = [](double x) { return x * x; };
  EXPECT_NEAR(recurrence.trace_of(square).value, whole.trace_of(square).value,
              1e-5 * whole.trace_of(square).value);
}

TEST(Quadrature, TheRecurrenceEndsWhereASpaceIsInvariantOrAValueNotFinite) {
  std::vector<double> values(500);
  std::fill(values.begin(), values.begin() + 40, 2.0);
  ReflectedDiagonal matrix(values);
  const Quadrature quadrature = stochastic_quadrature(matrix, {2, 300, false}, 1, quiet);
  EXPECT_LE(quadrature.products, 6);
  EXPECT_NEAR(quadrature.greatest_node(), 2, 1e-5);
  ReflectedDiagonal broken(std::vector<double>(20, std::numeric_limits<double>::quiet_NaN()));
  EXPECT_TRUE(std::isnan(
      stochastic_quadrature(broken, {2, 4, false}, 0, quiet).trace_of([](double x) { return x; }).value));
}

TEST(Quadrature, LowMomentsAreThoseOfTheProbes) {
  const std::vector<double> values = network_like_spectrum(1000);
  ReflectedDiagonal matrix(values);
  const Quadrature quadrature = stochastic_quadrature(matrix, {3, 5}, 7, quiet);
  EXPECT_EQ(quadrature.products, 15);
  std::vector<float> probe(1000);
  std::vector<float> product(1000);
  for (std::size_t p = 0; p < 3; ++p) {
    fill_signs(probe, 7, p);
    matrix.multiply(probe, product);
    double first = 0;
    double second = 0;
    for (std::size_t i = 0; i < 1000; ++i) {
      first += static_cast<double>(probe[i]) * static_cast<double>(product[i]) / 1000;
      second += static_cast<double>(product[i]) * static_cast<double>(product[i]) / 1000;
    }
    double weight = 0;
    double rule_first = 0;
    double rule_second = 0;
    const GaussRule& rule = quadrature.rules[p];
    for (std::size_t j = 0; j < rule.nodes.size(); ++j) {
      weight += rule.weights[j];
      rule_first += rule.weights[j] * rule.nodes[j];
      rule_second += rule.weights[j] * rule.nodes[j] * rule.nodes[j];
    }
    EXPECT_NEAR(weight, 1, 1e-12);
    EXPECT_NEAR(rule_first, first, 1e-5 * std::abs(first));
    EXPECT_NEAR(rule_second, second, 1e-5 * second);
  }
}

TEST(Quadrature, CountsTheEigenvaluesOfSeparatedGroups) {
  ReflectedDiagonal matrix(three_groups(600));
  const Quadrature quadrature = stochastic_quadrature(matrix, {40, 30}, 0, quiet);
  const Estimate high = quadrature.count_above(5);
  EXPECT_NEAR(high.value, 30, 5 * high.standard_error);
  EXPECT_LT(high.standard_error, 2);
  const Estimate middle = quadrature.count_above(-1.5);
  EXPECT_NEAR(middle.value, 580, 5 * middle.standard_error);
  EXPECT_NEAR(quadrature.greatest_node(), 10.2, 0.01);
  EXPECT_NEAR(quadrature.least_node(), -3.2, 0.01);
}

TEST(Quadrature, AnalyticTracesConvergeWithTheSteps) {
  const std::vector<double> values = network_like_spectrum(300);
  ReflectedDiagonal matrix(values);
  const auto f = [](double x) { return std::exp(-0.5 * x * x); };
  double exact = 0;
  for (const double value : values) exact += f(value);
  const Quadrature fine = stochastic_quadrature(matrix, {30, 60}, 0, quiet);
  EXPECT_NEAR(fine.trace_of(f).value, exact, 5 * fine.trace_of(f).standard_error);
  // The same probes with fewer steps: the difference to the finest rule falls.
  double before = std::numeric_limits<double>::infinity();
  for (const std::int64_t steps : {5, 10, 20}) {
    const Quadrature coarse = stochastic_quadrature(matrix, {30, steps}, 0, quiet);
    const double error = std::abs(coarse.trace_of(f).value - fine.trace_of(f).value);
    EXPECT_LT(error, before / 2) << steps;
    before = error;
  }
}

TEST(Density, IsTheSmoothedSpectrum) {
  const std::vector<double> values = three_groups(500);
  ReflectedDiagonal matrix(values);
  const Quadrature quadrature = stochastic_quadrature(matrix, {40, 80}, 0, quiet);
  const Density density = smooth_density(quadrature, 0.5, 400);
  double integral = 0;
  int outside = 0;
  for (std::size_t i = 0; i < 400; ++i) {
    integral += density.density[i] * (density.eigenvalues[1] - density.eigenvalues[0]);
    double exact = 0;
    for (const double value : values)
      exact += std::exp(-0.5 * std::pow((density.eigenvalues[i] - value) / 0.5, 2)) /
               (0.5 * std::sqrt(2 * std::numbers::pi) * 500);
    if (std::abs(density.density[i] - exact) > 5 * density.standard_errors[i] + 1e-6) ++outside;
  }
  EXPECT_NEAR(integral, 1, 1e-3);
  EXPECT_EQ(outside, 0);
}

TEST(Density, RejectsAnEmptyKernelOrGrid) {
  ReflectedDiagonal matrix({1, 2, 3});
  const Quadrature quadrature = stochastic_quadrature(matrix, {2, 3}, 0, quiet);
  EXPECT_THROW(smooth_density(quadrature, 0, 10), Error);
  EXPECT_THROW(smooth_density(quadrature, 1, 1), Error);
}

TEST(Quadrature, ValuesThatAreNotFiniteArePassedOn) {
  ReflectedDiagonal matrix(std::vector<double>(20, std::numeric_limits<double>::quiet_NaN()));
  EXPECT_TRUE(
      std::isnan(stochastic_quadrature(matrix, {2, 4}, 0, quiet).trace_of([](double x) { return x; }).value));
}

}  // namespace
}  // namespace nwedge::spectrum
