#include "nwedge/experiment/m_tunnel_sheet.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <numeric>

#include "nwedge/core/vectors.hpp"
#include "nwedge/geometry/directions.hpp"
#include "nwedge/geometry/m_tunnel.hpp"
#include "nwedge/geometry/simplex_volume.hpp"

namespace nwedge::experiment {
namespace {

/// A triangulated shape: points that neighbouring triangles share occur once.
struct Mesh {
  std::vector<geometry::Blend> vertices;
  std::vector<std::int64_t> triangles;  // [triangles, 3]
};

class MeshMaker {
 public:
  MeshMaker(const geometry::SimplicialComplex& shape, std::int64_t steps) : shape_(shape), steps_(steps) {}

  Mesh make() {
    for (std::int64_t s = 0; s < shape_.simplices(); ++s)
      for (std::int64_t i = 0; i < steps_; ++i)
        for (std::int64_t j = 0; i + j < steps_; ++j) {
          add(vertex(s, i, j), vertex(s, i + 1, j), vertex(s, i, j + 1));
          if (i + j + 2 <= steps_) add(vertex(s, i + 1, j), vertex(s, i + 1, j + 1), vertex(s, i, j + 1));
        }
    return std::move(mesh_);
  }

 private:
  /// The point with i, j steps towards the second and third corner.
  std::int64_t vertex(std::int64_t simplex, std::int64_t i, std::int64_t j) {
    const std::array<std::int64_t, 3> parts{steps_ - i - j, i, j};
    std::map<std::int64_t, std::int64_t> name;
    std::vector<double> barycentric;
    for (std::size_t corner = 0; corner < 3; ++corner) {
      if (parts[corner] > 0) name[shape_.corners(simplex)[corner]] = parts[corner];
      barycentric.push_back(static_cast<double>(parts[corner]) / static_cast<double>(steps_));
    }
    const auto [found, is_new] = numbers_.try_emplace(name, std::ssize(mesh_.vertices));
    if (is_new) mesh_.vertices.push_back(shape_.at(simplex, barycentric));
    return found->second;
  }
  void add(std::int64_t a, std::int64_t b, std::int64_t c) {
    mesh_.triangles.insert(mesh_.triangles.end(), {a, b, c});
  }

