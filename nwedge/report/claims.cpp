#include "nwedge/report/claims.hpp"

#include <fmt/core.h>

#include <string>
#include <utility>
#include <vector>

namespace nwedge::report {
namespace {

using experiment::Finding;
using experiment::Verdict;

nlohmann::json documents(const std::vector<experiment::Control>& controls) {
  nlohmann::json list = nlohmann::json::array();
  for (const experiment::Control& control : controls)
    list.push_back({{"name", control.name},
                    {"measurement", control.measurement},
                    {"verdict", experiment::to_string(control.verdict)},
                    {"fails", control.fails()}});
  return list;
}

/// One line for the table instead of a dozen: how many closed forms are met, which are not, and whether the
/// other claims are reproduced.
nlohmann::json summary(std::span<const Finding> findings) {
  std::vector<std::pair<std::string, Verdict>> verdicts;
  std::string names;
  std::string replicated;
  for (const Finding& finding : findings) {
    if (finding.experiment.empty()) {
      replicated = ". " + finding.measurement + (finding.reason.empty() ? "" : "; " + finding.reason);
      continue;
    }
    verdicts.emplace_back(finding.experiment, finding.verdict);
    names += (names.empty() ? "" : ", ") + finding.experiment;
  }
  return {{"verdict", experiment::to_string(experiment::combine({findings.begin(), findings.end()}))},
          {"measurement", fmt::format("{} ({}){}", experiment::tally(verdicts, "predictions met", "not met"),
                                      names, replicated)}};
}

/// Of the claim about the model, for each wedge model that was judged.
nlohmann::json summaries(const std::vector<Finding>& own) {
  nlohmann::json landscapes = nlohmann::json::object();
  for (const Finding& finding : own) {
    if (landscapes.contains(finding.landscape)) continue;
    std::vector<Finding> those;
    for (const Finding& other : own)
      if (other.landscape == finding.landscape) those.push_back(other);
    landscapes[finding.landscape] = summary(those);
  }
  return {{"prediction", "its closed forms, one for each experiment below"},
          {"criterion",
           "every experiment meets its closed form within the tolerance that it states, and every "
           "other claim is reproduced on the wedge model"},
          {"landscapes", std::move(landscapes)}};
}

}  // namespace

nlohmann::json to_json(const Finding& finding) {
  return {{"claim", finding.claim},
          {"landscape", finding.landscape},
          {"experiment", finding.experiment},
          {"criterion", finding.criterion},
          {"null", finding.null},
          {"prediction", finding.prediction},
          {"measurement", finding.measurement},
          {"verdict", experiment::to_string(finding.verdict)},
          {"reason", finding.reason},
          {"controls", documents(finding.controls)}};
}

nlohmann::json claims_table(std::span<const Finding> findings) {
  nlohmann::json table = nlohmann::json::array();
  for (const experiment::ClaimVerdict& answer : experiment::claim_verdicts(findings)) {
    nlohmann::json row = {{"key", answer.claim.key},
                          {"title", answer.claim.title},
                          {"statement", answer.claim.statement},
                          {"verdict", experiment::to_string(answer.verdict)},
                          {"reason", answer.reason},
                          {"controls", documents(answer.controls)}};
    if (answer.claim.key == experiment::kModelClaim) row["summary"] = summaries(answer.findings);
    row["findings"] = nlohmann::json::array();
    for (const Finding& finding : answer.findings) row["findings"].push_back(to_json(finding));
    table.push_back(std::move(row));
  }
  return table;
}

}  // namespace nwedge::report
