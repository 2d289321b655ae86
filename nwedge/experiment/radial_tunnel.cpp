#include "nwedge/experiment/radial_tunnel.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/closed_forms.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/experiment/wedge_forms.hpp"
#include "nwedge/geometry/directions.hpp"
#include "nwedge/geometry/sections.hpp"

namespace nwedge::experiment {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 2> kPlanes = {"origin", "initial"};

std::vector<std::string> criteria_of(const Landscape& landscape) {
  if (landscape.has_accuracy()) return {"rise", "level", "accuracy"};
  return {"rise", "level"};
}

std::vector<double> column(std::span<const std::vector<double>> rows, std::size_t i) {
  std::vector<double> values;
  for (const std::vector<double>& row : rows) values.push_back(row[i]);
  return values;
}

/// Adds the array NAME [directions, radii] and returns the median over directions at each radius.
std::vector<double> add_rows(Record& record, const std::string& name,
                             std::span<const std::vector<double>> rows) {
  std::vector<double> all;
  std::vector<double> medians;
  for (const std::vector<double>& row : rows) all.insert(all.end(), row.begin(), row.end());
  for (std::size_t i = 0; i < rows.front().size(); ++i) medians.push_back(quantile(column(rows, i), 0.5));
  record.arrays.push_back({name, {std::ssize(rows), std::ssize(rows.front())}, std::move(all)});
  return medians;
}

void measure_widths(Record& record, const RadialTunnel& options, const Input& input, const std::string& plane,
                    Monitor& monitor) {
  const optimize::Result& run = input.optima.front();
  const std::vector<float> base = tunnel_base(plane, run);
  const double scale = distance(base, run.point);
  const std::vector<std::string> criteria = criteria_of(input.landscape);
  json& entry = record.result["planes"][plane];
  entry["distance"] = scale;
  const std::string reason = tunnel_plane_missing(base, run.point);
  if (!reason.empty()) {
    entry["absent"] = reason;
    const std::vector<double> nothing(options.radii.size(), std::numeric_limits<double>::quiet_NaN());
    for (const std::string& criterion : criteria) {
      entry["half-width"][criterion] = nothing;
      entry["half-angle"][criterion] = nothing;
    }
    return;
  }
  std::vector<TunnelExits> exits(2 *
                                 static_cast<std::size_t>(options.directions));  // across, around; directions
  parallel_for(std::ssize(exits), [&](std::int64_t i) {
    const AffineFamily family = tunnel_plane(base, run.point, input.seed, static_cast<std::uint64_t>(i / 2));
    exits[static_cast<std::size_t>(i)] =
        tunnel_exits(input.landscape, family, scale, criteria, i % 2 == 1, options, monitor);
  });
  for (std::size_t c = 0; c < criteria.size(); ++c)
    for (std::size_t around = 0; around < 2; ++around) {
      const std::string kind = around == 1 ? "half-angle" : "half-width";
      std::vector<std::vector<double>> rows;
      for (std::size_t i = around; i < exits.size(); i += 2) rows.push_back(exits[i][c]);
      entry[kind][criteria[c]] = add_rows(record, fmt::format("{}.{}.{}", kind, plane, criteria[c]), rows);
    }
}

void add_section(Record& record, const geometry::Section& section, const std::string& loss,
                 const std::string& accuracy, bool has_accuracy) {
  record.arrays.push_back({loss, section.shape(), section.loss});
  if (has_accuracy) record.arrays.push_back({accuracy, section.shape(), section.accuracy});
}

/// The map of the plane of the first random direction, in units of the distance from base to optimum.
void draw_map(Record& record, const RadialTunnel& options, const Input& input, const std::string& plane,
              Monitor& monitor) {
  const optimize::Result& run = input.optima.front();
  const std::vector<float> base = tunnel_base(plane, run);
  if (!tunnel_plane_missing(base, run.point).empty()) return;
  AffineFamily family = tunnel_plane(base, run.point, input.seed, 0);
  const double scale = distance(base, run.point);
  for (float& x : family.directions) x = static_cast<float>(x * scale);
  // Rows go along v, columns along u, so that the map reads like a plot.
  const std::size_t dimension = base.size();
  std::swap_ranges(family.directions.begin(),
                   family.directions.begin() + static_cast<std::ptrdiff_t>(dimension),
                   family.directions.begin() + static_cast<std::ptrdiff_t>(dimension));
  const std::array<geometry::GridAxis, 2> axes = {geometry::GridAxis{-1.5, 1.5, options.map_points},
                                                  geometry::GridAxis{-0.75, 2.25, options.map_points}};
  const geometry::Section section =
      geometry::evaluate_section(input.landscape, family, axes, Split::train, monitor);
  record.arrays.push_back({"map-y." + plane, {options.map_points}, section.axes[0]});
  record.arrays.push_back({"map-x." + plane, {options.map_points}, section.axes[1]});
  add_section(record, section, "map-loss." + plane, "map-accuracy." + plane, input.landscape.has_accuracy());
  if (run.trajectory.empty()) return;
  const geometry::Projection seen = geometry::project(family, run.trajectory);
  std::vector<double> path;
  for (std::size_t i = 0; i + 1 < seen.coordinates.size(); i += 2) {
    path.push_back(seen.coordinates[i + 1]);
    path.push_back(seen.coordinates[i]);
  }
  record.arrays.push_back({"map-path." + plane, {std::ssize(path) / 2, 2}, std::move(path)});
}

/// A section through the origin along random directions of the optimum's length: through nothing in
/// particular.
geometry::Section random_section(const Input& input, std::int64_t rank, std::int64_t points,
                                 Monitor& monitor) {
  const std::vector<float>& optimum = input.optima.front().point;
  const double scale = norm(optimum);
  AffineFamily family;
  family.origin.assign(optimum.size(), 0.0f);
  for (std::int64_t j = 0; j < rank; ++j) {
    const auto index = static_cast<std::uint64_t>(1000 * rank + j);  // apart from the planes' own directions
    for (const float x : geometry::random_direction(std::ssize(optimum), input.seed, index))
      family.directions.push_back(static_cast<float>(x * scale));
  }
  const std::vector<geometry::GridAxis> axes(static_cast<std::size_t>(rank), {-1.5, 1.5, points});
  return geometry::evaluate_section(input.landscape, family, axes, Split::train, monitor);
}

/// Of grid point i, in units of the axes.
double distance_from_origin(const geometry::Section& section, std::size_t i) {
  double square = 0;
  for (std::size_t axis = section.axes.size(); axis-- > 0;) {
    const std::size_t count = section.axes[axis].size();
    square += section.axes[axis][i % count] * section.axes[axis][i % count];
    i /= count;
  }
  return std::sqrt(square);
}

/// All wedges of the default model cross at the origin, so points near it say nothing about a random section.
constexpr double kNearOrigin = 0.5;
/// About four standard errors of a median over a few planes, whose half-widths scatter by 1 / sqrt(2 s).
constexpr double kAngleTolerance = 0.15;

void contrast(Record& record, const RadialTunnel& options, const Input& input, Monitor& monitor) {
  const double low = input.landscape.evaluate(input.optima.front().point).loss + options.rise;
  double lowest = std::numeric_limits<double>::infinity();
  std::int64_t low_points = 0;
  std::int64_t points = 0;
  const auto take = [&](const geometry::Section& section, const char* axis, const char* loss) {
    record.arrays.push_back({axis, {std::ssize(section.axes[0])}, section.axes[0]});
    record.arrays.push_back({loss, section.shape(), section.loss});
    for (std::size_t i = 0; i < section.loss.size(); ++i) {
      if (distance_from_origin(section, i) < kNearOrigin) continue;
      lowest = std::min(lowest, section.loss[i]);
      low_points += section.loss[i] <= low;
      ++points;
    }
  };
  // A section needs as many dimensions, and the optimum's length as its scale.
  const bool scaled = norm(input.optima.front().point) > 0;
  if (options.map_points > 0 && scaled && input.landscape.dimension() >= 2)
    take(random_section(input, 2, options.map_points, monitor), "random-axis", "random-plane-loss");
  if (options.block_points > 0 && scaled && input.landscape.dimension() >= 3)
    take(random_section(input, 3, options.block_points, monitor), "block-axis", "random-block-loss");
  if (points == 0) return;
  record.result["random"] = {{"lowest-loss", lowest},
                             {"low-share", static_cast<double>(low_points) / static_cast<double>(points)},
                             {"points", points}};
}

/// What the model says of planes through the origin.
void predict(Record& record, const RadialTunnel& options, const wedge::WedgeModel& model) {
  const wedge::Predictor predictor(model);
  for (const std::string criterion : {"rise", "level"}) {
    const bool rise = criterion == "rise";
    std::vector<wedge::Prediction> widths;
    std::vector<wedge::Prediction> angles;
    for (const auto& [width, angle] :
         predictor.radial_tunnel(options.radii, {rise ? options.rise : options.level, rise})) {
      widths.push_back(width);
      angles.push_back(angle);
    }
    add_predictions(record.result["prediction"]["half-width"], criterion, widths);
    add_predictions(record.result["prediction"]["half-angle"], criterion, angles);
  }
}

}  // namespace

