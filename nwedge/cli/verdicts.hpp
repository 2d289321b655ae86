#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nwedge/experiment/claim.hpp"
#include "nwedge/study/run.hpp"

namespace nwedge::cli {

/// What a run says about one of the poster's claims.
struct ClaimVerdict {
  experiment::Claim claim;
  std::vector<experiment::Finding> wedge;     ///< on landscapes of kind "wedge"
  std::vector<experiment::Finding> networks;  ///< on all others
};

/// One entry for each claim, in the poster's order.
std::vector<ClaimVerdict> claim_verdicts(const study::Run& run);

nlohmann::json to_json(const std::vector<ClaimVerdict>& verdicts);

/// For the terminal: the few findings of a single experiment in full, those of a study as a table of claims.
std::string summary(const std::vector<ClaimVerdict>& verdicts);

}  // namespace nwedge::cli
