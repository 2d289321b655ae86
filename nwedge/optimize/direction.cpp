#include "nwedge/optimize/direction.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace nwedge::optimize {
namespace {

using Maker = std::unique_ptr<Direction> (*)(const Options&, DecayedPart);

constexpr std::array<std::string_view, 3> kNames = {"sgd", "adam", "adamw"};
constexpr std::array<Maker, 3> kMakers = {make_sgd, make_adam, make_adamw};
constexpr std::array<int, 3> kStates = {1, 2, 2};

std::size_t index_of(const Options& options) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == options.method) return i;
  throw std::logic_error("make_direction: options were not validated");
}

}  // namespace

std::span<const std::string_view> method_names() { return kNames; }

std::unique_ptr<Direction> make_direction(const Options& options, DecayedPart decayed) {
  return kMakers[index_of(options)](options, std::move(decayed));
}

int most_states(const Options& options) { return kStates[index_of(options)]; }

}  // namespace nwedge::optimize