std::vector<float> tunnel_base(std::string_view plane, const optimize::Result& run) {
  return plane == "initial" ? run.initial : std::vector<float>(run.point.size(), 0.0f);
}

std::string tunnel_plane_missing(std::span<const float> base, std::span<const float> optimum) {
  if (base.size() < 2) return "one dimension has no plane";
  if (!(distance(base, optimum) > 0)) return "the optimum lies on the base of the plane";
  return "";
}

AffineFamily tunnel_plane(std::span<const float> base, std::span<const float> optimum, std::uint64_t seed,
                          std::uint64_t index) {
  std::vector<float> spanning(optimum.begin(), optimum.end());
  for (std::size_t i = 0; i < base.size(); ++i) spanning[i] -= base[i];
  const auto dimension = static_cast<std::int64_t>(base.size());
  const std::vector<float> random = geometry::random_direction(dimension, seed, index);
  spanning.insert(spanning.end(), random.begin(), random.end());
  return {{base.begin(), base.end()}, geometry::orthonormalise(spanning, dimension)};
}

void RadialTunnel::visit(OptionVisitor& visitor) {
  visitor.field("planes", planes, kPlanes, "bases of the planes: the origin, the initial point");
  visitor.field("directions", directions, at_least(1), "random directions, one plane each");
  visitor.field("radii", radii, above(0),
                "distances from the base at which the tunnel is measured, optimum = 1");
  visitor.field("rise", rise, above(0), "inside by `rise`: loss at most this above the axis");
  visitor.field("level", level, above(0), "inside by `level`: loss at most this");
  visitor.field("accuracy-share", accuracy_share, between(0, 1),
                "inside by `accuracy`: at least this share of the accuracy on the axis");
  visitor.field("reach", reach, above(0), "how far across the tunnel to look, optimum = 1");
  visitor.field("tolerance", tolerance, between(1e-6, 0.5), "of half-widths, optimum = 1");
  visitor.field("map-points", map_points, at_least(0), "points a side of each map; 0: no maps");
  visitor.field("block-points", block_points, at_least(0), "points a side of the random block; 0: none");
  visitor.field("examples", examples, at_least(0), "evaluate on this many training examples; 0: all");
}

