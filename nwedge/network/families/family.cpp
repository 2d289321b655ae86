#include "nwedge/network/families/family.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "nwedge/core/error.hpp"
#include "nwedge/network/families/model_request.hpp"
#include "nwedge/network/families/table.hpp"

namespace nwedge::network {
namespace {

/// Null where there is none of that name.
const Family* find_family(std::string_view name) {
  const std::span<const Family> all = families();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Family& f) { return f.name == name; });
  return found == all.end() ? nullptr : &*found;
}

const Family& require_family(std::string_view name, std::string_view model, std::string_view place) {
  if (const Family* family = find_family(name)) return *family;
  std::vector<std::string> names;
  for (const Family& family : families()) names.emplace_back(family.name);
  throw Error(place, fmt::format("unknown model \"{}\"; models: {}{}", model, fmt::join(names, ", "),
                                 did_you_mean(name, names)));
}

}  // namespace

std::span<const Family> families() {
#define NWEDGE_FAMILY_ENTRY(describe) describe(),
  static const std::array all = {NWEDGE_FAMILIES(NWEDGE_FAMILY_ENTRY)};
#undef NWEDGE_FAMILY_ENTRY
  return all;
}

bool names_family(std::string_view model) { return find_family(model.substr(0, model.find(':'))) != nullptr; }

Graph make_graph(const ModelOptions& options, const Shape& input, std::int64_t outputs,
                 std::string_view place) {
  check_options(place, options);
  if (outputs < 1) throw Error(place, fmt::format("a network needs at least 1 output, is given {}", outputs));
  const std::string_view model = options.model;
  const std::size_t colon = model.find(':');
  const bool sized = colon != std::string_view::npos;
  const Family& family = require_family(model.substr(0, colon), model, place);
  if (sized && family.sizes.empty())
    throw Error(place, fmt::format("model \"{}\": {} takes no sizes", model, family.name));
  const std::string_view activation =
      options.activation == "default" ? family.activation : std::string_view(options.activation);
  return family.build(
      {options, family, sized ? model.substr(colon + 1) : family.sizes, activation, input, outputs, place});
}

}  // namespace nwedge::network
