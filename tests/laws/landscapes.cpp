#include "tests/laws/landscapes.hpp"

#include <cmath>

#include "nwedge/callback_landscape.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/geometry/m_tunnel.hpp"
#include "nwedge/geometry/paths.hpp"
#include "nwedge/geometry/simplex_volume.hpp"
#include "nwedge/geometry/subspace.hpp"
#include "nwedge/network/network.hpp"
#include "nwedge/wedge/wedge_model.hpp"
#include "tests/support/quadratic_landscape.hpp"

namespace nwedge::test {
namespace {

using Pointer = std::shared_ptr<const Landscape>;

std::vector<double> log_spaced(std::size_t count, double least, double most) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = least * std::pow(most / least, static_cast<double>(i) / static_cast<double>(count - 1));
  return values;
}

Pointer quadratic(double noise) {
  return std::make_shared<QuadraticLandscape>(log_spaced(60, 0.01, 10), 1, std::vector<float>(60, 0.5f),
                                              noise);
}

/// Any landscape that refers to `base`, with what keeps it alive.
struct Built {
  Pointer base;
  std::unique_ptr<Landscape> landscape;
};

Pointer owned(Pointer base, std::unique_ptr<Landscape> landscape) {
  auto built = std::make_shared<Built>();
  built->landscape = std::move(landscape);
  built->base = std::move(base);
  return {built, built->landscape.get()};
}

/// `base` on a random affine family through its initial point, with directions of norm about 1 that are not
/// orthogonal. Keeps `base` alive.
Pointer restricted(Pointer base, std::int64_t count) {
  AffineFamily family;
  family.origin = base->initial_point(5);
  for (std::int64_t j = 0; j < count; ++j) {
    const std::vector<float> direction =
        test_direction(base->dimension(), 100 + static_cast<std::uint64_t>(j));
    family.directions.insert(family.directions.end(), direction.begin(), direction.end());
  }
  std::unique_ptr<Landscape> restriction = base->restrict_to(std::move(family));
  return owned(std::move(base), std::move(restriction));
}

std::vector<float> several_points(const Landscape& base, std::uint64_t count) {
  std::vector<float> points;
  for (std::uint64_t seed = 0; seed < count; ++seed) {
    const std::vector<float> point = base.initial_point(20 + seed);
    points.insert(points.end(), point.begin(), point.end());
  }
  return points;
}

Pointer curve(geometry::Curve kind) {
  Pointer base = quadratic(0.3);
  const std::vector<float> ends = several_points(*base, 2);
  const auto path = geometry::straight_path(kind, std::span(ends).first(60), std::span(ends).last(60), 2);
  auto landscape = geometry::path_landscape(*base, path);
  return owned(std::move(base), std::move(landscape));
}

Pointer star_of_three() {
  Pointer base = quadratic(0.3);
  auto functional =
      geometry::m_tunnel(dynamic_cast<const CurvedLandscape&>(*base), several_points(*base, 3), 4);
  return owned(std::move(base), std::move(functional));
}

Pointer curved_sheet() {
  Pointer base = quadratic(0.3);
  const std::vector<float> optima = several_points(*base, 3);
  auto landscape = std::make_unique<geometry::CurvedShapeLandscape>(
      dynamic_cast<const CurvedLandscape&>(*base), geometry::sheet(3, 1), optima,
      geometry::flat_sheet(optima, 60, 1), 4);
  return owned(std::move(base), std::move(landscape));
}

Pointer rewarded_volume() {
  Pointer base = quadratic(0);
  Pointer connected = owned(base, std::make_unique<geometry::ShapeLandscape>(
                                      *base, geometry::connected_simplices(4, 2), several_points(*base, 4),
                                      several_points(*base, 2), 4));
  auto landscape = std::make_unique<geometry::VolumeReward>(
      dynamic_cast<const geometry::ShapeLandscape&>(*connected), 0.5);
  return owned(std::move(connected), std::move(landscape));
}

/// A small wedge model with one thing changed. Kinks: where the pieces meet, and at the edge of a box.
LandscapeCase wedges(std::string name, const std::function<void(wedge::WedgeOptions&)>& change,
                     const Promises& promises = {}) {
  wedge::WedgeOptions options;
  options.dimension = 30;
  options.wedges = 4;
  options.short_directions = 6;
  options.seed = 3;
  change(options);
  return {"wedges_" + std::move(name), [options] { return std::make_shared<wedge::WedgeModel>(options); },
          promises};
}

/// `base` on a random section, with a structured projection. Keeps `base` alive.
Pointer in_subspace(Pointer base, std::int64_t count) {
  struct Owner {
    Pointer base;
    std::unique_ptr<Landscape> subspace;
  };
  auto owner = std::make_shared<Owner>();
  owner->subspace = std::make_unique<geometry::CurvedSubspace>(
      dynamic_cast<const CurvedLandscape&>(*base), base->initial_point(5),
      geometry::make_random_projection("hadamard", base->dimension(), count, 6));
  owner->base = std::move(base);
  return {owner, owner->subspace.get()};
}

/// A small network on few examples, so that the kinks of ReLU lie far enough apart to step between them.
LandscapeCase network(std::string name, const network::ModelOptions& options, Promises promises) {
  promises.dropout = options.dropout > 0;
  const auto make = [options] {
    const auto data =
        std::make_shared<const network::DataSet>(network::load_data({"synthetic:1x8x8,4", 48, 24, 1}));
    return std::make_shared<network::Network>(data, network::make_model(options, *data));
  };
  return {"network_" + std::move(name), make, promises};
}

/// The quadratic landscape as functions.
Pointer callbacks() {
  const auto base = std::dynamic_pointer_cast<const CurvedLandscape>(quadratic(0));
  Callbacks functions;
  functions.dimension = base->dimension();
  functions.initial = [base](std::uint64_t seed) { return base->initial_point(seed); };
  functions.gradient = [base](std::span<const float> point, std::span<float> gradient, Split split) {
    return base->gradient(point, gradient, split);
  };
  functions.evaluate = [base](std::span<const float> points, Split split) {
    return base->evaluate_many(points, split);
  };
  functions.hessian = [base](std::span<const float> point, Split split) {
    const std::shared_ptr<Curvature> hessian = base->curvature_at(point, split);
    return [hessian](std::span<const float> vector, std::span<float> product) {
      hessian->multiply(vector, product);
    };
  };
  return std::make_shared<CallbackLandscape>(std::move(functions));
}

std::vector<LandscapeCase> plain_landscapes() {
  using wedge::WedgeOptions;
  const Promises kinks = {.smooth = false};
  return {
      {"quadratic", [] { return quadratic(0); }, {}},
      {"quadratic_noisy", [] { return quadratic(0.3); }, {}},
      {"callbacks", callbacks, {}},
      {"restriction_of_a_restriction", [] { return restricted(restricted(quadratic(0.3), 7), 2); }, {}},
      {"subspace", [] { return in_subspace(quadratic(0.3), 12); }, {}},
      wedges("axis", [](WedgeOptions&) {}),
      wedges("random", [](WedgeOptions& o) { o.frames = "random"; }),
      wedges("noisy", [](WedgeOptions& o) { o.gradient_noise = 0.5; }),
      wedges("wide", [](WedgeOptions& o) { o.half_width = 0.4; }),
      wedges("opening", [](WedgeOptions& o) { o.opening = 0.2; }),
      wedges("opening_random_centres",
             [](WedgeOptions& o) {
               o.opening = 0.2;
               o.frames = "random";
               o.centre_spread = 0.5;
             }),
      wedges("stiff", [](WedgeOptions& o) { o.stiffness_spread = 50; }),
      wedges("linear",
             [](WedgeOptions& o) {
               o.energy = "linear";
               o.half_width = 0.1;
             }),
      wedges(
          "box",
          [](WedgeOptions& o) {
            o.cross_section = "box";
            o.half_width = 0.3;
            o.opening = 0.05;
          },
          kinks),
      wedges("soft",
             [](WedgeOptions& o) {
               o.minimum = "soft";
               o.temperature = 0.5;
             }),
      wedges("soft_opening_random",
             [](WedgeOptions& o) {
               o.minimum = "soft";
               o.temperature = 0.5;
               o.frames = "random";
               o.opening = 0.2;
               o.half_width = 0.1;
             }),
      network("mlp_tanh", {"mlp:12,9", "tanh", 0}, {}),
      network("mlp_relu", {"mlp:12,9", "relu", 0}, kinks),
      network("cnn_tanh", {"cnn:5,6", "tanh", 0}, kinks),  // the maximum of a pool has kinks too
      network("cnn_relu", {"cnn:5,6", "relu", 0}, kinks),
      network("mlp_dropout", {"mlp:12,9", "tanh", 0.3}, {}),
      {"chain", [] { return curve(geometry::Curve::chain); }, {.curved = false}},
      {"bezier_curve", [] { return curve(geometry::Curve::bezier); }, {.curved = false}},
      {"m_tunnel", star_of_three, {}},
      {"sheet", curved_sheet, {}},
      {"volume_reward", rewarded_volume, {.curved = false, .rounding = 1e-7}},
  };
}

}  // namespace