double RadialTunnel::cost(const Landscape& landscape, const optimize::Options&, std::int64_t) const {
  const double exits = static_cast<double>(planes.size()) * static_cast<double>(directions) *
                       static_cast<double>(radii.size()) * 2 * 25;
  const double side = static_cast<double>(map_points);
  const double maps =
      static_cast<double>(planes.size() + 1) * side * side + std::pow(static_cast<double>(block_points), 3);
  return (exits + maps) * examples_used(landscape, examples);
}

Record RadialTunnel::run(const Input& given, Monitor& monitor) const {
  const SmallerLandscape smaller(given, examples, name());
  const Input input{smaller.landscape(), given.training, given.optima, given.seed, given.vary};
  Record record;
  record.result["examples"] = input.landscape.examples(Split::train);
  record.arrays.push_back({"radii", {std::ssize(radii)}, radii});
  for (const std::string& plane : planes) {
    measure_widths(record, *this, input, plane, monitor);
    if (map_points > 0) draw_map(record, *this, input, plane, monitor);
  }
  contrast(record, *this, input, monitor);
  if (const wedge::WedgeModel* model = wedge_model(input.landscape)) predict(record, *this, *model);
  return record;
}

std::vector<Finding> RadialTunnel::do_judge(std::span<const StoredRecord> records) const {
  Finding finding;
  finding.claim = "contribution-1";
  finding.experiment = name();
  finding.criterion =
      "on planes through the origin and an optimum, at every radius from 0.5 to 1.5 of the optimum's and for "
      "every "
      "seed, the low-loss set around the axis has walls: 0 < median half-angle < 90 degrees (by accuracy "
      "where there "
      "is one, else by the rise of the loss); and no point of a random section is low";
  std::vector<double> angles;
  std::vector<double> predicted;
  std::map<double, std::pair<std::vector<double>, std::vector<double>>> model;  // radius: predicted, measured
  double low_share = 0;
  bool contrasted = false;
  for (const StoredRecord& record : records) {
    finding.landscape = record.landscape;
    if (!record.failure.empty() || !record.result.at("planes").contains("origin") ||
        record.result["planes"]["origin"].contains("absent"))
      continue;
    const json& by = record.result["planes"]["origin"].at("half-angle");
    const json& medians = by.contains("accuracy") ? by["accuracy"] : by.at("rise");
    const json& distances = record.options.at("radii");
    for (std::size_t i = 0; i < medians.size(); ++i) {
      const double radius = distances[i].get<double>();
      if (radius < 0.5 || radius > 1.5) continue;
      angles.push_back(medians[i].is_number() ? medians[i].get<double>() : 180.0);
      if (!record.result.contains("prediction") ||
          !record.result["prediction"]["half-angle"].contains("rise"))
        continue;
      predicted.push_back(record.result["prediction"]["half-angle"]["rise"][i].get<double>());
      model[radius].first.push_back(predicted.back());
      model[radius].second.push_back(angles.back());
    }
    if (record.result.contains("random")) {
      contrasted = true;
      low_share = std::max(low_share, record.result["random"]["low-share"].get<double>());
    }
  }
  if (angles.empty() || !contrasted) {
    finding.reason = "needs planes through the origin, radii from 0.5 to 1.5 and random sections";
    return {finding};
  }
  const Spread spread = spread_of(angles);
  finding.measurement =
      fmt::format("half-angle {:.0f}° to {:.0f}°; {:.2g} % of the points of random sections are low",
                  spread.least, spread.most, 100 * low_share);
  if (!predicted.empty())
    finding.prediction =
        fmt::format("half-angle {:.0f}° to {:.0f}°", spread_of(predicted).least, spread_of(predicted).most);
  const bool walls = spread.least > 0 && spread.most < 90;
  finding.verdict = walls && low_share == 0 ? Verdict::reproduced : Verdict::not_reproduced;
  if (model.empty()) return {finding};
  ClosedForms forms;
  for (const auto& [radius, pair] : model) {
    const double expected = spread_of(pair.first).mean;
    forms.add(fmt::format("at {:.2g}:", radius), fmt::format("{:.1f}°", expected),
              fmt::format("{:.1f}°", spread_of(pair.second).mean),
              std::abs(spread_of(pair.second).mean - expected) <= kAngleTolerance * expected);
  }
  return {finding,
          forms.finding(finding.landscape, name(),
                        fmt::format("the half-angle at each of those radii, a mean over seeds, is within "
                                    "{:.0f} % of its closed form",
                                    100 * kAngleTolerance))};
}

}  // namespace nwedge::experiment
