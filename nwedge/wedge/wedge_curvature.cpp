#include "nwedge/wedge/wedge_curvature.hpp"

#include <algorithm>
#include <cmath>

namespace nwedge::wedge {

WedgeCurvature::LongPart::LongPart(const WedgeModel& model, std::span<const float> point, std::int64_t wedge)
    : values(point.begin(), point.end()) {
  const std::vector<float>& centres = model.wedges_.long_centres;
  if (!centres.empty())
    for (std::size_t j = 0; j < values.size(); ++j)
      values[j] -= centres[static_cast<std::size_t>(wedge) * values.size() + j];
  std::vector<double> short_part(static_cast<std::size_t>(model.short_directions()));
  model.frames_.gather(wedge, point, short_part);
  for (double& value : short_part) value = -value;
  model.frames_.scatter_add(wedge, short_part, values);
}

WedgeCurvature::WedgeCurvature(const WedgeModel& model, std::span<const float> point,
                               std::span<const std::int64_t> wedges, std::span<const double> shares)
    : Curvature(model.dimension()), model_(model), sum_(point.size()) {
  for (std::size_t i = 0; i < wedges.size(); ++i) {
    if (shares[i] == 0) continue;
    Piece piece{wedges[i], shares[i], model.short_coordinates(point, wedges[i]), 0, {}, 0, {}};
    if (model.section_.opening > 0) piece.rho = model.long_radius(point, wedges[i]);
    piece.by_u.resize(piece.u.size());
    model.section_.slope(piece.u, piece.rho, piece.by_u, piece.by_rho);
    if (piece.rho > 0) {
      piece.radial = LongPart(model, point, wedges[i]).values;
      for (double& value : piece.radial) value /= piece.rho;
    }
    pieces_.push_back(std::move(piece));
  }
  if (model.options_.minimum == "hard") return;
  slope_.resize(point.size(), 0.0);
  for (const Piece& piece : pieces_) model.add_slope(point, piece.wedge, piece.share, slope_);
}

double WedgeCurvature::add_piece(const Piece& piece, std::span<const float> vector,
                                 std::span<double> sum) const {
  std::vector<double> p(piece.u.size());
  model_.frames_.gather(piece.wedge, vector, p);
  double along = 0;  // <rho-hat, v>
  for (std::size_t j = 0; j < piece.radial.size(); ++j)
    along += piece.radial[j] * static_cast<double>(vector[j]);

  std::vector<double> bent_u(p.size());
  double bent_rho = 0;
  model_.section_.bend(piece.u, piece.rho, p, along, bent_u, bent_rho);

  double slope_along = piece.by_rho * along;
  for (std::size_t i = 0; i < p.size(); ++i) slope_along += piece.by_u[i] * p[i];
  const double temperature = model_.options_.temperature;
  const double outer = slope_.empty() ? 0 : slope_along / temperature;

  // H_k v = B bent_u + bent_rho rho-hat + (E_rho / rho) ((I - B B^T) v - rho-hat <rho-hat, v>)
  const double turn = piece.radial.empty() ? 0 : piece.by_rho / piece.rho;
  for (std::size_t i = 0; i < p.size(); ++i)
    bent_u[i] = piece.share * (bent_u[i] - turn * p[i] - outer * piece.by_u[i]);
  model_.frames_.scatter_add(piece.wedge, bent_u, sum);
  const double radial = piece.share * (bent_rho - turn * along - outer * piece.by_rho);
  for (std::size_t j = 0; j < piece.radial.size(); ++j)
    sum[j] += radial * piece.radial[j] + piece.share * turn * static_cast<double>(vector[j]);
  return slope_along;
}

void WedgeCurvature::do_multiply(std::span<const float> vector, std::span<float> product) {
  std::fill(sum_.begin(), sum_.end(), 0.0);
  double slope_along = 0;
  for (const Piece& piece : pieces_) slope_along += piece.share * add_piece(piece, vector, sum_);
  for (std::size_t j = 0; j < slope_.size(); ++j)
    sum_[j] += slope_[j] * (slope_along / model_.options_.temperature);
  std::transform(sum_.begin(), sum_.end(), product.begin(), [](double x) { return static_cast<float>(x); });
}

}  // namespace nwedge::wedge
