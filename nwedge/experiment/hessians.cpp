#include "nwedge/experiment/hessians.hpp"

#include <algorithm>

#include "nwedge/core/error.hpp"

namespace nwedge::experiment {

SmallerLandscape::SmallerLandscape(const Input& input, std::int64_t examples, std::string_view place)
    : place_(place), landscape_(&input.landscape) {
  if (examples == 0 || examples >= input.landscape.examples(Split::train)) return;
  if (!input.vary)
    throw Error(place, "examples must be 0: this landscape cannot be made with fewer examples");
  variant_ = input.vary({{"train-examples", examples}});
  landscape_ = variant_.get();
}

const CurvedLandscape& SmallerLandscape::curved() const {
  const auto* curved = dynamic_cast<const CurvedLandscape*>(landscape_);
  if (curved == nullptr) throw Error(place_, "needs a landscape with Hessian-vector products");
  return *curved;
}

double examples_used(const Landscape& landscape, std::int64_t examples) {
  const std::int64_t all = std::max<std::int64_t>(1, landscape.examples(Split::train));
  return static_cast<double>(examples == 0 ? all : std::min(examples, all));
}

nlohmann::json to_json(const spectrum::Estimate& estimate) {
  return {{"value", estimate.value}, {"standard-error", estimate.standard_error}};
}

}  // namespace nwedge::experiment
