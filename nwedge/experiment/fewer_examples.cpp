#include "nwedge/experiment/fewer_examples.hpp"

#include <algorithm>

#include "nwedge/core/error.hpp"

namespace nwedge::experiment {

std::unique_ptr<Landscape> on_fewer_examples(const Input& input, std::int64_t examples) {
  const std::int64_t train = input.landscape.examples(Split::train);
  const std::int64_t test = input.landscape.examples(Split::test);
  if (examples >= std::max(train, test)) return nullptr;
  if (!input.vary)
    throw Error("examples", "this landscape cannot be made on fewer examples: set examples to 0");
  return input.vary(
      {{"train-examples", std::min(train, examples)}, {"test-examples", std::min(test, examples)}});
}

}  // namespace nwedge::experiment
