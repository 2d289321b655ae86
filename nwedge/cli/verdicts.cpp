#include "nwedge/cli/verdicts.hpp"

#include <fmt/core.h>

namespace nwedge::cli {
namespace {

using nlohmann::json;

std::string kind_of(const json& plan, const std::string& landscape) {
  for (const json& entry : plan.at("landscapes"))
    if (entry.at("name") == landscape) return entry.at("kind").get<std::string>();
  return "";
}

/// "reproduced (3 findings)", "-" where there is none.
std::string summary(const std::vector<experiment::Finding>& findings) {
  if (findings.empty()) return "-";
  return fmt::format("{} ({})", to_string(combine(findings)), findings.size());
}

json verdict_or_null(const std::vector<experiment::Finding>& findings) {
  return findings.empty() ? json() : json(to_string(combine(findings)));
}

json to_json(const experiment::Finding& finding) {
  return {{"landscape", finding.landscape},
          {"experiment", finding.experiment},
          {"criterion", finding.criterion},
          {"prediction", finding.prediction},
          {"measurement", finding.measurement},
          {"verdict", to_string(finding.verdict)},
          {"reason", finding.reason}};
}

}  // namespace

std::vector<ClaimVerdict> claim_verdicts(const study::Run& run) {
  std::vector<ClaimVerdict> verdicts;
  for (const experiment::Claim& claim : experiment::claims()) verdicts.push_back({claim, {}, {}});
  for (const experiment::Finding& finding : study::findings(run))
    for (ClaimVerdict& verdict : verdicts)
      if (verdict.claim.key == finding.claim)
        (kind_of(run.plan, finding.landscape) == "wedge" ? verdict.wedge : verdict.networks)
            .push_back(finding);
  return verdicts;
}

json to_json(const std::vector<ClaimVerdict>& verdicts) {
  json list = json::array();
  for (const ClaimVerdict& verdict : verdicts) {
    json findings = json::array();
    for (const auto* group : {&verdict.wedge, &verdict.networks})
      for (const experiment::Finding& finding : *group) findings.push_back(to_json(finding));
    list.push_back({{"claim", verdict.claim.key},
                    {"title", verdict.claim.title},
                    {"wedge", verdict_or_null(verdict.wedge)},
                    {"networks", verdict_or_null(verdict.networks)},
                    {"findings", findings}});
  }
  return list;
}

std::string table(const std::vector<ClaimVerdict>& verdicts) {
  std::string text =
      fmt::format("{:<28}{:<24}{}\n", "Claim", "wedge model (findings)", "networks (findings)");
  for (const ClaimVerdict& verdict : verdicts)
    text += fmt::format("{:<28}{:<24}{}\n", verdict.claim.title, summary(verdict.wedge),
                        summary(verdict.networks));
  return text;
}

}  // namespace nwedge::cli
