#include "nwedge/spectrum/quadrature.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "nwedge/core/error.hpp"
#include "nwedge/spectrum/lanczos.hpp"

namespace nwedge::spectrum {
namespace {

GaussRule gauss_rule(const Tridiagonal& matrix) {
  if (!matrix.finite) return {{std::numeric_limits<double>::quiet_NaN()}, {1.0}};
  const TridiagonalEigen eigen = tridiagonal_eigen(matrix.diagonal, matrix.off_diagonal);
  GaussRule rule{eigen.values, {}};
  for (std::int64_t i = 0; i < std::ssize(eigen.values); ++i)
    rule.weights.push_back(std::pow(eigen.component(i, 0), 2));
  return rule;
}

Tridiagonal orthogonal_process(OperatorReference matrix, std::span<const float> start, std::int64_t steps,
                               const std::function<void(std::int64_t)>& made) {
  Lanczos process(matrix);
  process.begin(start);
  while (process.size() < steps && process.step()) made(process.size());
  const std::span<const double> diagonal = process.diagonal();
  const std::span<const double> off = process.off_diagonal();
  return {{diagonal.begin(), diagonal.end()}, {off.begin(), off.end()}, process.finite()};
}

}  // namespace

void put(ItemWriter& item, const Quadrature& quadrature) {
  const double sizes[] = {static_cast<double>(quadrature.rows), static_cast<double>(quadrature.products),
                          static_cast<double>(quadrature.rules.size())};
  item.put(sizes);
  for (const GaussRule& rule : quadrature.rules) item.put(rule.nodes).put(rule.weights);
}

Quadrature quadrature_of(ItemReader& item) {
  const std::vector<double> sizes = item.doubles();
  Quadrature quadrature{static_cast<std::int64_t>(sizes.at(0)), {}, static_cast<std::int64_t>(sizes.at(1))};
  for (auto i = static_cast<std::int64_t>(sizes.at(2)); i > 0; --i) {
    std::vector<double> nodes = item.doubles();
    quadrature.rules.push_back({std::move(nodes), item.doubles()});
  }
  return quadrature;
}

void QuadratureOptions::visit(OptionVisitor& visitor) {
  visitor.field("probes", probes, at_least(2), "random vectors of the spectral density");
  visitor.field("steps", steps, at_least(1), "Lanczos steps from each of them");
}

Estimate Quadrature::trace_of(const std::function<double(double)>& f) const {
  std::vector<double> draws;
  for (const GaussRule& rule : rules) {
    double sum = 0;
    for (std::size_t j = 0; j < rule.nodes.size(); ++j) sum += rule.weights[j] * f(rule.nodes[j]);
    draws.push_back(static_cast<double>(rows) * sum);
  }
  return mean(draws);
}

Estimate Quadrature::count_above(double threshold) const {
  return trace_of([threshold](double eigenvalue) { return eigenvalue > threshold ? 1.0 : 0.0; });
}

double Quadrature::least_node() const {
  double least = std::numeric_limits<double>::infinity();
  for (const GaussRule& rule : rules) least = std::min(least, rule.nodes.front());
  return least;
}

double Quadrature::greatest_node() const {
  double greatest = -std::numeric_limits<double>::infinity();
  for (const GaussRule& rule : rules) greatest = std::max(greatest, rule.nodes.back());
  return greatest;
}

Quadrature stochastic_quadrature(OperatorReference matrix, const QuadratureOptions& options,
                                 std::uint64_t seed, Monitor& monitor) {
  check_options("spectral density", options);
  Quadrature quadrature{matrix.rows(), {}, 0};
  std::vector<float> start(static_cast<std::size_t>(matrix.rows()));
  const std::int64_t steps = std::min(options.steps, matrix.rows());
  for (std::int64_t probe = 0; probe < options.probes; ++probe) {
    fill_signs(start, seed, static_cast<std::uint64_t>(probe));
    const auto made = [&](std::int64_t size) {
      monitor.checkpoint(static_cast<double>(probe * steps + size) /
                         static_cast<double>(options.probes * steps));
    };
    const Tridiagonal process = options.orthogonal ? orthogonal_process(matrix, start, steps, made)
                                                   : lanczos_recurrence(matrix, start, steps, made);
    quadrature.rules.push_back(gauss_rule(process));
    quadrature.products += std::ssize(process.diagonal);
  }
  return quadrature;
}

Density smooth_density(const Quadrature& quadrature, double width, std::int64_t points) {
  if (!(width > 0)) throw Error("spectral density", fmt::format("width must be above 0, is {}", width));
  if (points < 2) throw Error("spectral density", fmt::format("points must be at least 2, is {}", points));
  Density result;
  result.width = width;
  const double begin = quadrature.least_node() - 4 * width;
  const double step = (quadrature.greatest_node() + 4 * width - begin) / static_cast<double>(points - 1);
  const double height = 1 / (width * std::sqrt(2 * std::numbers::pi) * static_cast<double>(quadrature.rows));
  for (std::int64_t i = 0; i < points; ++i) {
    const double x = begin + static_cast<double>(i) * step;
    const Estimate at = quadrature.trace_of(
        [&](double node) { return height * std::exp(-0.5 * std::pow((x - node) / width, 2)); });
    result.eigenvalues.push_back(x);
    result.density.push_back(at.value);
    result.standard_errors.push_back(at.standard_error);
  }
  return result;
}

}  // namespace nwedge::spectrum
