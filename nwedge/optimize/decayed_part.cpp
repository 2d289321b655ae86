#include "nwedge/optimize/decayed_part.hpp"

namespace nwedge::optimize {

DecayedPart::DecayedPart(std::size_t dimension, std::span<const ParameterGroup> groups) {
  std::vector<bool> decays(dimension, false);
  for (const ParameterGroup& group : groups)
    for (std::int64_t i = 0; i < group.count; ++i)
      decays[group.entry(i)] = group.kind == ParameterGroup::Kind::weight;
  bool current = true;
  for (std::size_t i = 0; i < dimension; ++i) {
    if (decays[i] == current) continue;
    ends_.push_back(i);
    current = !current;
  }
  ends_.push_back(dimension);
}

DecayedPart decayed_part(const Options& options, const Landscape& landscape) {
  const auto dimension = static_cast<std::size_t>(landscape.dimension());
  if (options.decay == "all") return {dimension};
  return {dimension, landscape.parameter_groups()};
}

}  // namespace nwedge::optimize
