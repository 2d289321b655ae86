#include "nwedge/optimize/direction.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace nwedge::optimize {
namespace {

using Maker = std::unique_ptr<Direction> (*)(const Options&, DecayedPart);

constexpr std::array<std::string_view, 3> kNames = {"sgd", "adam", "adamw"};
constexpr std::array<Maker, 3> kMakers = {make_sgd, make_adam, make_adamw};

}  // namespace

std::span<const std::string_view> method_names() { return kNames; }

std::unique_ptr<Direction> make_direction(const Options& options, DecayedPart decayed) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == options.method) return kMakers[i](options, std::move(decayed));
  throw std::logic_error("make_direction: options were not validated");
}

}  // namespace nwedge::optimize
