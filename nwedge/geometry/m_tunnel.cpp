#include "nwedge/geometry/m_tunnel.hpp"

#include <algorithm>
#include <string>

#include "nwedge/core/error.hpp"

namespace nwedge::geometry {
namespace {

std::int64_t count_points(std::span<const float> points, std::int64_t dimension) {
  if (points.empty() || points.size() % static_cast<std::size_t>(dimension) != 0)
    throw Error("m-tunnel", "the optima must have a positive multiple of " + std::to_string(dimension) +
                                " entries, have " + std::to_string(points.size()));
  return static_cast<std::int64_t>(points.size()) / dimension;
}

void require_at_least(const char* what, std::int64_t least, std::int64_t value) {
  if (value < least)
    throw Error("m-tunnel", std::string(what) + " must be at least " + std::to_string(least) + ", are " +
                                std::to_string(value));
}

}  // namespace

std::shared_ptr<const SimplicialComplex> star(std::int64_t optima) {
  require_at_least("the optima", 1, optima);
  std::vector<std::int64_t> corners;
  for (std::int64_t i = 0; i < optima; ++i) corners.insert(corners.end(), {i, optima});
  return std::make_shared<SimplicialComplex>(optima, 1, 2, std::move(corners));
}

std::shared_ptr<const SimplicialComplex> sheet(std::int64_t optima, std::int64_t edge_bends) {
  require_at_least("the optima of a sheet", 3, optima);
  require_at_least("the bends of an edge", 0, edge_bends);
  const std::int64_t centre = optima;
  std::vector<std::int64_t> corners;
  for (std::int64_t edge = 0; edge < optima; ++edge) {
    std::int64_t from = edge;
    for (std::int64_t bend = 0; bend <= edge_bends; ++bend) {
      const std::int64_t to =
          bend == edge_bends ? (edge + 1) % optima : centre + 1 + edge * edge_bends + bend;
      corners.insert(corners.end(), {centre, from, to});
      from = to;
    }
  }
  return std::make_shared<SimplicialComplex>(optima, 1 + optima * edge_bends, 3, std::move(corners));
}

std::shared_ptr<const SimplicialComplex> connected_simplices(std::int64_t optima, std::int64_t connectors) {
  require_at_least("the optima", 1, optima);
  require_at_least("the connectors", 1, connectors);
  std::vector<std::int64_t> corners;
  for (std::int64_t i = 0; i < optima; ++i) {
    corners.push_back(i);
    for (std::int64_t j = 0; j < connectors; ++j) corners.push_back(optima + j);
  }
  return std::make_shared<SimplicialComplex>(optima, connectors, connectors + 1, std::move(corners));
}

std::vector<float> mean_point(std::span<const float> points, std::int64_t dimension) {
  const std::int64_t count = count_points(points, dimension);
  const auto size = static_cast<std::size_t>(dimension);
  std::vector<float> mean(size);
  for (std::size_t i = 0; i < size; ++i) {
    double sum = 0;
    for (std::size_t point = 0; point < static_cast<std::size_t>(count); ++point)
      sum += points[point * size + i];
    mean[i] = static_cast<float>(sum / static_cast<double>(count));
  }
  return mean;
}

std::vector<float> flat_sheet(std::span<const float> optima, std::int64_t dimension,
                              std::int64_t edge_bends) {
  const auto count = static_cast<std::size_t>(count_points(optima, dimension));
  const auto size = static_cast<std::size_t>(dimension);
  std::vector<float> free = mean_point(optima, dimension);
  for (std::size_t edge = 0; edge < count; ++edge) {
    const std::span<const float> from = optima.subspan(edge * size, size);
    const std::span<const float> to = optima.subspan((edge + 1) % count * size, size);
    for (std::int64_t bend = 1; bend <= edge_bends; ++bend) {
      const double t = static_cast<double>(bend) / static_cast<double>(edge_bends + 1);
      for (std::size_t i = 0; i < size; ++i)
        free.push_back(static_cast<float>((1 - t) * from[i] + t * to[i]));
    }
  }
  return free;
}

std::unique_ptr<ShapeLandscape> m_tunnel(const Landscape& base, std::span<const float> optima,
                                         std::int64_t order) {
  return std::make_unique<ShapeLandscape>(base, star(count_points(optima, base.dimension())),
                                          std::vector<float>(optima.begin(), optima.end()),
                                          mean_point(optima, base.dimension()), order);
}

std::unique_ptr<CurvedShapeLandscape> m_tunnel(const CurvedLandscape& base, std::span<const float> optima,
                                               std::int64_t order) {
  return std::make_unique<CurvedShapeLandscape>(base, star(count_points(optima, base.dimension())),
                                                std::vector<float>(optima.begin(), optima.end()),
                                                mean_point(optima, base.dimension()), order);
}

}  // namespace nwedge::geometry
