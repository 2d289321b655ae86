#include "nwedge/cli/verdicts.hpp"

#include <fmt/core.h>

#include <utility>

namespace nwedge::cli {
namespace {

using nlohmann::json;

std::string kind_of(const json& plan, const std::string& landscape) {
  for (const json& entry : plan.at("landscapes"))
    if (entry.at("name") == landscape) return entry.at("kind").get<std::string>();
  return "";
}

/// "reproduced (3 findings)", "-" where there is none.
std::string counted(const std::vector<experiment::Finding>& findings) {
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

/// One line for each claim that was tested.
std::string table(const std::vector<ClaimVerdict>& verdicts) {
  std::string text =
      fmt::format("{:<28}{:<24}{}\n", "Claim", "wedge model (findings)", "networks (findings)");
  for (const ClaimVerdict& verdict : verdicts)
    if (!verdict.wedge.empty() || !verdict.networks.empty())
      text += fmt::format("{:<28}{:<24}{}\n", verdict.claim.title, counted(verdict.wedge),
                          counted(verdict.networks));
  return text;
}

/// Every finding in full.
std::string sentences(const std::vector<ClaimVerdict>& verdicts) {
  std::string text;
  for (const ClaimVerdict& verdict : verdicts)
    for (const auto* group : {&verdict.wedge, &verdict.networks})
      for (const experiment::Finding& finding : *group) {
        text +=
            fmt::format("{} on {}: {}\n", verdict.claim.title, finding.landscape, to_string(finding.verdict));
        for (const auto& [name, line] : {std::pair{"measured", &finding.measurement},
                                         {"predicted", &finding.prediction},
                                         {"because", &finding.reason}})
          if (!line->empty()) text += fmt::format("  {:<10}{}\n", name, *line);
      }
  return text;
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

std::string summary(const std::vector<ClaimVerdict>& verdicts) {
  std::size_t findings = 0;
  for (const ClaimVerdict& verdict : verdicts) findings += verdict.wedge.size() + verdict.networks.size();
  constexpr std::size_t kFew = 3;  // of one experiment on one or two landscapes
  return findings > kFew ? table(verdicts) : sentences(verdicts);
}

}  // namespace nwedge::cli