const std::vector<LandscapeCase>& all_landscapes() {
  static const std::vector<LandscapeCase> all = [] {
    std::vector<LandscapeCase> cases = plain_landscapes();
    const std::size_t plain = cases.size();
    for (std::size_t i = 0; i < plain; ++i) {
      LandscapeCase one = cases[i];
      one.name += "_restricted";
      one.make = [make = cases[i].make] { return restricted(make(), 3); };
      cases.push_back(std::move(one));
    }
    return cases;
  }();
  return all;
}

std::vector<LandscapeCase> curved_landscapes() {
  std::vector<LandscapeCase> curved;
  for (const LandscapeCase& one : all_landscapes())
    if (one.promises.curved) curved.push_back(one);
  return curved;
}

std::vector<float> test_point(const LandscapeCase& one, const Landscape& landscape, std::uint64_t index) {
  std::vector<float> point = landscape.initial_point(index);
  RandomStream stream(index, "test point");
  for (float& x : point) x += static_cast<float>(one.promises.spread * stream.normal());
  return point;
}

std::vector<float> test_direction(std::int64_t dimension, std::uint64_t index) {
  std::vector<float> direction(static_cast<std::size_t>(dimension));
  RandomStream(index, "test direction").fill_normal(direction);
  double square = 0;
  for (const float x : direction) square += static_cast<double>(x) * x;
  for (float& x : direction) x = static_cast<float>(x / std::sqrt(square));
  return direction;
}

}  // namespace nwedge::test
