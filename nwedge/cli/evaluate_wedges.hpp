#pragma once
#include <string>

namespace nwedge::cli {

/// Losses, gradients and nearest wedges of many points of a wedge model. Reads tensor `points` [P, D]
/// float32; writes `loss` [P] float64, `gradient` [P, D] float32 and `nearest` [P] int64.
struct EvaluateWedgesArguments {
  std::string wedges;  ///< the model, from `nwedge wedges`
  std::string points;
  std::string output;
  bool as_json = false;
};

void run_evaluate_wedges(const EvaluateWedgesArguments& arguments);

}  // namespace nwedge::cli
