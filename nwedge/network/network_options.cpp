#include "nwedge/network/network_options.hpp"

#include <array>

namespace nwedge::network {
namespace {

void visit_statistics(OptionVisitor& visitor, NetworkOptions& options) {
  static constexpr std::array<std::string_view, 2> kPolicies = {"recompute", "stored"};
  visitor.field(
      "statistics", options.statistics, kPolicies,
      "batch normalisation outside training: statistics recomputed at the point, or stored with the weights");
  visitor.field("statistics-examples", options.statistics_examples, between(2, 1000000),
                "training examples whose statistics are recomputed");
  visitor.field(
      "fast-convolutions", options.fast_convolutions,
      "3x3 convolutions of evaluations by Winograd's algorithm: faster, losses to 1e-5 of themselves");
}

}  // namespace

void NetworkOptions::visit_function(OptionVisitor& visitor) {
  visit_statistics(visitor, *this);
  loss.visit_function(visitor);
}

void NetworkOptions::visit(OptionVisitor& visitor) {
  visit_statistics(visitor, *this);
  loss.visit(visitor);
  augmentation.visit(visitor);
}

}  // namespace nwedge::network
