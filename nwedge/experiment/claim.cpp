#include "nwedge/experiment/claim.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "nwedge/experiment/judgement.hpp"

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
    case Verdict::illustration:
      return "illustration";
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
      {"permutation", "Separated by numbering",
       "Most of what separates independently trained optima is the numbering of their hidden units, the more "
       "so "
       "the wider the network.",
       false},
      {"long-directions", "Long directions",
       "From an optimum one can walk far at low loss, along many long directions.", false},
      {"hyper-parameters", "Training shapes the tunnel",
       "Learning rate, L2, dropout, width and batch size change the width of the radial tunnel in a similar "
       "way.",
       false},
  };
  return all;
}

Verdict combine(const std::vector<Finding>& findings) {
  const auto any = [&](Verdict verdict) {
    return std::any_of(findings.begin(), findings.end(),
                       [&](const Finding& finding) { return finding.verdict == verdict; });
  };
  for (const Verdict verdict : {Verdict::not_reproduced, Verdict::inconclusive, Verdict::illustration})
    if (any(verdict)) return verdict;
  return findings.empty() ? Verdict::inconclusive : Verdict::reproduced;
}

namespace {

/// What the criteria of one claim say of the control landscapes, one control a landscape.
std::vector<Control> control_landscapes(const std::vector<Finding>& on_controls) {
  std::map<std::string, std::vector<Finding>> by_landscape;
  for (const Finding& finding : on_controls) by_landscape[finding.landscape].push_back(finding);
  std::vector<Control> controls;
  for (const auto& [landscape, findings] : by_landscape) {
    Control control{landscape, "", combine(findings)};
    // An illustration holds: the control does not fail.
    for (const Finding& finding : findings)
      if (finding.verdict == control.verdict)
        control.measurement += (control.measurement.empty() ? "" : "; ") +
                               (finding.measurement.empty() ? finding.reason : finding.measurement);
    controls.push_back(std::move(control));
  }
  return controls;
}

}  // namespace

std::vector<ClaimVerdict> claim_verdicts(std::span<const Finding> findings) {
  std::vector<ClaimVerdict> verdicts;
  for (const Claim& claim : claims()) {
    ClaimVerdict answer{claim, {}, {}, Verdict::inconclusive, ""};
    std::vector<Finding> on_controls;
    for (const Finding& finding : findings)
      if (finding.claim == claim.key) (finding.on_control ? on_controls : answer.findings).push_back(finding);
    if (answer.findings.empty() && on_controls.empty()) continue;
    // A closed form can fail by itself; it needs no other landscape.
    if (claim.key != kModelClaim) answer.controls = control_landscapes(on_controls);
    for (const Finding& finding : answer.findings)
      for (Control control : finding.controls) {
        control.name += " (" + finding.landscape + ")";
        answer.controls.push_back(std::move(control));
      }
    answer.verdict = combine(answer.findings);
    if (answer.verdict == Verdict::reproduced)
      std::tie(answer.verdict, answer.reason) = against_controls(answer.controls);
    verdicts.push_back(std::move(answer));
  }
  return verdicts;
}

std::string tally(std::span<const std::pair<std::string, Verdict>> verdicts, std::string_view done,
                  std::string_view undone) {
  std::vector<std::string> failed;
  std::vector<std::string> open;
  std::vector<std::string> shown;
  for (const auto& [name, verdict] : verdicts) {
    if (verdict == Verdict::not_reproduced) failed.push_back(name);
    if (verdict == Verdict::inconclusive) open.push_back(name);
    if (verdict == Verdict::illustration) shown.push_back(name);
  }
  std::string text = fmt::format("{} of {} {}", verdicts.size() - failed.size() - open.size() - shown.size(),
                                 verdicts.size(), done);
  if (!failed.empty()) text += fmt::format("; {}: {}", undone, joined(failed));
  if (!shown.empty()) text += fmt::format("; illustrations: {}", joined(shown));
  if (!open.empty()) text += fmt::format("; inconclusive: {}", joined(open));
  return text;
}

namespace {

/// How many of the poster's other claims were measured on a landscape.
std::ptrdiff_t other_claims(std::span<const Finding> findings, const std::string& landscape) {
  return std::count_if(claims().begin(), claims().end(), [&](const Claim& claim) {
    return claim.key != kModelClaim && claim.on_poster && !those(findings, claim.key, landscape).empty();
  });
}

/// Whether a wedge model shows what the other claims say, by the verdicts of their findings on it.
Finding replication(std::span<const Finding> findings, const std::string& landscape) {
  std::vector<std::pair<std::string, Verdict>> measured;
  std::vector<Finding> all;
  std::vector<std::string> missing;
  for (const Claim& claim : claims()) {
    if (claim.key == kModelClaim || !claim.on_poster) continue;
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
    if (finding.claim == kModelClaim && !finding.on_control && seen.insert(finding.landscape).second &&
        other_claims(findings, finding.landscape) > 1)
      found.push_back(replication(findings, finding.landscape));
  return found;
}

}  // namespace nwedge::experiment
