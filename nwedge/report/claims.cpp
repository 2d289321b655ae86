#include "nwedge/report/claims.hpp"

#include <vector>

namespace nwedge::report {
namespace {

using experiment::Finding;

nlohmann::json document(const Finding& finding) {
  return {{"claim", finding.claim},
          {"landscape", finding.landscape},
          {"experiment", finding.experiment},
          {"criterion", finding.criterion},
          {"prediction", finding.prediction},
          {"measurement", finding.measurement},
          {"verdict", experiment::to_string(finding.verdict)},
          {"reason", finding.reason}};
}

}  // namespace

nlohmann::json claims_table(std::span<const Finding> findings) {
  nlohmann::json table = nlohmann::json::array();
  for (const experiment::Claim& claim : experiment::claims()) {
    std::vector<Finding> own;
    nlohmann::json documents = nlohmann::json::array();
    for (const Finding& finding : findings) {
      if (finding.claim != claim.key) continue;
      own.push_back(finding);
      documents.push_back(document(finding));
    }
    table.push_back({{"key", claim.key},
                     {"title", claim.title},
                     {"statement", claim.statement},
                     {"verdict", experiment::to_string(experiment::combine(own))},
                     {"findings", std::move(documents)}});
  }
  return table;
}

}  // namespace nwedge::report
