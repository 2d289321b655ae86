#pragma once
// The wedge model written down naively in double: dense frames, centres as points, one formula a line.
#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "nwedge/wedge/wedge_options.hpp"
#include "nwedge/wedge/wedge_set.hpp"

namespace nwedge::reference {

using Vector = std::vector<double>;

/// B_k^T as dense rows [s][D].
inline std::vector<Vector> dense_frame(const wedge::WedgeSet& wedges, std::int64_t k) {
  std::vector<Vector> rows;
  for (std::int64_t i = 0; i < wedges.short_directions; ++i) {
    Vector row(static_cast<std::size_t>(wedges.dimension), 0.0);
    const auto place = static_cast<std::size_t>(k * wedges.short_directions + i);
    if (wedges.axis())
      row[static_cast<std::size_t>(wedges.short_axes[place])] = 1;
    else
      for (std::size_t j = 0; j < row.size(); ++j) row[j] = wedges.frames[place * row.size() + j];
    rows.push_back(row);
  }
  return rows;
}

inline double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t j = 0; j < a.size(); ++j) sum += a[j] * b[j];
  return sum;
}

/// E_k at a point given in double.
inline double wedge_energy(const wedge::WedgeOptions& options, const wedge::WedgeSet& wedges,
                           const Vector& point, std::int64_t k) {
  const std::vector<Vector> frame = dense_frame(wedges, k);
  const std::size_t s = frame.size();
  Vector centre(point.size(), 0.0);
  if (!wedges.long_centres.empty())
    for (std::size_t j = 0; j < centre.size(); ++j)
      centre[j] = wedges.long_centres[static_cast<std::size_t>(k) * centre.size() + j];
  if (!wedges.short_centres.empty())
    for (std::size_t i = 0; i < s; ++i)
      for (std::size_t j = 0; j < centre.size(); ++j)
        centre[j] += frame[i][j] * wedges.short_centres[static_cast<std::size_t>(k) * s + i];

  Vector offset(point.size());
  for (std::size_t j = 0; j < point.size(); ++j) offset[j] = point[j] - centre[j];
  Vector u(s);
  Vector long_part = offset;
  for (std::size_t i = 0; i < s; ++i) {
    u[i] = dot(frame[i], offset);
    for (std::size_t j = 0; j < point.size(); ++j) long_part[j] -= u[i] * frame[i][j];
  }
  const double rho = std::sqrt(dot(long_part, long_part));
  const double w = options.half_width + options.opening * rho;
  double excess = 0;
  for (std::size_t i = 0; i < s; ++i) {
    const double lambda = wedges.stiffness.empty() ? 1 : wedges.stiffness[i];
    const double v = options.cross_section == "box" ? std::max(std::abs(u[i]) - w, 0.0) : u[i];
    excess += lambda * v * v;
  }
  excess = std::sqrt(excess);
  if (options.cross_section == "ball") excess = std::max(excess - w, 0.0);
  return options.energy == "linear" ? excess : excess * excess / 2;
}

inline double wedge_loss(const wedge::WedgeOptions& options, const wedge::WedgeSet& wedges,
                         const Vector& point) {
  Vector energies;
  for (std::int64_t k = 0; k < wedges.count; ++k) energies.push_back(wedge_energy(options, wedges, point, k));
  const double least = *std::min_element(energies.begin(), energies.end());
  if (options.minimum == "hard") return least;
  double sum = 0;
  for (const double energy : energies) sum += std::exp(-(energy - least) / options.temperature);
  return std::max(0.0, least - options.temperature * std::log(sum / static_cast<double>(energies.size())));
}

}  // namespace nwedge::reference
