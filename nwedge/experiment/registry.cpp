#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

#include "nwedge/core/error.hpp"
#include "nwedge/experiment/alignment.hpp"
#include "nwedge/experiment/barriers.hpp"
#include "nwedge/experiment/directions.hpp"
#include "nwedge/experiment/ensemble.hpp"
#include "nwedge/experiment/experiment.hpp"
#include "nwedge/experiment/hyper_parameters.hpp"
#include "nwedge/experiment/intrinsic_dimension.hpp"
#include "nwedge/experiment/m_tunnel.hpp"
#include "nwedge/experiment/radial_tunnel.hpp"
#include "nwedge/experiment/section.hpp"
#include "nwedge/experiment/spectrum.hpp"
#include "nwedge/experiment/straight_line.hpp"
#include "nwedge/experiment/subspace.hpp"
#include "nwedge/experiment/tunnel.hpp"
#include "nwedge/experiment/walk.hpp"

namespace nwedge::experiment {
namespace {

template <class Kind>
std::unique_ptr<Experiment> make() {
  return std::make_unique<Kind>();
}

/// In the report's order.
const std::vector<std::pair<std::string, ExperimentMaker>>& registry() {
  static const std::vector<std::pair<std::string, ExperimentMaker>> all = {
      {"straight-line", make<StraightLine>}, {"section", make<Section>},
      {"subspace", make<Subspace>},          {"barriers", make<Barriers>},
      {"alignment", make<Alignment>},        {"tunnel", make<Tunnel>},
      {"m-tunnel", make<MTunnel>},           {"radial-tunnel", make<RadialTunnel>},
      {"directions", make<Directions>},      {"walk", make<Walk>},
      {"spectrum", make<Spectrum>},          {"intrinsic-dimension", make<IntrinsicDimension>},
      {"ensemble", make<Ensemble>},          {"hyper-parameters", make<HyperParameters>},
  };
  return all;
}

/// Users' experiments by name.
struct Added {
  std::mutex mutex;
  std::map<std::string, ExperimentMaker, std::less<>> makers;
};
Added& added() {
  static Added* const all = new Added;  // makers may hold what must not be let go of when the program ends
  return *all;
}

constexpr std::size_t kLongestName = 40;

}  // namespace

bool is_experiment_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

void add_experiment(const std::string& name, ExperimentMaker maker, std::string_view place) {
  if (!is_experiment_name(name))
    throw Error(place, "the name of an experiment must be 1 to 40 letters, digits, \"-\" or \"_\", is \"" +
                           name + "\"");
  const std::vector<std::string> names = experiment_names();
  if (name == "train" || std::find(names.begin(), names.end(), name) != names.end())
    throw Error(place, "the name \"" + name + "\" belongs to an experiment of nwedge; choose another");
  const std::lock_guard lock(added().mutex);
  added().makers[name] = std::move(maker);
}

std::vector<std::string> experiment_names() {
  std::vector<std::string> names;
  for (const auto& [name, maker] : registry()) names.push_back(name);
  return names;
}

std::unique_ptr<Experiment> make_experiment(std::string_view name, std::string_view place) {
  for (const auto& [known, maker] : registry())
    if (known == name) return maker();
  std::vector<std::string> names = experiment_names();
  ExperimentMaker own;
  {
    const std::lock_guard lock(added().mutex);
    for (const auto& [other, maker] : added().makers) names.push_back(other);
    if (const auto found = added().makers.find(name); found != added().makers.end()) own = found->second;
  }
  if (own) return own();
  const std::string nearest = did_you_mean(name, names);
  throw Error(place, "unknown experiment \"" + std::string(name) + "\"" + (nearest.empty() ? ";" : nearest) +
                         " an experiment of your own (@nwedge.experiment) runs in Python, by nwedge.study");
}

}  // namespace nwedge::experiment
