#include "nwedge/wedge/theory.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <numbers>

#include "nwedge/core/error.hpp"

namespace nwedge::wedge::theory {
namespace {

using boost::math::beta_distribution;
using boost::math::cdf;
using boost::math::chi_squared;
using boost::math::complement;

void require(bool holds, std::string_view rule, double value) {
  if (!holds) throw Error("wedge theory", fmt::format("{}, is {}", rule, value));
}

void require_parameters(const Parameters& p) {
  require(p.dimension >= 1, "dimension must be at least 1", static_cast<double>(p.dimension));
  require(p.short_directions >= 1 && p.short_directions <= p.dimension,
          fmt::format("short directions must be from 1 to {}", p.dimension),
          static_cast<double>(p.short_directions));
  require(p.wedges >= 1, "wedges must be at least 1", static_cast<double>(p.wedges));
  require(p.sigma >= 0 && std::isfinite(p.sigma), "sigma must be at least 0", p.sigma);
  require(p.half_width >= 0 && std::isfinite(p.half_width), "half-width must be at least 0", p.half_width);
  require(p.opening >= 0 && std::isfinite(p.opening), "opening must be at least 0", p.opening);
}

void require_probability(double q) {
  require(q > 0 && q < 1, "a probability must be above 0 and below 1", q);
}

double dimension(const Parameters& p) { return static_cast<double>(p.dimension); }
double short_directions(const Parameters& p) { return static_cast<double>(p.short_directions); }
/// s/D
double share(const Parameters& p) { return short_directions(p) / dimension(p); }

/// E[f(P(Z <= z), P(Z > z))] over a standard normal Z: the expectation of a function of a uniform variable.
/// The trapezoidal rule converges faster than any power of the step here; tails beyond 9 weigh less than
/// 1e-18.
template <class Function>
double uniform_expectation(const Function& f) {
  constexpr double kStep = 0.2;
  constexpr int kSteps = 45;
  const boost::math::normal normal;
  double sum = 0;
  for (int i = -kSteps; i <= kSteps; ++i) {
    const double z = i * kStep;
    sum += pdf(normal, z) * f(cdf(normal, z), cdf(complement(normal, z)));
  }
  return sum * kStep;
}

/// The value of the least of `count` chi^2 variables that is exceeded with probability `exceeded`.
double least_chi_square(double degrees, std::int64_t count, double exceeded) {
  const chi_squared distances(degrees);
  const double below = -std::expm1(std::log(exceeded) / static_cast<double>(count));  // one of them is
  if (below < 0.5) return quantile(distances, below);
  return quantile(complement(distances, std::pow(exceeded, 1.0 / static_cast<double>(count))));
}

/// P(beta <= x), beta ~ Beta(a, b). The ends apart: there the library's power series overflows for large a.
double beta_cdf(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  return cdf(beta_distribution(a, b), x);
}

/// 1 - (1 - one)^count without loss of small probabilities.
double at_least_one(double one, std::int64_t count) {
  return one >= 1 ? 1 : -std::expm1(static_cast<double>(count) * std::log1p(-one));
}

double energy(double chi_square, double sigma, double width) {
  const double excess = std::max(sigma * std::sqrt(chi_square) - width, 0.0);
  return excess * excess / 2;
}

double mean_energy(double degrees, std::int64_t count, double sigma, double width) {
  if (width == 0) return sigma * sigma * mean_least_chi_square(degrees, count) / 2;
  return uniform_expectation([&](double, double exceeded) {
    return energy(least_chi_square(degrees, count, exceeded), sigma, width);
  });
}

/// epsilon + kappa rho where the squared long radius is `fraction` of a random point's, sigma^2 (D - s).
double half_width(const Parameters& p, double fraction) {
  return p.half_width + p.opening * p.sigma * std::sqrt(fraction * (dimension(p) - short_directions(p)));
}

/// Mean least energy of the average of N optima in `wedges` of their wedges.
double energy_of_average(const Parameters& p, std::int64_t optima, std::int64_t wedges) {
  require_parameters(p);
  require(optima >= 1, "the number of optima must be at least 1", static_cast<double>(optima));
  const auto n = static_cast<double>(optima);
  const double scale = p.sigma * std::sqrt((1 - share(p)) * (n - 1)) / n;
  return mean_energy(short_directions(p), wedges, scale, half_width(p, 1 / n));
}

void require_section(const Parameters& p, std::int64_t d) {
  require_parameters(p);
  require(d >= 0 && d <= p.dimension, fmt::format("a section's dimension must be from 0 to {}", p.dimension),
          static_cast<double>(d));
}

/// The share y of a vector's length that lies in short directions at the rim of a wedge, at radius R:
/// R y = epsilon + kappa R sqrt(1 - y^2); 1 when the whole sphere is inside.
double rim(const Parameters& p, double radius) {
  require_parameters(p);
  require(radius > 0, "radius must be above 0", radius);
  const double a = p.half_width / radius;
  const double k = p.opening;
  if (a >= 1) return 1;
  return (a + k * std::sqrt(1 + k * k - a * a)) / (1 + k * k);
}

double half_angle(double rim_share, double beta) {
  const double sine = rim_share / std::sqrt(beta);
  return sine >= 1 ? std::numbers::pi / 2 : std::asin(sine);
}

}  // namespace

Parameters parameters_of(const WedgeOptions& options) {
  options.validate("wedge theory");
  if (!options.stiffness_values().empty() || options.energy != "quadratic" ||
      options.cross_section != "ball" || options.minimum != "hard" || options.centre_spread != 0)
    throw Error(
        "wedge theory",
        "closed forms need stiffness 1, energy quadratic, cross-section ball, minimum hard, centre-spread 0");
  return {options.dimension,  options.short_directions, options.wedges,          options.initial_sigma,
          options.half_width, options.opening,          options.frames == "axis"};
}

double typical_half_width(const Parameters& p) {
  require_parameters(p);
  return half_width(p, 1);
}

double mean_least_chi_square(double degrees, std::int64_t count) {
  require(degrees > 0, "degrees of freedom must be above 0", degrees);
  require(count >= 1, "count must be at least 1", static_cast<double>(count));
  if (count == 1) return degrees;
  return uniform_expectation(
      [&](double, double exceeded) { return least_chi_square(degrees, count, exceeded); });
}

double random_point_loss(const Parameters& p) { return section_loss(p, 0); }

double random_point_loss_quantile(const Parameters& p, double q) {
  require_parameters(p);
  require_probability(q);
  return energy(least_chi_square(short_directions(p), p.wedges, 1 - q), p.sigma, typical_half_width(p));
}

double section_loss(const Parameters& p, std::int64_t d) {
  require_section(p, d);
  if (d >= p.short_directions) return 0;
  return mean_energy(static_cast<double>(p.short_directions - d), p.wedges, p.sigma, typical_half_width(p));
}

double section_loss_ratio(const Parameters& p, std::int64_t d) {
  require_section(p, d);
  return std::max(0.0, 1 - static_cast<double>(d) / short_directions(p));
}

double section_success(const Parameters& p, std::int64_t d) {
  require_section(p, d);
  if (d >= p.short_directions || p.sigma == 0) return 1;
  const double reach = typical_half_width(p) / p.sigma;
  if (reach <= 0) return 0;  // apart: the library's power series overflows there for thousands of degrees
  return at_least_one(cdf(chi_squared(static_cast<double>(p.short_directions - d)), reach * reach), p.wedges);
}

double section_success_at(const Parameters& p, std::int64_t d, double short_distance) {
  require_section(p, d);
  require(short_distance >= 0, "short distance must be at least 0", short_distance);
  const double width = typical_half_width(p);
  if (d >= p.short_directions || short_distance <= width) return 1;
  if (d == 0) return 0;
  const double reach = width / short_distance;
  const auto left = static_cast<double>(p.short_directions - d);
  return beta_cdf(left / 2, static_cast<double>(d) / 2, reach * reach);
}

std::int64_t intrinsic_dimension(const Parameters& p, double probability) {
  require_probability(probability);
  std::int64_t failing = -1;  // section_success grows with d
  std::int64_t reaching = p.short_directions;
  require_section(p, reaching);
  while (reaching - failing > 1) {
    const std::int64_t middle = failing + (reaching - failing) / 2;
    (section_success(p, middle) >= probability ? reaching : failing) = middle;
  }
  return reaching;
}

double threshold_dimension(const Parameters& p, double short_distance) {
  require_parameters(p);
  require(short_distance > 0, "short distance must be above 0", short_distance);
  const double reach = typical_half_width(p) / short_distance;
  return short_directions(p) * std::max(0.0, 1 - reach * reach);
}

double exit_radius_quantile(const Parameters& p, double threshold, double q) {
  require_parameters(p);
  require_probability(q);
  const double reach = exit_radius(p, threshold) * std::sqrt(share(p));
  if (p.short_directions == p.dimension) return reach;
  const beta_distribution beta(short_directions(p) / 2, (dimension(p) - short_directions(p)) / 2);
  return reach / std::sqrt(quantile(complement(beta, q)));
}

double exit_radius(const Parameters& p, double threshold) {
  require_parameters(p);
  require(threshold >= 0, "threshold must be at least 0", threshold);
  require(p.opening == 0, "exit radii have a closed form for opening 0 only", p.opening);
  return (p.half_width + std::sqrt(2 * threshold)) / std::sqrt(share(p));
}

double exit_radius_from_trace(std::int64_t dimension, double trace, double threshold) {
  require(trace > 0, "trace must be above 0", trace);
  require(threshold >= 0, "threshold must be at least 0", threshold);
  return std::sqrt(2 * threshold * static_cast<double>(dimension) / trace);
}

double straight_line_loss(const Parameters& p, double t) {
  require_parameters(p);
  require(t >= 0 && t <= 1, "t must be from 0 to 1", t);
  const double scale = p.sigma * std::sqrt(1 - share(p)) * std::min(t, 1 - t);
  return mean_energy(short_directions(p), 1, scale, half_width(p, t * t + (1 - t) * (1 - t)));
}

double straight_line_barrier(const Parameters& p) { return straight_line_loss(p, 0.5); }

double selection(const Parameters& p) {
  require_parameters(p);
  if (p.wedges == 1) return 1;
  const auto count = static_cast<double>(p.wedges);
  const double s = short_directions(p);
  return (count * s - mean_least_chi_square(s, p.wedges)) / ((count - 1) * s);
}

double crossing_barrier(const Parameters& p) {
  require_parameters(p);
  require(p.half_width == 0, "crossing barriers have a closed form for half-width 0 only", p.half_width);
  require(p.opening == 0, "crossing barriers have a closed form for opening 0 only", p.opening);
  const chi_squared distances(short_directions(p));
  const auto root = [&](double exceeded) { return std::sqrt(quantile(complement(distances, exceeded))); };
  const double mean = uniform_expectation([&](double, double first) {
    const double a = root(first);
    return uniform_expectation([&](double, double second) {
      const double b = root(second);
      const double crossing = a + b > 0 ? a * b / (a + b) : 0;  // both tails are 0 to double's precision
      return crossing * crossing;
    });
  });
  return p.sigma * p.sigma * (1 - share(p)) * selection(p) * mean / 2;
}

double union_of_short_directions(const Parameters& p, std::int64_t m) {
  require_parameters(p);
  require(m >= 0, "the number of optima must be at least 0", static_cast<double>(m));
  if (!p.axis) return std::min(static_cast<double>(m) * short_directions(p), dimension(p));
  return dimension(p) * at_least_one(share(p), m);
}

double union_deviation(const Parameters& p, std::int64_t m) {
  require_parameters(p);
  require(m >= 0, "the number of optima must be at least 0", static_cast<double>(m));
  if (!p.axis || p.short_directions == p.dimension || m <= 1) return 0;
  // The number of axes that no wedge takes: `one` is the chance that a given axis is free, one^2 (1 + excess)
  // that two are. The variance D (one - two) + D^2 (two - one^2) is a small difference, written without its
  // cancellation.
  const double d = dimension(p);
  const double free = d - short_directions(p);
  const double one = std::pow(free / d, static_cast<double>(m));
  const double excess = std::expm1(static_cast<double>(m) * (std::log1p(-1 / free) - std::log1p(-1 / d)));
  return std::sqrt(std::max(0.0, d * one * (1 - one * (1 + excess)) + d * d * one * one * excess));
}

double tunnel_dimension(const Parameters& p, std::int64_t m) {
  return dimension(p) - union_of_short_directions(p, m);
}

double radial_tunnel_half_width(const Parameters& p, double radius) {
  require_parameters(p);
  require(radius >= 0, "radius must be at least 0", radius);
  return (p.half_width + p.opening * radius) / std::sqrt(share(p));
}

double radial_tunnel_half_angle(const Parameters& p, double radius) {
  return half_angle(rim(p, radius), share(p));
}

double radial_tunnel_half_angle_quantile(const Parameters& p, double radius, double q) {
  require_probability(q);
  require(p.dimension > p.short_directions + 1, "dimension must be above short directions + 1",
          static_cast<double>(p.dimension));
  const beta_distribution beta(short_directions(p) / 2, (dimension(p) - 1 - short_directions(p)) / 2);
  return half_angle(rim(p, radius), quantile(complement(beta, q)));
}

double inside_probability(const Parameters& p, double radius) {
  const double y = rim(p, radius);
  if (y >= 1) return 1;
  if (p.short_directions == p.dimension) return 0;
  return at_least_one(beta_cdf(short_directions(p) / 2, (dimension(p) - short_directions(p)) / 2, y * y),
                      p.wedges);
}

double average_energy(const Parameters& p, std::int64_t optima) { return energy_of_average(p, optima, 1); }

double average_loss(const Parameters& p, std::int64_t optima) { return energy_of_average(p, optima, optima); }

double sgd_variance(double learning_rate, double gradient_noise, double stiffness) {
  require(stiffness > 0, "stiffness must be above 0", stiffness);
  require(learning_rate > 0 && learning_rate * stiffness < 2,
          fmt::format("learning rate must be above 0 and below {}", 2 / stiffness), learning_rate);
  return learning_rate * gradient_noise * gradient_noise / (stiffness * (2 - learning_rate * stiffness));
}

double sgd_loss(const Parameters& p, double learning_rate, double gradient_noise) {
  require_parameters(p);
  require(p.half_width == 0, "stationary losses have a closed form for half-width 0 only", p.half_width);
  require(p.opening == 0, "stationary losses have a closed form for opening 0 only", p.opening);
  return short_directions(p) * sgd_variance(learning_rate, gradient_noise) / 2;
}

double sgd_average_loss(const Parameters& p, double learning_rate, double gradient_noise,
                        std::int64_t iterates, std::int64_t spacing) {
  require(iterates >= 1, "iterates must be at least 1", static_cast<double>(iterates));
  require(spacing >= 1, "spacing must be at least 1", static_cast<double>(spacing));
  const auto n = static_cast<double>(iterates);
  const double kept = std::pow(1 - learning_rate, static_cast<double>(spacing));
  double sum = 1;
  double correlation = 1;
  for (std::int64_t k = 1; k < iterates && correlation != 0; ++k) {
    correlation *= kept;
    sum += 2 * (1 - static_cast<double>(k) / n) * correlation;
  }
  return sgd_loss(p, learning_rate, gradient_noise) * sum / n;
}

double critical_learning_rate(double largest_stiffness) {
  require(largest_stiffness > 0, "stiffness must be above 0", largest_stiffness);
  return 2 / largest_stiffness;
}

double switch_probability(const Parameters& p, double kept) {
  require_parameters(p);
  require(kept >= 0 && kept <= 1, "the kept share must be from 0 to 1", kept);
  if (p.wedges == 1) return 0;
  const chi_squared distances(short_directions(p));
  const double width = typical_half_width(p);
  return uniform_expectation([&](double, double exceeded) {
    const double own = (1 - kept * kept) * quantile(complement(distances, exceeded));
    if (p.sigma * std::sqrt(own) <= width) return 0.0;  // still inside
    return at_least_one(cdf(distances, own), p.wedges - 1);
  });
}

}  // namespace nwedge::wedge::theory
