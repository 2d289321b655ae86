#include "nwedge/optimize/direction.hpp"

#include <array>
#include <stdexcept>

namespace nwedge::optimize {
namespace {

using Maker = std::unique_ptr<Direction> (*)(const Options&, std::size_t);

constexpr std::array<std::string_view, 2> kNames = {"sgd", "adam"};
constexpr std::array<Maker, 2> kMakers = {make_sgd, make_adam};

}  // namespace

std::span<const std::string_view> method_names() { return kNames; }

std::unique_ptr<Direction> make_direction(const Options& options, std::size_t dimension) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == options.method) return kMakers[i](options, dimension);
  throw std::logic_error("make_direction: options were not validated");
}

}  // namespace nwedge::optimize
