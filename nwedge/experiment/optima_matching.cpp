#include "nwedge/experiment/optima_matching.hpp"

#include <fmt/core.h>

#include <array>

#include "nwedge/core/error.hpp"
#include "nwedge/network/alignment/matching.hpp"
#include "nwedge/network/network.hpp"

namespace nwedge::experiment {
namespace {

constexpr std::array<std::string_view, 3> kAlignments = {"none", "weights", "activations"};

std::vector<float> arranged_rows(const network::UnitGroups& groups, const network::Arrangement& arrangement,
                                 std::span<const float> rows, std::size_t dimension) {
  std::vector<float> result;
  result.reserve(rows.size());
  for (std::size_t begin = 0; begin < rows.size(); begin += dimension) {
    const std::vector<float> row = groups.arranged_weights(arrangement, rows.subspan(begin, dimension));
    result.insert(result.end(), row.begin(), row.end());
  }
  return result;
}

}  // namespace

void OptimaMatching::visit(OptionVisitor& visitor) {
  visitor.field("align", align, kAlignments,
                "of networks: first permute every optimum's units to match those of the first, by the "
                "weights that touch them or by what they put out");
  visitor.field("align-examples", align_examples, between(2, 1e8), "training examples for activations");
}

void OptimaMatching::validate_for(const Planned& planned, std::string_view place) const {
  if (align == "none") return;
  const auto* network = dynamic_cast<const network::Network*>(&planned.landscape);
  if (network == nullptr)
    throw Error(
        place,
        fmt::format("align must be \"none\" on this landscape, is \"{}\": only networks have units", align));
  if (network::UnitGroups(network->graph()).units() == 0)
    throw Error(place, fmt::format("align must be \"none\", is \"{}\": no units of {} can be permuted", align,
                                   network->graph().model));
  if (network->graph().buffer_size > 0 && network->options().statistics == "stored")
    throw Error(place, fmt::format("align must be \"none\" with stored statistics, is \"{}\": they would not "
                                   "follow the units; choose statistics \"recompute\"",
                                   align));
}

std::vector<optimize::Result> OptimaMatching::matched(const Input& input, Monitor& monitor) const {
  const auto& network = dynamic_cast<const network::Network&>(input.landscape);
  const network::UnitGroups groups(network.graph());
  network::MatchingOptions options;
  options.method = align;
  options.match_examples = align_examples;
  std::vector<optimize::Result> optima(input.optima.begin(), input.optima.end());
  const std::vector<float>& reference = input.optima.front().point;
  const std::vector<float> ours = network.buffers_at(reference);
  for (std::size_t k = 1; k < optima.size(); ++k) {
    monitor.checkpoint(0);
    optimize::Result& own = optima[k];
    const network::Arrangement arrangement =
        align == "weights" ? network::match_weights(groups, reference, own.point, options)
                           : network::match_activations(groups, network.graph(), {reference, ours},
                                                        {own.point, network.buffers_at(own.point)},
                                                        network.data().train, options);
    const std::size_t dimension = own.point.size();
    own.point = groups.arranged_weights(arrangement, own.point);
    own.initial = arranged_rows(groups, arrangement, own.initial, dimension);
    own.trajectory = arranged_rows(groups, arrangement, own.trajectory, dimension);
  }
  return optima;
}

Record run_matched(const OptimaMatching& matching, const Input& input, Monitor& monitor,
                   const std::function<Record(const Input& input)>& run) {
  if (matching.align == "none") return run(input);
  const std::vector<optimize::Result> optima = matching.matched(input, monitor);
  return run({input.landscape, input.training, optima, input.seed, input.vary, input.trained});
}

}  // namespace nwedge::experiment
