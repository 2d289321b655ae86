#include "nwedge/experiment/closed_forms.hpp"

#include <fmt/core.h>

#include <cmath>

namespace nwedge::experiment {

void ClosedForms::add(std::string_view what, double predicted, double measured, double tolerance) {
  add(what, fmt::format("{:.3g}", predicted), fmt::format("{:.3g}", measured),
      std::abs(measured - predicted) <= tolerance);
}

void ClosedForms::add(std::string_view what, const std::string& predicted, const std::string& measured,
                      bool met) {
  const std::string_view separator = count_ == 0 ? "" : ", ";
  predicted_ += fmt::format("{}{} {}", separator, what, predicted);
  measured_ += fmt::format("{}{} {}{}", separator, what, measured, met ? "" : " (not met)");
  ++count_;
  met_ += met;
}

Finding ClosedForms::finding(std::string_view landscape, std::string_view experiment,
                             std::string criterion) const {
  Finding finding;
  finding.claim = kModelClaim;
  finding.landscape = landscape;
  finding.experiment = experiment;
  finding.criterion = std::move(criterion);
  finding.prediction = predicted_;
  finding.measurement = measured_;
  if (empty())
    finding.reason = "no closed form holds for this variant";
  else
    finding.verdict = met_ == count_ ? Verdict::reproduced : Verdict::not_reproduced;
  return finding;
}

}  // namespace nwedge::experiment
