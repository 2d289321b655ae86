#include <algorithm>
#include <functional>
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

using Maker = std::function<std::unique_ptr<Experiment>()>;

template <class Kind>
std::unique_ptr<Experiment> make() {
  return std::make_unique<Kind>();
}

/// In the report's order.
const std::vector<std::pair<std::string, Maker>>& registry() {
  static const std::vector<std::pair<std::string, Maker>> all = {
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

}  // namespace

std::vector<std::string> experiment_names() {
  std::vector<std::string> names;
  for (const auto& [name, maker] : registry()) names.push_back(name);
  return names;
}

std::unique_ptr<Experiment> make_experiment(std::string_view name, std::string_view place) {
  for (const auto& [known, maker] : registry())
    if (known == name) return maker();
  throw Error(place,
              "unknown experiment \"" + std::string(name) + "\"" + did_you_mean(name, experiment_names()));
}

}  // namespace nwedge::experiment
