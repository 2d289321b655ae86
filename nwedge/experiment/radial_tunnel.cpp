#include "nwedge/experiment/radial_tunnel.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/experiment/tunnel_plane.hpp"
#include "nwedge/experiment/wedge_forms.hpp"
#include "nwedge/geometry/directions.hpp"
#include "nwedge/geometry/sections.hpp"
#include "nwedge/spectrum/trace.hpp"

namespace nwedge::experiment {
namespace {

namespace theory = wedge::theory;

constexpr std::array<std::string_view, 2> kPlanes = {"origin", "initial"};
constexpr double kDegrees = 180 / std::numbers::pi;

/// Everything that the parts of one run share.
struct Work {
  const RadialTunnel& options;
  const Input& input;
  std::vector<std::string> measures;
  TunnelValues optimum;
  TunnelSet set;

  const optimize::Result& run() const { return input.optima.front(); }
  std::vector<double> radii(double scale) const {
    std::vector<double> absolute;
    for (const double radius : options.radii) absolute.push_back(radius * scale);
    return absolute;
  }
};

/// Adds the array NAME [directions, radii] and returns the median over directions at each radius.
std::vector<double> add_rows(Record& record, const std::string& name,
                             std::span<const std::vector<double>> rows) {
  std::vector<double> all;
  for (const std::vector<double>& row : rows) all.insert(all.end(), row.begin(), row.end());
  std::vector<double> medians;
  for (std::size_t i = 0; i < rows.front().size(); ++i) {
    std::vector<double> column;
    for (const std::vector<double>& row : rows) column.push_back(row[i]);
    medians.push_back(median_exit(std::move(column)));
  }
  record.arrays.push_back({name, {std::ssize(rows), std::ssize(rows.front())}, std::move(all)});
  return medians;
}

/// The map of one plane in units of the distance from base to optimum.
void draw_map(Record& record, const Work& work, const std::string& plane, AffineFamily family, double scale,
              Monitor& monitor) {
  const optimize::Result& run = work.run();
  for (float& x : family.directions) x = static_cast<float>(x * scale);
  const geometry::GridAxis along{-0.75, 2.25, work.options.map_points};
  const geometry::GridAxis across{-1.5, 1.5, work.options.map_points};
  const std::vector<double> x = along.values();
  const std::vector<double> y = across.values();
  std::vector<float> coordinates;  // rows go along v, columns along u, so that the map reads like a plot
  for (const double v : y)
    for (const double u : x) {
      coordinates.push_back(static_cast<float>(u));
      coordinates.push_back(static_cast<float>(v));
    }
  const MeasuredPlane section(work.input.landscape, family);
  const std::vector<TunnelValues> values = section.evaluate(coordinates);
  monitor.checkpoint(0.8);
  record.arrays.push_back({"map-y." + plane, {std::ssize(y)}, y});
  record.arrays.push_back({"map-x." + plane, {std::ssize(x)}, x});
  for (const std::string& measure : work.measures) {
    std::vector<double> map;
    for (const TunnelValues& v : values) map.push_back(v.by(measure));
    record.arrays.push_back(
        {fmt::format("map-{}.{}", measure, plane), {std::ssize(y), std::ssize(x)}, std::move(map)});
  }
  if (run.trajectory.empty()) return;
  std::vector<double> path = geometry::project(family, run.trajectory).coordinates;
  record.arrays.push_back({"map-path." + plane, {std::ssize(path) / 2, 2}, std::move(path)});
}

PlaneTunnel measure_plane(Record& record, const Work& work, const std::string& plane, Monitor& monitor) {
  const optimize::Result& run = work.run();
  const std::vector<float> base = tunnel_base(plane, run);
  PlaneTunnel tunnel;
  tunnel.distance = distance(base, run.point);
  tunnel.absent = tunnel_plane_missing(base, run.point);
  if (!tunnel.absent.empty()) return tunnel;
  const std::vector<double> radii = work.radii(tunnel.distance);
  const auto count = static_cast<std::size_t>(work.options.directions);
  std::vector<TunnelExits> across(count);
  std::vector<TunnelExits> around(count);
  parallel_for(std::ssize(across), [&](std::int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    const MeasuredPlane section(
        work.input.landscape, tunnel_family(base, run.point, work.input.seed, static_cast<std::uint64_t>(i)));
    const double tolerance = work.options.tolerance;
    across[at] = tunnel_exits(section, radii, work.set, work.measures, false,
                              {work.options.reach * tunnel.distance, tolerance}, monitor);
    around[at] = tunnel_exits(section, radii, work.set, work.measures, true, {180, tolerance}, monitor);
  });
  for (std::size_t m = 0; m < work.measures.size(); ++m) {
    const auto rows = [&](std::span<const TunnelExits> exits, const char* kind) {
      std::vector<std::vector<double>> own;
      for (const TunnelExits& one : exits) own.push_back(one[m]);
      return add_rows(record, fmt::format("{}.{}.{}", kind, plane, work.measures[m]), own);
    };
    tunnel.shape.half_width[work.measures[m]] = rows(across, "half-width");
    tunnel.shape.half_angle[work.measures[m]] = rows(around, "half-angle");
  }
  if (work.options.map_points > 0)
    draw_map(record, work, plane, tunnel_family(base, run.point, work.input.seed, 0), tunnel.distance,
             monitor);
  return tunnel;
}

/// A random point whose parameter groups have the norms of the optimum's.
std::vector<float> point_of_equal_norms(const Landscape& landscape, std::span<const float> optimum,
                                        std::uint64_t seed) {
  std::vector<float> point(optimum.size());
  RandomStream(seed, "equal norms", 0).fill_normal(point);
  for (const ParameterGroup& group : landscape.parameter_groups()) {
    const double length = group_norm(point, group);
    scale_group(point, group, length > 0 ? group_norm(optimum, group) / length : 0);
  }
  return point;
}

std::optional<ControlTunnel> measure_control(const Work& work, Monitor& monitor) {
  const std::vector<float> point =
      point_of_equal_norms(work.input.landscape, work.run().point, work.input.seed);
  const std::vector<float> origin(point.size(), 0.0f);
  if (!tunnel_plane_missing(origin, point).empty()) return {};
  const TunnelValues values = tunnel_values(work.input.landscape, point);
  const MeasuredPlane section(work.input.landscape, tunnel_family(origin, point, work.input.seed, 0));
  const TunnelExits exits = tunnel_exits(section, work.radii(norm(point)), work.set, work.measures, true,
                                         {180, work.options.tolerance}, monitor);
  ControlTunnel control;
  for (std::size_t m = 0; m < work.measures.size(); ++m) {
    control.at_point[work.measures[m]] = values.by(work.measures[m]);
    control.half_angle[work.measures[m]] = exits[m];
  }
  return control;
}

/// The trace of the Hessian at the optimum and the half-angle that it predicts there.
void measure_curvature(RadialTunnelResult& result, const Work& work, Monitor& monitor) {
  const auto* curved = dynamic_cast<const CurvedLandscape*>(&work.input.landscape);
  const double length = norm(work.run().point);
  if (curved == nullptr || work.options.trace_probes < 2) {
    const char* why = curved == nullptr ? "no Hessian-vector products" : "needs at least 2 probes";
    result.trace = result.curvature_angle = Quantity::missing(why);
    return;
  }
  const auto hessian = curved->curvature_at(work.run().point);
  const spectrum::Estimate trace =
      spectrum::estimate_moments(*hessian, work.options.trace_probes, work.input.seed, monitor).trace;
  const std::int64_t probes = work.options.trace_probes;
  result.trace = Quantity::estimate(trace.value, trace.standard_error, probes, "probes");
  if (!(trace.value > 0) || !(length > 0)) {
    result.curvature_angle = Quantity::missing(trace.value > 0 ? "the optimum is the origin"
                                                               : "the trace of the Hessian is not above 0");
    return;
  }
  const auto dimension = static_cast<double>(work.input.landscape.dimension());
  const double tangent = std::sqrt(2 * work.options.rise * dimension / trace.value) / length;
  const double by_trace = kDegrees * tangent / (1 + tangent * tangent) / (2 * trace.value);
  result.curvature_angle =
      Quantity::estimate(kDegrees * std::atan(tangent), by_trace * trace.standard_error, probes, "probes");
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

/// How many random planes of this grid hold one low point between them, by the closed form for a random point
/// at each grid point's radius; nothing where there is none.
std::optional<double> planes_needed(const Work& work, const geometry::Section& section) {
  const auto forms = wedge_forms(work.input.landscape);
  if (!forms) return {};
  theory::Parameters parameters = forms->parameters;
  parameters.half_width += std::sqrt(2 * std::max(0.0, work.set.bound.loss));
  const double scale = norm(work.run().point);
  double expected = 0;
  for (std::size_t i = 0; i < section.loss.size(); ++i)
    if (const double at = distance_from_origin(section, i); at >= kNearOrigin)
      expected += theory::inside_probability(parameters, at * scale);
  if (!(expected > 0)) return {};
  return 1 / expected;
}

std::optional<RandomSections> search_at_random(Record& record, const Work& work, Monitor& monitor) {
  RandomSections found;
  found.lowest_loss = std::numeric_limits<double>::infinity();
  std::int64_t low_points = 0;
  const auto take = [&](const geometry::Section& section, const char* axis, const char* loss) {
    record.arrays.push_back({axis, {std::ssize(section.axes[0])}, section.axes[0]});
    record.arrays.push_back({loss, section.shape(), section.loss});
    for (std::size_t i = 0; i < section.loss.size(); ++i) {
      if (distance_from_origin(section, i) < kNearOrigin) continue;
      found.lowest_loss = std::min(found.lowest_loss, section.loss[i]);
      low_points += section.loss[i] <= work.set.bound.loss;
      ++found.points;
    }
  };
  // A section needs as many dimensions, and the optimum's length as its scale.
  const std::int64_t dimension = norm(work.run().point) > 0 ? work.input.landscape.dimension() : 0;
  if (work.options.map_points > 0 && dimension >= 2) {
    const geometry::Section plane = random_section(work.input, 2, work.options.map_points, monitor);
    take(plane, "random-axis", "random-plane-loss");
    found.planes_needed = planes_needed(work, plane);
  }
  if (work.options.block_points > 0 && dimension >= 3)
    take(random_section(work.input, 3, work.options.block_points, monitor), "block-axis",
         "random-block-loss");
  if (found.points == 0) return {};
  found.low_share = static_cast<double>(low_points) / static_cast<double>(found.points);
  return found;
}

/// What the model says of planes through the origin.
std::optional<RadialPrediction> predict(const Work& work) {
  const wedge::WedgeModel* model = wedge_model(work.input.landscape);
  if (model == nullptr) return {};
  RadialPrediction prediction;
  for (const auto& [width, angle] :
       wedge::Predictor(*model).radial_tunnel(work.options.radii, {work.set.bound.loss, false})) {
    prediction.half_width.push_back(width.quantity());
    prediction.half_angle.push_back(angle.quantity());
    if (angle.known()) prediction.source = to_string(angle.source);
  }
  return prediction;
}

}  // namespace

void RadialTunnel::visit(OptionVisitor& visitor) {
  visitor.field("planes", planes, kPlanes, "bases of the planes: the origin, the initial point");
  visitor.field("directions", directions, at_least(1), "random directions, one plane each");
  visitor.field("radii", radii, above(0),
                "distances from the base at which the tunnel is measured, optimum = 1");
  visitor.field("rise", rise, above(0),
                "inside by loss (and by temperature): at most this above the optimum's");
  visitor.field("accuracy-share", accuracy_share, between(0, 1),
                "inside by accuracy: at least this share of the optimum's");
  visitor.field("reach", reach, above(0), "how far across the tunnel to look, optimum = 1");
  visitor.field("tolerance", tolerance, between(1e-6, 0.5), "of half-widths and half-angles, as a share");
  visitor.field("trace-probes", trace_probes, at_least(0),
                "random vectors for the trace that predicts the half-angle; below 2: none");
  visitor.field("map-points", map_points, at_least(0), "points a side of each map; 0: no maps");
  visitor.field("block-points", block_points, at_least(0), "points a side of the random block; 0: none");
  visitor.field("examples", examples, at_least(0), "evaluate on this many training examples; 0: all");
}

double RadialTunnel::cost(const Landscape& landscape, const optimize::Options&, std::int64_t) const {
  const double exits = static_cast<double>(planes.size()) * static_cast<double>(directions) *
                       static_cast<double>(radii.size()) * 2 * 40;
  const double side = static_cast<double>(map_points);
  const double maps =
      static_cast<double>(planes.size() + 1) * side * side + std::pow(static_cast<double>(block_points), 3);
  return (exits + maps + 6 * static_cast<double>(trace_probes)) * examples_used(landscape, examples);
}

Record RadialTunnel::run(const Input& given, Monitor& monitor) const {
  const SmallerLandscape smaller(given, examples, name());
  const Input input = given.on(smaller.landscape());
  const optimize::Result& optimum = input.optima.front();
  Work work{
      *this, input, tunnel_measures(input.landscape), tunnel_values(input.landscape, optimum.point), {}};
  work.set = TunnelSet::of(work.optimum, rise, accuracy_share);
  Record record;
  record.arrays.push_back({"radii", {std::ssize(radii)}, radii});
  RadialTunnelResult result;
  result.examples = input.landscape.examples(Split::train);
  for (const std::string& measure : work.measures) {
    result.at_optimum[measure] = work.optimum.by(measure);
    result.bound[measure] = work.set.bound.by(measure);
  }
  for (const std::string& plane : planes) result.planes[plane] = measure_plane(record, work, plane, monitor);
  result.control = measure_control(work, monitor);
  result.drop = Quantity::single(input.landscape.evaluate(optimum.initial).loss - work.optimum.loss);
  measure_curvature(result, work, monitor);
  result.random = search_at_random(record, work, monitor);
  result.prediction = predict(work);
  record.result = to_record(result);
  return record;
}

void RadialShape::visit(FieldVisitor& visitor) {
  visitor.field("half-width", half_width, "by measure, at each radius; null where it is never left");
  visitor.field("half-angle", half_angle, "by measure, at each radius, in degrees; 180 where never left");
}

void PlaneTunnel::visit(FieldVisitor& visitor) {
  visitor.field("distance", distance, "from the base to the optimum");
  visitor.field("absent", absent, "why there is no plane; empty where there is one");
  shape.visit(visitor);
}

void ControlTunnel::visit(FieldVisitor& visitor) {
  visitor.field("at-point", at_point, "what the random point has, by measure");
  visitor.field("half-angle", half_angle, "around it, by measure, at each radius");
}

void RandomSections::visit(FieldVisitor& visitor) {
  visitor.field("lowest-loss", lowest_loss, "least loss on the random plane and block");
  visitor.field("low-share", low_share, "share of their points in the optimum's low-loss set");
  visitor.field("points", points, "points that count");
  visitor.field("planes-needed", planes_needed,
                "random planes that hold one low point between them, by the closed form (wedge model)");
}

void RadialPrediction::visit(FieldVisitor& visitor) {
  visitor.field("source", source, "closed form or Monte Carlo");
  visitor.field("half-width", half_width, "at each radius");
  visitor.field("half-angle", half_angle, "at each radius, in degrees");
}

void RadialTunnelResult::visit(FieldVisitor& visitor) {
  visitor.field("examples", examples, "training examples that everything is a mean over");
  visitor.field("at-optimum", at_optimum, "what the optimum has, by measure");
  visitor.field("bound", bound, "what a point of the low-loss set has at most (accuracy: at least)");
  visitor.field("planes", planes, "by base; medians over the random directions");
  visitor.field("control", control, "the same sets around a random point of the optimum's norms");
  visitor.field("drop", drop, "initial less final training loss");
  visitor.field("trace", trace, "of the Hessian at the optimum");
  visitor.field("curvature-angle", curvature_angle, "half-angle at the optimum that the trace predicts");
  visitor.field("random", random, "sections through nothing in particular");
  visitor.field("prediction", prediction, "of the model on planes through the origin (wedge model)");
}

}  // namespace nwedge::experiment
