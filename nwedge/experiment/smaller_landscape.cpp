#include "nwedge/experiment/smaller_landscape.hpp"

#include <algorithm>

#include "nwedge/core/error.hpp"

namespace nwedge::experiment {

SmallerLandscape::SmallerLandscape(const Input& input, std::int64_t examples, std::string_view place)
    : place_(place), landscape_(&input.landscape) {
  const std::int64_t train = landscape_->examples(Split::train);
  const std::int64_t test = landscape_->examples(Split::test);
  if (examples == 0 || examples >= std::max(train, test)) return;
  if (!input.vary)
    throw Error(place, "examples must be 0: this landscape cannot be made with fewer examples");
  variant_ = input.vary(
      {{"train-examples", std::min(train, examples)}, {"test-examples", std::min(test, examples)}});
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

double batch_examples(const Landscape& landscape, std::int64_t batch_size) {
  return examples_used(landscape, batch_size);
}

}  // namespace nwedge::experiment
