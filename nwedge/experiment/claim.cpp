#include "nwedge/experiment/claim.hpp"

namespace nwedge::experiment {

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

}  // namespace nwedge::experiment
