#include "nwedge/wedge/section_minimum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/wedge/theory.hpp"

namespace nwedge::wedge {
namespace {

constexpr std::int64_t kDimension = 300;

/// A random section [d, D] of independent N(0, 1/D) entries, the same for each call with one seed.
std::vector<float> section(std::int64_t d, std::uint64_t seed) {
  std::vector<float> rows(static_cast<std::size_t>(d * kDimension));
  RandomStream(seed, "section").fill_normal(rows, 1 / std::sqrt(static_cast<double>(kDimension)));
  return rows;
}

SectionMinimum minimum_on(const WedgeModel& model, std::span<const float> origin,
                          const std::vector<float>& rows) {
  return section_minimum(model, origin, std::ssize(rows) / kDimension,
                         [&](std::int64_t j, std::span<float> column) {
                           std::copy_n(rows.begin() + j * kDimension, kDimension, column.begin());
                         });
}

WedgeOptions model_options() {
  WedgeOptions o;
  o.dimension = kDimension;
  o.short_directions = 30;
  o.wedges = 7;
  return o;
}

TEST(SectionMinimum, IsTheLossAtItsPointAndNoDescentGoesLower) {
  for (const char* frames : {"axis", "random"})
    for (const double half_width : {0.0, 1.0})
      for (const char* energy : {"quadratic", "linear"}) {
        WedgeOptions o = model_options();
        o.frames = frames;
        o.half_width = half_width;
        o.energy = energy;
        o.stiffness_spread = 5;
        o.centre_spread = 0.1;
        const WedgeModel model(o);
        const std::vector<float> origin = model.initial_point(2);
        const std::vector<float> rows = section(12, 3);
        const SectionMinimum found = minimum_on(model, origin, rows);
        AffineFamily family{origin, rows};
        const auto restricted = model.restrict_to(family);
        const std::vector<float> z(found.coordinates.begin(), found.coordinates.end());
        EXPECT_NEAR(restricted->evaluate(z).loss, found.loss, 1e-4 * (1 + found.loss)) << frames << energy;
        EXPECT_LE(found.loss, restricted->evaluate(std::vector<float>(12)).loss);
        RandomStream stream(4, "nearby");
        for (int i = 0; i < 50; ++i) {
          std::vector<float> near = z;
          for (float& x : near) x += static_cast<float>(0.3 * stream.normal());
          EXPECT_GE(restricted->evaluate(near).loss, found.loss - 1e-4);
        }
      }
}

TEST(SectionMinimum, TakesTheBestWedgeNotTheNearest) {
  WedgeOptions o = model_options();
  o.wedges = 40;
  const WedgeModel model(o);
  int other = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<float> origin = model.initial_point(seed);
    const std::vector<float> rows = section(20, seed);
    const SectionMinimum best = minimum_on(model, origin, rows);
    if (best.wedge != model.nearest(origin)) ++other;
  }
  EXPECT_GT(other, 0) << "with 40 wedges some section reaches another one better";
}

TEST(SectionMinimum, FallsAsOneMinusDOverSAndIsZeroFromSOn) {
  const WedgeOptions o = [] {
    WedgeOptions one = model_options();
    one.wedges = 1;
    return one;
  }();
  const WedgeModel model(o);
  constexpr int kSeeds = 200;
  for (const std::int64_t d : {6, 15, 24}) {
    double mean = 0;
    double square = 0;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const std::vector<float> origin = model.initial_point(seed);
      const double share = minimum_on(model, origin, section(d, seed)).loss / model.evaluate(origin).loss;
      mean += share / kSeeds;
      square += share * share / kSeeds;
    }
    const double error = std::sqrt((square - mean * mean) / kSeeds);
    EXPECT_NEAR(mean, theory::section_loss_ratio(theory::parameters_of(o), d), 5 * error) << d;
  }
  const std::vector<float> origin = model.initial_point(0);
  EXPECT_LT(minimum_on(model, origin, section(30, 0)).loss, 1e-9);
  EXPECT_LT(minimum_on(model, origin, section(50, 0)).loss, 1e-9);
}

TEST(SectionMinimum, IsRefusedWhereLeastSquaresIsNotExact) {
  for (int variant = 0; variant < 3; ++variant) {
    WedgeOptions o = model_options();
    if (variant == 0) o.opening = 0.1;
    if (variant == 1) {
      o.minimum = "soft";
      o.temperature = 1;
    }
    if (variant == 2) {
      o.cross_section = "box";
      o.half_width = 0.1;
    }
    const WedgeModel model(o);
    EXPECT_FALSE(has_section_minimum(model));
    EXPECT_THROW(minimum_on(model, model.initial_point(0), section(3, 0)), Error);
  }
}

}  // namespace
}  // namespace nwedge::wedge
