#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "nwedge/core/random.hpp"
#include "nwedge/network/losses/loss.hpp"

namespace nwedge::network::test {

/// Outputs and targets of some examples in the layout of a micro-batch, with NaN in every lane that must not
/// count.
struct LossProblem {
  std::int64_t outputs = 1;
  std::int64_t examples = 1;
  std::int64_t stride = 0;
  std::vector<float> z;  ///< [K, stride]
  std::vector<float> direction;
  std::vector<std::int32_t> labels;
  std::vector<float> values;  ///< [N, K]

  Targets labelled() const { return {labels.data(), nullptr, examples}; }
  Targets valued() const { return {nullptr, values.data(), examples}; }
  std::size_t at(std::int64_t k, std::int64_t n) const { return static_cast<std::size_t>(k * stride + n); }
  float value(std::int64_t n, std::int64_t k) const {
    return values[static_cast<std::size_t>(n * outputs + k)];
  }
  std::vector<double> column(std::int64_t n) const {
    std::vector<double> z_n;
    for (std::int64_t k = 0; k < outputs; ++k) z_n.push_back(z[at(k, n)]);
    return z_n;
  }
};

/// Outputs N(0, spread^2), a tangent N(0, 1), labels below `classes`, values in (0, 1).
inline LossProblem random_problem(std::int64_t outputs, std::int64_t examples, std::int64_t classes,
                                  double spread = 2) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  LossProblem problem{outputs, examples, (examples + 15) / 16 * 16 + 32, {}, {}, {}, {}};
  const auto size = static_cast<std::size_t>(outputs * problem.stride);
  problem.z.assign(size, kNan);
  problem.direction.assign(size, kNan);
  RandomStream stream(7, "loss problem", static_cast<std::uint64_t>(outputs));
  for (std::int64_t n = 0; n < examples; ++n) {
    problem.labels.push_back(static_cast<std::int32_t>(stream.uniform() * static_cast<double>(classes)));
    for (std::int64_t k = 0; k < outputs; ++k) {
      problem.values.push_back(static_cast<float>(stream.uniform()));
      problem.z[problem.at(k, n)] = static_cast<float>(spread * stream.normal());
      problem.direction[problem.at(k, n)] = static_cast<float>(stream.normal());
    }
  }
  return problem;
}

/// What `slopes` and `tangent` give.
struct Derivatives {
  Tally tally;
  std::vector<float> slopes;
  std::vector<float> tangent;
};

inline Derivatives derivatives(const Loss& loss, const LossProblem& problem, const Targets& targets,
                               double scale) {
  Derivatives result{{}, problem.z, problem.direction};
  std::vector<float> kept(static_cast<std::size_t>(loss.kept_rows() * problem.stride));
  result.tally =
      loss.slopes(result.slopes.data(), problem.stride, targets, scale, kept.empty() ? nullptr : kept.data());
  loss.tangent(result.slopes.data(), kept.data(), result.tangent.data(), problem.stride, targets, scale);
  return result;
}

/// The loss of one example in double.
using NaiveLoss = std::function<double(const std::vector<double>& z, std::int64_t n)>;

/// The largest distance of `slopes` from scale (l(z + h e_k) - l(z - h e_k)) / 2h of a naive loss.
inline double slope_error(const NaiveLoss& naive, const LossProblem& problem,
                          const std::vector<float>& slopes, double scale, double h) {
  double worst = 0;
  for (std::int64_t n = 0; n < problem.examples; ++n)
    for (std::int64_t k = 0; k < problem.outputs; ++k) {
      std::vector<double> above = problem.column(n);
      std::vector<double> below = above;
      above[static_cast<std::size_t>(k)] += h;
      below[static_cast<std::size_t>(k)] -= h;
      const double slope = scale * (naive(above, n) - naive(below, n)) / (2 * h);
      worst = std::max(worst, std::abs(slope - slopes[problem.at(k, n)]));
    }
  return worst;
}

/// The largest distance of `tangent` from (s(z + h d) - s(z - h d)) / 2h of the loss's own slopes s.
inline double tangent_error(const Loss& loss, const LossProblem& problem, const Targets& targets,
                            const std::vector<float>& tangent, double scale, double h) {
  LossProblem above = problem;
  LossProblem below = problem;
  for (std::size_t i = 0; i < problem.z.size(); ++i) {
    above.z[i] += static_cast<float>(h) * problem.direction[i];
    below.z[i] -= static_cast<float>(h) * problem.direction[i];
  }
  loss.slopes(above.z.data(), problem.stride, targets, scale, nullptr);
  loss.slopes(below.z.data(), problem.stride, targets, scale, nullptr);
  double worst = 0;
  for (std::int64_t n = 0; n < problem.examples; ++n)
    for (std::int64_t k = 0; k < problem.outputs; ++k) {
      const std::size_t i = problem.at(k, n);
      worst = std::max(worst, std::abs((above.z[i] - below.z[i]) / (2 * h) - tangent[i]));
    }
  return worst;
}

/// Lanes behind the last example up to the next multiple of sixteen hold 0, those behind are untouched (NaN).
inline bool dead_lanes_are_zero(const LossProblem& problem, const std::vector<float>& rows) {
  const std::int64_t lanes = (problem.examples + 15) / 16 * 16;
  for (std::int64_t k = 0; k < problem.outputs; ++k) {
    for (std::int64_t n = problem.examples; n < lanes; ++n)
      if (rows[problem.at(k, n)] != 0) return false;
    for (std::int64_t n = lanes; n < problem.stride; ++n)
      if (!std::isnan(rows[problem.at(k, n)])) return false;
  }
  return true;
}

}  // namespace nwedge::network::test
