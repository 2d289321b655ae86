#include "nwedge/experiment/optima_matching.hpp"

#include <fmt/core.h>

#include <array>

#include "nwedge/core/error.hpp"
#include "nwedge/network/alignment/matching.hpp"
#include "nwedge/network/network.hpp"

namespace nwedge::experiment {
namespace {

constexpr std::array<std::string_view, 3> kAlignments = {"none", "weights", "activations"};

std::string refusal(std::string_view align, std::string_view where) {
  return fmt::format("align must be \"none\" {}, is \"{}\"", where, align);
}

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

std::span<const std::string_view> alignments() { return kAlignments; }

void require_units(std::string_view align, const Planned& planned, std::string_view place) {
  if (align == "none") return;
  const auto* network = dynamic_cast<const network::Network*>(&planned.landscape);
  if (network == nullptr)
    throw Error(place, refusal(align, "on this landscape") + ": only networks have units");
  if (network::UnitGroups(network->graph()).units() == 0)
    throw Error(place, refusal(align, "here") + fmt::format(": no units of {} can be permuted",
                                                            network::model_text(network->graph())));
  require_units_that_statistics_follow(planned.landscape, place);
}

void require_units_that_statistics_follow(const Landscape& landscape, std::string_view place) {
  const auto* network = dynamic_cast<const network::Network*>(&landscape);
  if (network != nullptr && network->graph().buffer_size > 0 && network->options().statistics == "stored")
    throw Error(place,
                "units cannot be matched with statistics \"stored\", which would not follow them; choose "
                "\"recompute\"");
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
  return run(input.with(optima));
}

}  // namespace nwedge::experiment
