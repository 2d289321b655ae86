#include "nwedge/geometry/paths.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "nwedge/core/error.hpp"
#include "nwedge/geometry/quadrature.hpp"

namespace nwedge::geometry {
namespace {

/// The Bernstein polynomials of one degree at t, by de Casteljau's recurrence; exact at t = 0 and 1.
std::vector<double> bernstein(std::int64_t degree, double t) {
  std::vector<double> values{1.0};
  for (std::int64_t step = 0; step < degree; ++step) {
    values.push_back(0.0);
    for (std::size_t j = values.size(); j-- > 0;)
      values[j] = (1 - t) * values[j] + (j > 0 ? t * values[j - 1] : 0.0);
  }
  return values;
}

}  // namespace

PathShape::PathShape(Curve curve, std::int64_t bends) : Shape(2, bends), curve_(curve) {}

Blend PathShape::at(double t) const {
  if (!(t >= 0 && t <= 1)) throw Error("path", "t must be from 0 to 1, is " + std::to_string(t));
  const std::int64_t last = free_points() + 1;
  Blend blend;
  const auto add = [&](std::int64_t j, double weight) {
    if (weight == 0) return;
    blend.points.push_back(j == 0 ? 0 : j == last ? 1 : j + 1);  // fixed points are named before free ones
    blend.weights.push_back(weight);
  };
  if (curve_ == Curve::chain) {
    const double scaled = t * static_cast<double>(last);
    const std::int64_t piece = std::min(static_cast<std::int64_t>(scaled), last - 1);
    const double fraction = scaled - static_cast<double>(piece);
    add(piece, 1 - fraction);
    add(piece + 1, fraction);
  } else {
    const std::vector<double> weights = bernstein(last, t);
    for (std::int64_t j = 0; j <= last; ++j) add(j, weights[static_cast<std::size_t>(j)]);
  }
  return blend;
}

std::vector<BlendShare> PathShape::quadrature(std::int64_t order) const {
  const Quadrature line = gauss_legendre(order);
  const std::int64_t pieces = curve_ == Curve::chain ? free_points() + 1 : 1;
  std::vector<BlendShare> nodes;
  for (std::int64_t piece = 0; piece < pieces; ++piece)
    for (std::size_t k = 0; k < line.nodes.size(); ++k)
      nodes.push_back({at((static_cast<double>(piece) + line.nodes[k]) / static_cast<double>(pieces)),
                       line.weights[k] / static_cast<double>(pieces)});
  return nodes;
}

Path::Path(Curve curve, std::span<const float> begin, std::span<const float> end, std::vector<float> bends)
    : curve_(curve),
      shape_(curve, begin.empty() ? 0 : static_cast<std::int64_t>(bends.size() / begin.size())),
      ends_(begin.begin(), begin.end()),
      bends_(std::move(bends)) {
  if (begin.empty() || end.size() != begin.size() || bends_.size() % begin.size() != 0)
    throw Error("path", "its points must all have the same number of entries, at least 1; the ends have " +
                            std::to_string(begin.size()) + " and " + std::to_string(end.size()) +
                            ", the bends together " + std::to_string(bends_.size()));
  ends_.insert(ends_.end(), end.begin(), end.end());
}

Path Path::line(std::span<const float> begin, std::span<const float> end) {
  return {Curve::chain, begin, end, {}};
}

std::span<const float> Path::control_point(std::int64_t j) const {
  const auto size = static_cast<std::size_t>(dimension());
  if (j == 0) return begin();
  if (j == bend_count() + 1) return end();
  return std::span(bends_).subspan(static_cast<std::size_t>(j - 1) * size, size);
}

void Path::point(double t, std::span<float> theta) const { blend_point(shape_.at(t), ends_, bends_, theta); }

std::vector<float> Path::points(std::span<const double> t) const {
  const auto size = static_cast<std::size_t>(dimension());
  std::vector<float> all(t.size() * size);
  for (std::size_t i = 0; i < t.size(); ++i) point(t[i], std::span(all).subspan(i * size, size));
  return all;
}

std::vector<double> Path::step_products() const {
  const auto size = static_cast<std::size_t>(dimension());
  const auto pieces = static_cast<std::size_t>(bend_count()) + 1;
  std::vector<double> steps(pieces * size);
  for (std::size_t j = 0; j < pieces; ++j) {
    const std::span<const float> from = control_point(static_cast<std::int64_t>(j));
    const std::span<const float> to = control_point(static_cast<std::int64_t>(j) + 1);
    for (std::size_t i = 0; i < size; ++i) steps[j * size + i] = static_cast<double>(to[i]) - from[i];
  }
  std::vector<double> products(pieces * pieces);
  for (std::size_t i = 0; i < pieces; ++i)
    for (std::size_t j = 0; j <= i; ++j)
      products[i * pieces + j] = products[j * pieces + i] =
          std::inner_product(steps.begin() + static_cast<std::ptrdiff_t>(i * size),
                             steps.begin() + static_cast<std::ptrdiff_t>((i + 1) * size),
                             steps.begin() + static_cast<std::ptrdiff_t>(j * size), 0.0);
  return products;
}

std::vector<double> Path::lengths(std::span<const double> t) const {
  return curve_ == Curve::chain ? chain_lengths(t) : bezier_lengths(t);
}

std::vector<double> Path::chain_lengths(std::span<const double> t) const {
  const auto pieces = static_cast<std::size_t>(bend_count()) + 1;
  std::vector<double> knots{0.0};
  for (std::size_t j = 0; j < pieces; ++j) {
    double square = 0;
    const std::span<const float> from = control_point(static_cast<std::int64_t>(j));
    const std::span<const float> to = control_point(static_cast<std::int64_t>(j) + 1);
    for (std::size_t i = 0; i < from.size(); ++i) {
      const double step = static_cast<double>(to[i]) - from[i];
      square += step * step;
    }
    knots.push_back(knots.back() + std::sqrt(square));
  }
  std::vector<double> result;
  for (const double position : t) {
    const double scaled = position * static_cast<double>(pieces);
    const std::size_t piece = std::min(static_cast<std::size_t>(scaled), pieces - 1);
    result.push_back(knots[piece] +
                     (scaled - static_cast<double>(piece)) * (knots[piece + 1] - knots[piece]));
  }
  return result;
}

std::vector<double> Path::bezier_lengths(std::span<const double> t) const {
  const std::vector<double> products = step_products();
  const auto degree = static_cast<double>(bend_count() + 1);
  const auto speed = [&](double position) {
    const std::vector<double> weights = bernstein(bend_count(), position);
    double square = 0;
    for (std::size_t i = 0; i < weights.size(); ++i)
      for (std::size_t j = 0; j < weights.size(); ++j)
        square += weights[i] * weights[j] * products[i * weights.size() + j];
    return degree * std::sqrt(std::max(square, 0.0));
  };
  const Quadrature rule = gauss_legendre(8);
  std::vector<double> result;
  double sum = 0;
  double from = 0;
  for (const double to : t) {
    const auto pieces = static_cast<std::int64_t>(std::max(1.0, std::ceil((to - from) * 16)));
    const double piece_length = (to - from) / static_cast<double>(pieces);
    for (std::int64_t piece = 0; piece < pieces; ++piece)
      for (std::size_t k = 0; k < rule.nodes.size(); ++k)
        sum += rule.weights[k] * piece_length *
               speed(from + piece_length * (static_cast<double>(piece) + rule.nodes[k]));
    from = to;
    result.push_back(sum);
  }
  return result;
}

double Path::length() const { return lengths(std::vector<double>{1.0})[0]; }

Path straight_path(Curve curve, std::span<const float> begin, std::span<const float> end,
                   std::int64_t bends) {
  if (bends < 1) throw Error("path", "a path to train needs at least 1 bend, has " + std::to_string(bends));
  std::vector<float> free(static_cast<std::size_t>(bends) * begin.size());
  for (std::int64_t j = 0; j < bends; ++j) {
    const double t = static_cast<double>(j + 1) / static_cast<double>(bends + 1);
    float* bend = free.data() + static_cast<std::size_t>(j) * begin.size();
    for (std::size_t i = 0; i < begin.size(); ++i)
      bend[i] = static_cast<float>((1 - t) * begin[i] + t * end[i]);
  }
  return {curve, begin, end, std::move(free)};
}

Path random_chain(std::span<const float> begin, std::span<const float> end, double stretch,
                  RandomStream& stream) {
  if (!(stretch >= 1))
    throw Error("random path", "the stretch must be at least 1, is " + std::to_string(stretch));
  std::vector<float> direction(begin.size());
  stream.fill_normal(direction);
  double along = 0;
  double line = 0;
  for (std::size_t i = 0; i < begin.size(); ++i) {
    const double step = static_cast<double>(end[i]) - begin[i];
    along += step * direction[i];
    line += step * step;
  }
  double square = 0;
  for (std::size_t i = 0; i < begin.size(); ++i) {
    const double step = static_cast<double>(end[i]) - begin[i];
    const double across = direction[i] - (line > 0 ? along / line * step : 0.0);
    direction[i] = static_cast<float>(across);
    square += across * across;
  }
  // In one dimension nothing is orthogonal to the line.
  const double height = square > 0 ? 0.5 * std::sqrt(line * (stretch * stretch - 1) / square) : 0.0;
  for (std::size_t i = 0; i < begin.size(); ++i)
    direction[i] = static_cast<float>(0.5 * (static_cast<double>(begin[i]) + end[i]) + height * direction[i]);
  return {Curve::chain, begin, end, std::move(direction)};
}

std::unique_ptr<ShapeLandscape> path_landscape(const Landscape& base, const Path& path, std::int64_t order) {
  return std::make_unique<ShapeLandscape>(base, std::make_shared<PathShape>(path.curve(), path.bend_count()),
                                          std::vector<float>(path.ends().begin(), path.ends().end()),
                                          std::vector<float>(path.bends().begin(), path.bends().end()),
                                          order);
}

std::vector<double> even_positions(std::int64_t count) {
  if (count < 2) throw Error("positions", "needs at least 2, has " + std::to_string(count));
  std::vector<double> t;
  for (std::int64_t i = 0; i < count; ++i)
    t.push_back(static_cast<double>(i) / static_cast<double>(count - 1));
  return t;
}

namespace {

/// The points between the ends on the landscape's restriction to the line, which a network computes several
/// times faster; the ends at the ends.
std::vector<Metrics> line_metrics(const Landscape& landscape, const Path& line, std::span<const double> t,
                                  Split split) {
  AffineFamily family{{line.begin().begin(), line.begin().end()}, {line.end().begin(), line.end().end()}};
  for (std::size_t i = 0; i < family.origin.size(); ++i) family.directions[i] -= family.origin[i];
  std::vector<double> ends;
  std::vector<float> between;
  for (const double at : t) {
    if (at == 0 || at == 1)
      ends.push_back(at);
    else
      between.push_back(static_cast<float>(at));
  }
  const std::vector<Metrics> outer = landscape.evaluate_many(line.points(ends), split);
  const std::vector<Metrics> inner = landscape.restrict_to(std::move(family))->evaluate_many(between, split);
  std::vector<Metrics> metrics;
  auto next_outer = outer.begin();
  auto next_inner = inner.begin();
  for (const double at : t) metrics.push_back(at == 0 || at == 1 ? *next_outer++ : *next_inner++);
  return metrics;
}

}  // namespace

PathProfile profile(const Landscape& landscape, const Path& path, std::span<const double> t, Split split) {
  PathProfile result{{t.begin(), t.end()}, path.lengths(t), {}};
  if (path.bend_count() == 0) {
    result.metrics = line_metrics(landscape, path, t, split);
    return result;
  }
  const auto size = static_cast<std::size_t>(path.dimension());
  const std::size_t at_once =
      std::clamp<std::size_t>((std::size_t{1} << 25) / size, 2, 256);  // 128 MB of points
  for (std::size_t begin = 0; begin < t.size(); begin += at_once) {
    const std::span<const double> here = t.subspan(begin, std::min(at_once, t.size() - begin));
    for (const Metrics& m : landscape.evaluate_many(path.points(here), split)) result.metrics.push_back(m);
  }
  return result;
}

Barrier barrier(const PathProfile& profile) {
  const std::vector<Metrics>& all = profile.metrics;
  Barrier result;
  result.highest_loss = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double t = profile.t[i];
    const double rise = all[i].loss - ((1 - t) * all.front().loss + t * all.back().loss);
    const double error = (1 - t) * all.front().accuracy + t * all.back().accuracy - all[i].accuracy;
    // A comparison with NaN is false, so NaN once taken stays.
    if (std::isnan(rise) || rise > result.loss) {
      result.loss = rise;
      result.position = t;
    }
    if (std::isnan(error) || error > result.error) result.error = error;
    if (std::isnan(all[i].loss) || all[i].loss > result.highest_loss) result.highest_loss = all[i].loss;
  }
  return result;
}

}  // namespace nwedge::geometry
