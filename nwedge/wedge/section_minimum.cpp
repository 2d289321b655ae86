#include "nwedge/wedge/section_minimum.hpp"

#include <Eigen/QR>
#include <cmath>
#include <limits>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/wedge/frames.hpp"

namespace nwedge::wedge {
namespace {

/// Lambda^(1/2) applied to the rows of `values`.
void scale_rows(Eigen::MatrixXd& values, const std::vector<double>& stiffness) {
  for (std::size_t i = 0; i < stiffness.size(); ++i)
    values.row(static_cast<Eigen::Index>(i)) *= std::sqrt(stiffness[i]);
}

/// Lambda^(1/2) B_k^T P for every wedge k, [s, d] each.
std::vector<Eigen::MatrixXd> projected_frames(
    const WedgeModel& model, std::int64_t d,
    const std::function<void(std::int64_t, std::span<float>)>& column) {
  const Frames frames(model.geometry());
  std::vector<Eigen::MatrixXd> projected(static_cast<std::size_t>(model.wedges()),
                                         Eigen::MatrixXd(model.short_directions(), d));
  std::vector<float> values(static_cast<std::size_t>(model.dimension()));
  for (std::int64_t j = 0; j < d; ++j) {
    column(j, values);
    parallel_for(model.wedges(), [&](std::int64_t k) {
      Eigen::MatrixXd& matrix = projected[static_cast<std::size_t>(k)];
      frames.gather(k, values, {matrix.col(j).data(), static_cast<std::size_t>(matrix.rows())});
    });
  }
  for (Eigen::MatrixXd& matrix : projected) scale_rows(matrix, model.cross_section().stiffness);
  return projected;
}

}  // namespace

bool has_section_minimum(const WedgeModel& model) {
  const WedgeOptions& o = model.options();
  return o.minimum == "hard" && o.opening == 0 && (o.cross_section == "ball" || o.half_width == 0);
}

SectionMinimum section_minimum(const WedgeModel& model, std::span<const float> origin, std::int64_t d,
                               const std::function<void(std::int64_t j, std::span<float> column)>& column) {
  if (!has_section_minimum(model))
    throw Error("section minimum", "needs minimum hard, opening 0, and cross-section ball or half-width 0");
  const std::vector<Eigen::MatrixXd> projected = projected_frames(model, d, column);
  std::vector<SectionMinimum> minima(projected.size());
  parallel_for(model.wedges(), [&](std::int64_t k) {
    const auto at = static_cast<std::size_t>(k);
    const std::vector<double> u = model.short_coordinates(origin, k);
    Eigen::MatrixXd short_coordinates = Eigen::Map<const Eigen::VectorXd>(u.data(), std::ssize(u));
    scale_rows(short_coordinates, model.cross_section().stiffness);
    Eigen::VectorXd z;  // a section of no dimension is its origin
    if (d > 0) z = projected[at].completeOrthogonalDecomposition().solve(-short_coordinates.col(0));
    const double sum = (short_coordinates.col(0) + projected[at] * z).squaredNorm();
    minima[at] = {model.cross_section().energy_of_sum(sum, 0), k, {z.data(), z.data() + z.size()}};
  });
  std::size_t best = 0;
  for (std::size_t k = 1; k < minima.size(); ++k)
    if (minima[k].loss < minima[best].loss) best = k;
  return minima[best];
}

}  // namespace nwedge::wedge
