#include "nwedge/report/claims.hpp"

#include <fmt/core.h>

#include <string>
#include <utility>
#include <vector>

namespace nwedge::report {
namespace {

using experiment::Finding;
using experiment::Verdict;

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

/// The claim about the model as a whole, which every other finding on a wedge model bears on.
constexpr std::string_view kModelClaim = "contribution-2";

std::vector<Finding> those(std::span<const Finding> findings, std::string_view claim,
                           std::string_view landscape) {
  std::vector<Finding> kept;
  for (const Finding& finding : findings)
    if (finding.claim == claim && finding.landscape == landscape) kept.push_back(finding);
  return kept;
}

/// "a, b".
std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// "2 of 3 reproduced; not reproduced: a", each of `verdicts` with its name.
std::string tally(const std::vector<std::pair<std::string, Verdict>>& verdicts, std::string_view done,
                  std::string_view undone) {
  std::vector<std::string> failed;
  std::vector<std::string> open;
  for (const auto& [name, verdict] : verdicts) {
    if (verdict == Verdict::not_reproduced) failed.push_back(name);
    if (verdict == Verdict::inconclusive) open.push_back(name);
  }
  std::string text =
      fmt::format("{} of {} {}", verdicts.size() - failed.size() - open.size(), verdicts.size(), done);
  if (!failed.empty()) text += fmt::format("; {}: {}", undone, joined(failed));
  if (!open.empty()) text += fmt::format("; inconclusive: {}", joined(open));
  return text;
}

/// Whether a wedge model shows what the other claims say, by the verdicts of their findings on it.
Finding replication(std::span<const Finding> findings, const std::string& landscape) {
  std::vector<std::pair<std::string, Verdict>> measured;
  std::vector<Finding> all;
  std::vector<std::string> missing;
  for (const experiment::Claim& claim : experiment::claims()) {
    if (claim.key == kModelClaim) continue;
    const std::vector<Finding> own = those(findings, claim.key, landscape);
    all.insert(all.end(), own.begin(), own.end());
    if (own.empty())
      missing.push_back(claim.title);
    else
      measured.emplace_back(claim.title, experiment::combine(own));
  }
  Finding finding;
  finding.claim = kModelClaim;
  finding.landscape = landscape;
  finding.criterion = "every other claim is reproduced on the wedge model";
  finding.prediction = "all of them";
  finding.measurement = tally(measured, "other claims reproduced", "not reproduced");
  finding.verdict = experiment::combine(all);
  if (!missing.empty()) {
    finding.reason = "not measured in this study: " + joined(missing);
    if (finding.verdict == Verdict::reproduced) finding.verdict = Verdict::inconclusive;
  }
  return finding;
}

/// One line for the table instead of a dozen: how many closed forms are met, and which are not.
nlohmann::json summary(const std::vector<Finding>& closed_forms, const Finding& replicated) {
  std::vector<std::pair<std::string, Verdict>> verdicts;
  std::vector<std::string> names;
  std::vector<Finding> all = {replicated};
  for (const Finding& finding : closed_forms) {
    verdicts.emplace_back(finding.experiment, finding.verdict);
    names.push_back(finding.experiment);
    all.push_back(finding);
  }
  return {{"verdict", experiment::to_string(experiment::combine(all))},
          {"measurement",
           fmt::format("{} ({}). {}{}", tally(verdicts, "predictions met", "not met"), joined(names),
                       replicated.measurement, replicated.reason.empty() ? "" : "; " + replicated.reason)}};
}

/// Adds to the claim about the model what follows from all findings on each wedge model that was judged.
void add_model_claim(std::span<const Finding> findings, std::vector<Finding>& own, nlohmann::json& row) {
  const std::vector<Finding> closed_forms = own;
  nlohmann::json summaries = nlohmann::json::object();
  for (const Finding& finding : closed_forms) {
    if (summaries.contains(finding.landscape)) continue;
    own.push_back(replication(findings, finding.landscape));
    summaries[finding.landscape] = summary(those(closed_forms, kModelClaim, finding.landscape), own.back());
  }
  if (!summaries.empty())
    row["summary"] = {
        {"prediction", "its closed forms, one for each experiment below"},
        {"criterion",
         "every experiment meets its closed form within the tolerance that it states, and every "
         "other claim is reproduced on the wedge model"},
        {"landscapes", std::move(summaries)}};
}

}  // namespace

nlohmann::json claims_table(std::span<const Finding> findings) {
  nlohmann::json table = nlohmann::json::array();
  for (const experiment::Claim& claim : experiment::claims()) {
    std::vector<Finding> own;
    for (const Finding& finding : findings)
      if (finding.claim == claim.key) own.push_back(finding);
    nlohmann::json row = {{"key", claim.key}, {"title", claim.title}, {"statement", claim.statement}};
    if (claim.key == kModelClaim) add_model_claim(findings, own, row);
    row["verdict"] = experiment::to_string(experiment::combine(own));
    row["findings"] = nlohmann::json::array();
    for (const Finding& finding : own) row["findings"].push_back(document(finding));
    table.push_back(std::move(row));
  }
  return table;
}

}  // namespace nwedge::report
