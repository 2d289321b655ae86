#include "nwedge/network/network_options.hpp"

#include <array>

namespace nwedge::network {

void NetworkOptions::visit(OptionVisitor& visitor) {
  static constexpr std::array<std::string_view, 2> kPolicies = {"recompute", "stored"};
  visitor.field(
      "statistics", statistics, kPolicies,
      "batch normalisation outside training: statistics recomputed at the point, or stored with the weights");
  visitor.field("statistics-examples", statistics_examples, between(2, 1000000),
                "training examples whose statistics are recomputed");
  loss.visit(visitor);
}

}  // namespace nwedge::network
