#include "nwedge/wedge/wedge_section.hpp"

#include <algorithm>
#include <cmath>

#include "nwedge/core/parallel.hpp"
#include "nwedge/wedge/wedge_curvature.hpp"

namespace nwedge::wedge {
namespace {

/// Gram matrix of the long parts of `rows` vectors [rows, D], the first of which is a point and lies at the
/// wedge's centre's distance: long centre taken off.
std::vector<double> gram_of_long_parts(const WedgeSet& wedges, std::int64_t wedge,
                                       std::span<const float> vectors, std::span<const double> short_parts,
                                       std::size_t rows) {
  const std::size_t size = vectors.size() / rows;
  const std::size_t s = short_parts.size() / rows;
  const float* const centre = wedges.long_centres.empty()
                                  ? nullptr
                                  : wedges.long_centres.data() + static_cast<std::size_t>(wedge) * size;
  const auto entry = [&](std::size_t row, std::size_t j) {
    return static_cast<double>(vectors[row * size + j]) - (row == 0 && centre != nullptr ? centre[j] : 0.0f);
  };
  std::vector<double> gram(rows * rows);
  for (std::size_t a = 0; a < rows; ++a)
    for (std::size_t b = 0; b <= a; ++b) {
      double sum = 0;
      for (std::size_t j = 0; j < size; ++j) sum += entry(a, j) * entry(b, j);
      for (std::size_t i = 0; i < s; ++i) sum -= short_parts[a * s + i] * short_parts[b * s + i];
      gram[a * rows + b] = gram[b * rows + a] = sum;
    }
  return gram;
}

/// Gram matrix of Lambda^(1/2) u for the rows u [rows, s].
std::vector<double> weighted_gram(std::span<const double> u, const std::vector<double>& stiffness,
                                  std::size_t rows) {
  const std::size_t s = u.size() / rows;
  std::vector<double> gram(rows * rows);
  for (std::size_t a = 0; a < rows; ++a)
    for (std::size_t b = 0; b <= a; ++b) {
      double sum = 0;
      for (std::size_t i = 0; i < s; ++i)
        sum += (stiffness.empty() ? 1.0 : stiffness[i]) * u[a * s + i] * u[b * s + i];
      gram[a * rows + b] = gram[b * rows + a] = sum;
    }
  return gram;
}

double quadratic_form(std::span<const double> gram, std::span<const double> x) {
  double sum = 0;
  for (std::size_t a = 0; a < x.size(); ++a)
    for (std::size_t b = 0; b < x.size(); ++b) sum += x[a] * x[b] * gram[a * x.size() + b];
  return sum;
}

}  // namespace

WedgeSection::WedgeSection(const WedgeModel& model, std::span<const float> origin,
                           std::span<const float> directions)
    : model_(model),
      rows_(1 + directions.size() / origin.size()),
      wedges_(static_cast<std::size_t>(model.wedges())) {
  std::vector<float> vectors(origin.begin(), origin.end());
  vectors.insert(vectors.end(), directions.begin(), directions.end());
  const Frames frames(model.geometry());
  const auto s = static_cast<std::size_t>(model.short_directions());
  parallel_for(model.wedges(), [&](std::int64_t k) {
    Wedge& wedge = wedges_[static_cast<std::size_t>(k)];
    wedge.u.resize(rows_ * s);
    for (std::size_t row = 0; row < rows_; ++row)
      frames.gather(k, std::span(vectors).subspan(row * origin.size(), origin.size()),
                    std::span(wedge.u).subspan(row * s, s));
    if (model.cross_section().opening > 0)
      wedge.long_gram = gram_of_long_parts(model.geometry(), k, vectors, wedge.u, rows_);
    const std::vector<float>& centres = model.geometry().short_centres;
    if (!centres.empty())
      for (std::size_t i = 0; i < s; ++i) wedge.u[i] -= centres[static_cast<std::size_t>(k) * s + i];
    if (model.cross_section().box) return;
    wedge.short_gram = weighted_gram(wedge.u, model.cross_section().stiffness, rows_);
    wedge.u.clear();
  });
}

double WedgeSection::energy(const Wedge& wedge, std::span<const double> affine) const {
  const CrossSection& section = model_.cross_section();
  const double rho =
      wedge.long_gram.empty() ? 0 : std::sqrt(std::max(quadratic_form(wedge.long_gram, affine), 0.0));
  if (!section.box)
    return section.energy_of_sum(std::max(quadratic_form(wedge.short_gram, affine), 0.0), rho);
  const std::size_t s = wedge.u.size() / rows_;
  std::vector<double> u(s);
  for (std::size_t row = 0; row < rows_; ++row)
    for (std::size_t i = 0; i < s; ++i) u[i] += affine[row] * wedge.u[row * s + i];
  return section.energy(u, rho);
}

double WedgeSection::loss(std::span<const double> coordinates) const {
  std::vector<double> affine{1.0};
  affine.insert(affine.end(), coordinates.begin(), coordinates.end());
  std::vector<double> energies;
  energies.reserve(wedges_.size());
  for (const Wedge& wedge : wedges_) energies.push_back(energy(wedge, affine));
  return model_.loss_of(energies);
}

}  // namespace nwedge::wedge
