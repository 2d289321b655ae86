#include "nwedge/wedge/wedge_options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nwedge/core/error.hpp"

namespace nwedge::wedge {
namespace {

constexpr std::string_view kFrames[] = {"axis", "random"};
constexpr std::string_view kCrossSections[] = {"ball", "box"};
constexpr std::string_view kEnergies[] = {"quadratic", "linear"};
constexpr std::string_view kMinima[] = {"hard", "soft"};
constexpr double kMostDimensions = std::numeric_limits<std::int32_t>::max();  // axes are indexed by 32 bits

}  // namespace

void WedgeOptions::visit(OptionVisitor& visitor) {
  visitor.field("dimension", dimension, between(1, kMostDimensions), "dimension D of the weight space");
  visitor.field("wedges", wedges, between(1, kMostDimensions), "number K of wedges");
  visitor.field("short-directions", short_directions, between(1, kMostDimensions),
                "short directions s of a wedge, at most D");
  visitor.field("frames", frames, kFrames, "short directions: coordinate axes or a random orthonormal frame");
  visitor.field("half-width", half_width, at_least(0), "half-width of the flat core");
  visitor.field("opening", opening, at_least(0), "half-width gained per unit of long radius");
  visitor.repeatable().field("stiffness", stiffness, above(0),
                             "stiffness: none (1), one for all, or one per short direction");
  visitor.field("stiffness-spread", stiffness_spread, at_least(1),
                "largest over smallest stiffness, log-spaced over the short directions");
  visitor.field("centre-spread", centre_spread, at_least(0),
                "standard deviation of the wedges' centres; 0: all cross at the origin");
  visitor.field("cross-section", cross_section, kCrossSections,
                "shape of the core across the short directions");
  visitor.field("energy", energy, kEnergies, "how the loss grows with the distance from the core");
  visitor.field("minimum", minimum, kMinima, "how wedges combine");
  visitor.field("temperature", temperature, at_least(0), "temperature of the soft minimum; 0 for a hard one");
  visitor.field("gradient-noise", gradient_noise, at_least(0),
                "standard deviation per coordinate of the gradient noise of one example");
  visitor.field("initial-sigma", initial_sigma, at_least(0),
                "standard deviation of initial points per coordinate");
  visitor.field("seed", seed, any_seed(), "seed of axes, frames and centres");
}

void WedgeOptions::validate(std::string_view place) const {
  check_options(place, *this);
  if (short_directions > dimension)
    throw Error(place, fmt::format("short-directions must be at most dimension ({}), is {}", dimension,
                                   short_directions));
  for (const double value :
       {half_width, opening, stiffness_spread, centre_spread, temperature, gradient_noise, initial_sigma})
    if (!std::isfinite(value)) throw Error(place, fmt::format("numbers must be finite, one is {}", value));
  for (const double value : stiffness)
    if (!std::isfinite(value)) throw Error(place, fmt::format("stiffness must be finite, one is {}", value));
  if (stiffness.size() > 1 && stiffness.size() != static_cast<std::size_t>(short_directions))
    throw Error(place, fmt::format("stiffness must have 0, 1 or {} (short-directions) values, has {}",
                                   short_directions, stiffness.size()));
  if (stiffness.size() > 1 && stiffness_spread != 1)
    throw Error(place, "stiffness-spread needs at most one stiffness value; leave one of the two out");
  if (minimum == "soft" && temperature <= 0)
    throw Error(place, fmt::format("a soft minimum needs a temperature above 0, is {}", temperature));
  if (minimum == "hard" && temperature != 0)
    throw Error(place, fmt::format("temperature {} needs minimum = \"soft\"; leave it out for a hard minimum",
                                   temperature));
}

std::vector<double> WedgeOptions::stiffness_values() const {
  const auto count = static_cast<std::size_t>(short_directions);
  const double most = stiffness.empty() ? 1.0 : stiffness.front();
  std::vector<double> values = stiffness.size() > 1 ? stiffness : std::vector<double>(count, most);
  if (stiffness_spread > 1 && count > 1)
    for (std::size_t i = 0; i < count; ++i)
      values[i] = most * std::pow(stiffness_spread, -static_cast<double>(i) / static_cast<double>(count - 1));
  if (std::all_of(values.begin(), values.end(), [](double value) { return value == 1; })) values.clear();
  return values;
}

}  // namespace nwedge::wedge
