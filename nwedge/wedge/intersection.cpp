#include <fmt/core.h>
#include <fmt/ranges.h>

#include <Eigen/QR>
#include <algorithm>
#include <map>

#include "nwedge/core/error.hpp"
#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::wedge {
namespace {

[[noreturn]] void do_not_meet(std::span<const std::int64_t> wedges, std::string_view reason) {
  throw Error("wedge model", fmt::format("wedges {} do not meet: {}", fmt::join(wedges, ", "), reason));
}

/// The stacked frames [ms, D] of the given wedges.
Eigen::MatrixXd stacked_frames(const WedgeModel& model, std::span<const std::int64_t> wedges) {
  const std::int64_t s = model.short_directions();
  Eigen::MatrixXd stacked(static_cast<std::int64_t>(wedges.size()) * s, model.dimension());
  for (std::size_t w = 0; w < wedges.size(); ++w) {
    const std::span<const float> frame = model.frame(wedges[w]);
    using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    stacked.middleRows(static_cast<std::int64_t>(w) * s, s) =
        Eigen::Map<const RowMatrix>(frame.data(), s, model.dimension()).cast<double>();
  }
  return stacked;
}

}  // namespace

std::vector<float> WedgeModel::project(std::span<const float> point,
                                       std::span<const std::int64_t> wedges) const {
  require_point(point);
  for (const std::int64_t wedge : wedges) require_wedge(wedge);
  const auto s = static_cast<std::size_t>(short_directions());
  const auto centre = [&](std::int64_t wedge, std::size_t i) {
    return wedges_.short_centres.empty() ? 0.0f
                                         : wedges_.short_centres[static_cast<std::size_t>(wedge) * s + i];
  };
  std::vector<float> projected(point.begin(), point.end());
  if (axis()) {
    std::map<std::int64_t, float> fixed;
    for (const std::int64_t wedge : wedges)
      for (std::size_t i = 0; i < s; ++i) {
        const std::int64_t a = short_axes(wedge)[i];
        const auto [place, is_new] = fixed.emplace(a, centre(wedge, i));
        if (!is_new && place->second != centre(wedge, i))
          do_not_meet(wedges, fmt::format("their centres differ along the shared short axis {}", a));
        projected[static_cast<std::size_t>(a)] = place->second;
      }
    return projected;
  }
  // theta - A^T (A A^T)^+ (A theta - b): the nearest point with A theta = b, A the stacked frames.
  const Eigen::MatrixXd stacked = stacked_frames(*this, wedges);
  Eigen::VectorXd excess(stacked.rows());
  for (std::size_t w = 0; w < wedges.size(); ++w) {
    const std::vector<double> u = short_coordinates(point, wedges[w]);
    for (std::size_t i = 0; i < s; ++i) excess[static_cast<Eigen::Index>(w * s + i)] = u[i];
  }
  const Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> factors(stacked);
  const Eigen::VectorXd step = factors.solve(excess);
  if ((stacked * step - excess).norm() >
      1e-4 * (1 + excess.norm()))  // frames are orthonormal to float rounding
    do_not_meet(wedges, fmt::format("{} conditions in {} dimensions have no common solution", stacked.rows(),
                                    dimension()));
  for (std::size_t j = 0; j < projected.size(); ++j)
    projected[j] = static_cast<float>(static_cast<double>(point[j]) - step[static_cast<Eigen::Index>(j)]);
  return projected;
}

std::int64_t WedgeModel::union_of_short_directions(std::span<const std::int64_t> wedges) const {
  for (const std::int64_t wedge : wedges) require_wedge(wedge);
  if (wedges.empty()) return 0;
  if (axis()) {
    std::vector<std::int64_t> axes;
    for (const std::int64_t wedge : wedges)
      axes.insert(axes.end(), short_axes(wedge).begin(), short_axes(wedge).end());
    std::sort(axes.begin(), axes.end());
    return std::unique(axes.begin(), axes.end()) - axes.begin();
  }
  Eigen::ColPivHouseholderQR<Eigen::MatrixXd> factors(stacked_frames(*this, wedges));
  factors.setThreshold(1e-5);  // above the float rounding of the frames
  return factors.rank();
}

}  // namespace nwedge::wedge
