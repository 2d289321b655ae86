#pragma once
#include <cstdint>
#include <memory>

#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// The landscape under study on at most `examples` >= 1 examples of each split, a subset of its own: for
/// figures that need many evaluations. Null where it has no more than that, or no data at all. An `Error`
/// when it has more but cannot be made anew.
std::unique_ptr<Landscape> on_fewer_examples(const Input& input, std::int64_t examples);

}  // namespace nwedge::experiment
