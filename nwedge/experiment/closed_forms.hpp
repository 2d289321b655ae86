#pragma once
#include <string>
#include <string_view>

#include "nwedge/experiment/claim.hpp"

namespace nwedge::experiment {

/// Closed forms of the wedge model beside what one experiment measured on it: the evidence for the claim that
/// the explicit model obeys them.
class ClosedForms {
 public:
  /// `what` names the quantity; a measurement is met within `tolerance` of its prediction, a NaN never is.
  void add(std::string_view what, double predicted, double measured, double tolerance);
  /// One that is met or not by another rule than a distance.
  void add(std::string_view what, const std::string& predicted, const std::string& measured, bool met);

  bool empty() const { return count_ == 0; }
  /// Reproduced when every one is met. `criterion` states the tolerances.
  Finding finding(std::string_view landscape, std::string_view experiment, std::string criterion) const;

 private:
  std::string predicted_;
  std::string measured_;
  int count_ = 0;
  int met_ = 0;
};

}  // namespace nwedge::experiment
