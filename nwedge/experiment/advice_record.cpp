#include "nwedge/experiment/advice_record.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "nwedge/core/error.hpp"
#include "nwedge/core/progress.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/geometry/directions.hpp"
#include "nwedge/geometry/sections.hpp"

namespace nwedge::experiment {
namespace {

constexpr double kMargin = 0.25;   // shown around the points, as a share of their extent
constexpr double kFlat = 1e-4;     // of the unit: what lies so near to the line leaves no plane
constexpr std::int64_t kLine = 3;  // a line has so many times the points of a plane's side

/// The advice with what the page adds.
struct Page {
  Advice advice;
  std::optional<AdvicePlane> plane;

  void visit(FieldVisitor& visitor) {
    advice.visit(visitor);
    visitor.field("plane", plane, "through three checkpoints; null of one alone");
  }
};

double distance_of(const Advice& advice, std::int64_t a, std::int64_t b) {
  for (const PairAdvice& pair : advice.pairs)
    if (std::minmax(pair.first, pair.second) == std::minmax(a, b)) return pair.distance;
  return 0;
}

/// Checkpoints in the order of their accuracy on the deciding examples.
std::vector<std::int64_t> by_accuracy(const Advice& advice) {
  std::vector<std::pair<double, std::int64_t>> ranked;
  for (const CandidateAdvice& candidate : advice.candidates)
    if (candidate.action == "keep")
      ranked.emplace_back(-candidate.deciding_accuracy, candidate.members.front());
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::int64_t> order;
  for (const auto& [accuracy, member] : ranked) order.push_back(member);
  return order;
}

/// Origin at the first point, orthogonal directions of one length: to the second, and the third's part
/// across.
std::optional<AffineFamily> family_of(std::span<const std::vector<float>> points) {
  std::vector<float> flat;
  for (const std::vector<float>& point : points) flat.insert(flat.end(), point.begin(), point.end());
  const double unit = distance(points[0], points[1]);
  if (!(unit > 0)) return std::nullopt;
  try {
    AffineFamily family = geometry::family_through(flat, std::ssize(points[0]));
    for (float& x : family.directions) x = static_cast<float>(unit * x);
    return family;
  } catch (const Error&) {  // the third lies on the line through the others
    return std::nullopt;
  }
}

geometry::GridAxis axis_over(std::span<const PlanePoint> points, std::size_t j, std::int64_t count) {
  double least = 0;
  double most = 1;
  for (const PlanePoint& point : points) {
    least = std::min(least, point.coordinates[j]);
    most = std::max(most, point.coordinates[j]);
  }
  const double margin = kMargin * (most - least);
  return {least - margin, most + margin, count};
}

}  // namespace

std::vector<std::size_t> plane_checkpoints(const Advice& advice) {
  const std::vector<std::int64_t> order = by_accuracy(advice);
  if (order.size() < 2) return {};
  const std::vector<std::int64_t>* largest = &advice.wedges.front();
  for (const std::vector<std::int64_t>& wedge : advice.wedges)
    if (wedge.size() > largest->size()) largest = &wedge;
  std::vector<std::int64_t> chosen;
  if (largest->size() > 1) {
    double most = -1;
    for (const std::int64_t a : *largest)
      for (const std::int64_t b : *largest)
        if (a < b && distance_of(advice, a, b) > most) {
          most = distance_of(advice, a, b);
          chosen = {a, b};
        }
    const auto outside = std::find_if(order.begin(), order.end(), [&](std::int64_t member) {
      return std::find(largest->begin(), largest->end(), member) == largest->end();
    });
    if (outside != order.end()) chosen.push_back(*outside);
  }
  for (const std::int64_t member : order)
    if (chosen.size() < 3 && std::find(chosen.begin(), chosen.end(), member) == chosen.end())
      chosen.push_back(member);
  return {chosen.begin(), chosen.end()};
}

void AdviceRequest::visit(OptionVisitor& visitor) {
  advice.visit(visitor);
  visitor.field("plane-points", plane_points, between(0, 1000),
                "points a side of the plane through three checkpoints that the page shows; 0: none");
  visitor.field("plane-examples", plane_examples, at_least(0), "test examples of that plane; 0: all");
}

AdvicePlane AdviceRecord::add_plane(const Input& input, const AdviceResult& result, Record& record,
                                    Monitor& monitor) const {
  std::vector<std::size_t> through = plane_checkpoints(result.advice);
  std::vector<std::vector<float>> spanning;
  for (const std::size_t k : through) spanning.push_back(checkpoints_[k].weights);
  std::optional<AffineFamily> family = family_of(spanning);
  if (!family && spanning.size() > 2) {
    spanning.pop_back();
    through.pop_back();
    family = family_of(spanning);
  }
  AdvicePlane plane;
  if (!family) return plane;
  for (const std::size_t k : through) plane.through.push_back(checkpoints_[k].name);
  plane.unit = distance(spanning[0], spanning[1]);
  const auto add = [&](const std::string& name, const std::string& kind, std::span<const float> point) {
    geometry::Projection projected = geometry::project(*family, point);
    const double away = projected.residuals.front();
    plane.points.push_back(
        {name, kind, std::move(projected.coordinates), away > kFlat * plane.unit ? away : 0.0});
  };
  for (const Checkpoint& checkpoint : checkpoints_) add(checkpoint.name, "checkpoint", checkpoint.weights);
  for (const AdvisedWeights& own : result.weights)
    add(result.advice.candidates[own.candidate].name, "average", own.weights);
  const std::size_t directions = spanning.size() - 1;
  std::vector<geometry::GridAxis> axes;
  for (std::size_t j = 0; j < directions; ++j)
    axes.push_back(
        axis_over(plane.points, j, directions == 1 ? kLine * request_.plane_points : request_.plane_points));
  const SmallerLandscape smaller(input, input.vary ? request_.plane_examples : 0, "advise");
  const Landscape& landscape = smaller.landscape();
  const Split split = landscape.examples(Split::test) > 0 ? Split::test : Split::train;
  plane.split = split == Split::test ? "test" : "train";
  plane.examples = landscape.examples(split);
  const geometry::Section section = geometry::evaluate_section(landscape, *family, axes, split, monitor);
  for (std::size_t j = 0; j < directions; ++j)
    record.arrays.push_back({fmt::format("axis-{}", j + 1), {axes[j].count}, axes[j].values()});
  record.arrays.push_back({"plane-loss", section.shape(), section.loss});
  if (landscape.has_accuracy())
    record.arrays.push_back({"plane-accuracy", section.shape(), section.accuracy});
  return plane;
}

Record AdviceRecord::run(const Input& input, Monitor& monitor) const {
  Progress progress(monitor, std::vector<double>{3, 1});
  const AdviceResult result = answer_(progress.part(0));
  progress.part(0).checkpoint(1);
  Record record;
  Page page{result.advice, {}};
  if (request_.plane_points > 1 && checkpoints_.size() > 1) {
    page.plane = add_plane(input, result, record, progress.part(1));
    if (page.plane->points.empty()) page.plane.reset();
  }
  std::map<std::string, int> counts;
  for (const AdvisedWeights& own : result.weights) {
    const std::string& action = result.advice.candidates[own.candidate].action;
    const std::string name = fmt::format("{}-{}", action, ++counts[action]);
    page.advice.candidates[own.candidate].weights = name;
    if (with_points_) record.arrays.push_back({"points." + name, {std::ssize(own.weights)}, own.weights});
  }
  record.result = to_record(std::move(page));
  return record;
}

void PlanePoint::visit(FieldVisitor& visitor) {
  visitor.field("name", name, "of the checkpoint or candidate");
  visitor.field("kind", kind, "checkpoint or average");
  visitor.field("coordinates", coordinates, "in the plane, in its units");
  visitor.field("distance", distance, "from the plane");
}

void AdvicePlane::visit(FieldVisitor& visitor) {
  visitor.field("through", through, "checkpoints that span it, the first at 0, the second at 1");
  visitor.field("unit", unit, "length of one unit");
  visitor.field("split", split, "the loss is of");
  visitor.field("examples", examples, "that it is a mean over");
  visitor.field("points", points, "checkpoints and averages as they lie in it");
}

}  // namespace nwedge::experiment
