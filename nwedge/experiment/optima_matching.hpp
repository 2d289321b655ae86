#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/core/options.hpp"
#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// The values of `align`: "none", or how units are matched.
std::span<const std::string_view> alignments();
/// Throws `Error` where `align` asks for what the landscape has not: units to permute, and running statistics
/// that follow them.
void require_units(std::string_view align, const Planned& planned, std::string_view place);
/// Throws `Error` on a network whose stored statistics would stay behind when units are permuted.
void require_units_that_statistics_follow(const Landscape& landscape, std::string_view place);

/// Optima of a network with the units of all permuted to match those of the first [ainsworth2023]: the same
/// functions, without what of their separation is the numbering of units.
struct OptimaMatching {
  std::string align = "none";         ///< or how units are matched: "weights", "activations"
  std::int64_t align_examples = 512;  ///< training examples of "activations"

  void visit(OptionVisitor& visitor);
  void validate_for(const Planned& planned, std::string_view place) const {
    require_units(align, planned, place);
  }
  /// The optima, whose initial points and trajectories move with them. Cost: one matching for each but the
  /// first (see `network::match_weights`), and a copy of all.
  std::vector<optimize::Result> matched(const Input& input, Monitor& monitor) const;
};

/// `run` on the matched optima, or on those of `input` where none are asked for.
Record run_matched(const OptimaMatching& matching, const Input& input, Monitor& monitor,
                   const std::function<Record(const Input& input)>& run);

}  // namespace nwedge::experiment
