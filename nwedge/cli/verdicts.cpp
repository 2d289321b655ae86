#include "nwedge/cli/verdicts.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace nwedge::cli {
namespace {

using experiment::ClaimVerdict;
using experiment::Control;

/// "all 6 fail", "4 of 6 fail, not bowl, bowls"; "none" where there are none.
std::string controls_of(const ClaimVerdict& answer) {
  if (answer.controls.empty()) return "none";
  std::string standing;
  std::size_t failing = 0;
  for (const Control& control : answer.controls) {
    failing += control.fails();
    if (!control.fails()) standing += (standing.empty() ? "" : ", ") + control.name;
  }
  if (standing.empty()) return fmt::format("all {} fail", failing);
  return fmt::format("{} of {} fail, not {}", failing, answer.controls.size(), standing);
}

/// One line for each claim that was tested.
std::string table(const std::vector<ClaimVerdict>& verdicts) {
  std::string text =
      fmt::format("{:<28}{:<18}{:<11}{}\n", "Claim", "verdict", "findings", "negative controls");
  for (const ClaimVerdict& answer : verdicts)
    text += fmt::format("{:<28}{:<18}{:<11}{}\n", answer.claim.title, to_string(answer.verdict),
                        answer.findings.size(), controls_of(answer));
  return text;
}

/// One finding in full.
std::string sentences(const experiment::Claim& claim, const experiment::Finding& finding) {
  std::string text =
      fmt::format("{} on {}: {}\n", claim.title, finding.landscape, to_string(finding.verdict));
  for (const auto& [name, line] : {std::pair{"measured", &finding.measurement},
                                   {"predicted", &finding.prediction},
                                   {"because", &finding.reason}})
    if (!line->empty()) text += fmt::format("  {:<10}{}\n", name, *line);
  for (const Control& control : finding.controls)
    text += fmt::format("  {:<10}{} {}: {}\n", "control", control.name,
                        control.fails() ? "fails" : "does not fail", control.measurement);
  return text;
}

}  // namespace

std::string summary(std::span<const experiment::Finding> findings) {
  constexpr std::size_t kFew = 4;  // of one experiment on one or two landscapes
  const std::vector<ClaimVerdict> verdicts = experiment::claim_verdicts(findings);
  if (findings.size() > kFew) return table(verdicts);
  std::string text;
  for (const ClaimVerdict& answer : verdicts)
    for (const experiment::Finding& finding : answer.findings) text += sentences(answer.claim, finding);
  return text;
}

}  // namespace nwedge::cli