  const geometry::SimplicialComplex& shape_;
  std::int64_t steps_;
  Mesh mesh_;
  std::map<std::map<std::int64_t, std::int64_t>, std::int64_t> numbers_;
};

struct Spot {
  double x = 0;
  double y = 0;
};

/// Where the control points are drawn: the optima at the corners of an equilateral triangle around the
/// centre, bends evenly on its edges.
std::vector<Spot> spots_of(std::int64_t bends) {
  std::vector<Spot> spots;
  for (int corner = 0; corner < 3; ++corner) {
    const double angle = std::numbers::pi / 2 + corner * 2 * std::numbers::pi / 3;
    spots.push_back({std::cos(angle), std::sin(angle)});
  }
  spots.push_back({0, 0});
  for (std::size_t edge = 0; edge < 3; ++edge)
    for (std::int64_t bend = 1; bend <= bends; ++bend) {
      const double t = static_cast<double>(bend) / static_cast<double>(bends + 1);
      const Spot& from = spots[edge];
      const Spot& to = spots[(edge + 1) % 3];
      spots.push_back({(1 - t) * from.x + t * to.x, (1 - t) * from.y + t * to.y});
    }
  return spots;
}

SheetLosses summary(std::span<const Metrics> metrics, bool has_accuracy) {
  SheetLosses result;
  result.highest_loss = -std::numeric_limits<double>::infinity();
  double least_accuracy = std::numeric_limits<double>::infinity();
  for (const Metrics& m : metrics) {
    result.mean_loss += m.loss / static_cast<double>(metrics.size());
    if (std::isnan(m.loss) || m.loss > result.highest_loss) result.highest_loss = m.loss;
    least_accuracy = std::min(least_accuracy, m.accuracy);
  }
  if (has_accuracy) result.least_accuracy = least_accuracy;
  return result;
}

void add_columns(const std::string& prefix, std::span<const Metrics> metrics, bool has_accuracy,
                 std::vector<io::Tensor>& arrays) {
  std::vector<double> losses;
  std::vector<double> accuracies;
  for (const Metrics& m : metrics) {
    losses.push_back(m.loss);
    accuracies.push_back(m.accuracy);
  }
  const std::vector<std::int64_t> shape{std::ssize(metrics)};
  arrays.push_back({prefix + "loss", shape, std::move(losses)});
  if (has_accuracy) arrays.push_back({prefix + "accuracy", shape, std::move(accuracies)});
}

void add_mesh(const Mesh& mesh, std::int64_t bends, std::vector<io::Tensor>& arrays) {
  const std::vector<Spot> spots = spots_of(bends);
  std::vector<double> x;
  std::vector<double> y;
  for (const geometry::Blend& blend : mesh.vertices) {
    Spot spot;
    for (std::size_t k = 0; k < blend.points.size(); ++k) {
      spot.x += blend.weights[k] * spots[static_cast<std::size_t>(blend.points[k])].x;
      spot.y += blend.weights[k] * spots[static_cast<std::size_t>(blend.points[k])].y;
    }
    x.push_back(spot.x);
    y.push_back(spot.y);
  }
  const std::vector<std::int64_t> shape{std::ssize(x)};
  arrays.push_back({"sheet.x", shape, std::move(x)});
  arrays.push_back({"sheet.y", shape, std::move(y)});
  arrays.push_back({"sheet.triangles", {std::ssize(mesh.triangles) / 3, 3}, mesh.triangles});
  std::vector<double> corners;
  for (std::size_t i = 0; i < 3; ++i) corners.insert(corners.end(), {spots[i].x, spots[i].y});
  arrays.push_back({"sheet.optima", {3, 2}, std::move(corners)});
}

std::vector<float> points_of(std::span<const optimize::Result> optima) {
  std::vector<float> points;
  for (const optimize::Result& optimum : optima)
    points.insert(points.end(), optimum.point.begin(), optimum.point.end());
  return points;
}

}  // namespace

SheetResult measure_sheet(const Input& input, const Landscape& evaluated, const MTunnel& options,
                          std::vector<io::Tensor>& arrays, Monitor& monitor) {
  const std::int64_t dimension = input.landscape.dimension();
  const std::vector<float> optima = points_of(input.optima.first(3));
  const std::shared_ptr<const geometry::SimplicialComplex> shape = geometry::sheet(3, options.sheet_bends);
  const std::vector<float> flat = geometry::flat_sheet(optima, dimension, options.sheet_bends);
  const geometry::ShapeLandscape trained(input.landscape, shape, optima, flat, options.quadrature);
  optimize::Options descent = options.training.descent();
  descent.steps = options.sheet_steps;
  const optimize::Result result =
      optimize::minimize(trained, flat, descent, derive_seed(input.seed, "sheet"), monitor);
  SheetResult record;
  record.optima = {0, 1, 2};
  record.bends = options.sheet_bends;
  record.steps = descent.steps;
  record.diverged = result.termination == optimize::Termination::diverged;
  const Mesh mesh = MeshMaker(*shape, options.sheet_points).make();
  add_mesh(mesh, options.sheet_bends, arrays);
  const geometry::ShapeLandscape measured(evaluated, shape, optima, flat, options.quadrature);
  const auto measure = [&](std::span<const float> free, const std::string& prefix) {
    const std::vector<Metrics> metrics = measured.evaluate_blends(mesh.vertices, free, Split::train);
    add_columns(prefix, metrics, evaluated.has_accuracy(), arrays);
    return summary(metrics, evaluated.has_accuracy());
  };
  record.flat = measure(flat, "sheet.flat-");
  monitor.checkpoint(1);
  if (record.diverged) return record;
  record.free = measure(result.point, "sheet.");
  arrays.push_back({"points.sheet", {shape->free_points(), dimension}, result.point});
  return record;
}

VolumeResult measure_volume(const Input& input, const Landscape& evaluated, std::span<const float> centre,
                            const MTunnel& options, std::vector<io::Tensor>& arrays, Monitor& monitor) {
  const std::int64_t dimension = input.landscape.dimension();
  const auto count =
      static_cast<std::size_t>(std::min<std::int64_t>(options.most_optima, std::ssize(input.optima)));
  const std::vector<float> optima = points_of(input.optima.first(count));
  const std::shared_ptr<const geometry::SimplicialComplex> shape =
      geometry::connected_simplices(static_cast<std::int64_t>(count), options.connectors);
  const double step =
      0.01 * distance(centre, input.optima.front().point);  // apart, so that there is a volume
  std::vector<float> start;
  for (std::int64_t c = 0; c < options.connectors; ++c) {
    const std::vector<float> direction = geometry::random_direction(
        dimension, derive_seed(input.seed, "connectors"), static_cast<std::uint64_t>(c));
    for (std::size_t i = 0; i < centre.size(); ++i)
      start.push_back(static_cast<float>(centre[i] + step * direction[i]));
  }
  const geometry::ShapeLandscape mean_loss(input.landscape, shape, optima, start, options.quadrature);
  const geometry::VolumeReward rewarded(mean_loss, options.volume_weight);
  const optimize::Result result = optimize::minimize(rewarded, start, options.training.descent(),
                                                     derive_seed(input.seed, "volume"), monitor);
  VolumeResult record;
  record.connectors = options.connectors;
  record.optima = static_cast<std::int64_t>(count);
  record.diverged = result.termination == optimize::Termination::diverged;
  if (record.diverged) return record;
  const auto mean_log = [&](std::span<const float> free) {
    const std::vector<double> volumes = geometry::log_volumes(*shape, optima, free, dimension);
    return std::accumulate(volumes.begin(), volumes.end(), 0.0) / static_cast<double>(volumes.size());
  };
  const geometry::ShapeLandscape measured(evaluated, shape, optima, start, options.quadrature);
  std::vector<geometry::Blend> blends;
  for (const geometry::BlendShare& node : measured.nodes()) blends.push_back(node.blend);
  record.measured =
      summary(measured.evaluate_blends(blends, result.point, Split::train), evaluated.has_accuracy());
  record.mean_log_volume_at_start = mean_log(start);
  record.mean_log_volume = mean_log(result.point);
  arrays.push_back({"points.connectors", {options.connectors, dimension}, result.point});
  return record;
}

}  // namespace nwedge::experiment
