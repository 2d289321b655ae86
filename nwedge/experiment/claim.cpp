#include "nwedge/experiment/claim.hpp"

#include <fmt/core.h>

#include <set>

namespace nwedge::experiment {
namespace {

/// "a, b".
std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::vector<Finding> those(std::span<const Finding> findings, std::string_view claim,
                           std::string_view landscape) {
  std::vector<Finding> kept;
  for (const Finding& finding : findings)
    if (finding.claim == claim && finding.landscape == landscape) kept.push_back(finding);
  return kept;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::reproduced:
      return "reproduced";
    case Verdict::not_reproduced:
      return "not reproduced";
    case Verdict::inconclusive:
      break;
  }
  return "inconclusive";
}

const std::vector<Claim>& claims() {
  static const std::vector<Claim> all = {
      {"observation-1", "No obstacles",
       "The loss falls without significant obstacles from the initial point to an optimum."},
      {"observation-2", "Solutions everywhere",
       "Optimising in a random low-dimensional section of weight space suffices to reach a low loss."},
      {"observation-3", "Connected optima",
       "Independently trained optima are separated on the straight line but joined by low-loss tunnels that "
       "random search does not find."},
      {"contribution-1", "Radial tunnels",
       "On planes through an optimum the low-loss set looks like a radial tunnel; planes through nothing in "
       "particular never show it."},
      {"contribution-2", "The explicit model",
       "The wedge model, built explicitly, shows every observed phenomenon and obeys its closed forms."},
      {"contribution-3", "m-tunnels",
       "m optima are joined by one low-loss m-tunnel, and its number of short directions grows with m."},
      {"contribution-4", "Intrinsic dimension",
       "The number of short directions is the intrinsic dimension: independent estimators agree."},
      {"contribution-5", "Averaging needs one wedge",
       "Weight averaging works exactly when its members share a wedge, that is, when no barrier separates "
       "them."},
  };
  return all;
}

Verdict combine(const std::vector<Finding>& findings) {
  Verdict verdict = findings.empty() ? Verdict::inconclusive : Verdict::reproduced;
  for (const Finding& finding : findings) {
    if (finding.verdict == Verdict::not_reproduced) return Verdict::not_reproduced;
    if (finding.verdict == Verdict::inconclusive) verdict = Verdict::inconclusive;
  }
  return verdict;
}

std::string tally(std::span<const std::pair<std::string, Verdict>> verdicts, std::string_view done,
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

namespace {

/// Whether a wedge model shows what the other claims say, by the verdicts of their findings on it.
Finding replication(std::span<const Finding> findings, const std::string& landscape) {
  std::vector<std::pair<std::string, Verdict>> measured;
  std::vector<Finding> all;
  std::vector<std::string> missing;
  for (const Claim& claim : claims()) {
    if (claim.key == kModelClaim) continue;
    const std::vector<Finding> own = those(findings, claim.key, landscape);
    all.insert(all.end(), own.begin(), own.end());
    if (own.empty())
      missing.push_back(claim.title);
    else
      measured.emplace_back(claim.title, combine(own));
  }
  Finding finding;
  finding.claim = kModelClaim;
  finding.landscape = landscape;
  finding.criterion = "every other claim is reproduced on the wedge model";
  finding.prediction = "all of them";
  finding.measurement = tally(measured, "other claims reproduced", "not reproduced");
  finding.verdict = combine(all);
  if (!missing.empty()) {
    finding.reason = "not measured in this study: " + joined(missing);
    if (finding.verdict == Verdict::reproduced) finding.verdict = Verdict::inconclusive;
  }
  return finding;
}

}  // namespace

std::vector<Finding> replications(std::span<const Finding> findings) {
  std::vector<Finding> found;
  std::set<std::string> seen;
  for (const Finding& finding : findings)
    if (finding.claim == kModelClaim && seen.insert(finding.landscape).second)
      found.push_back(replication(findings, finding.landscape));
  return found;
}

}  // namespace nwedge::experiment
