#pragma once
#include "convert.hpp"
#include "nwedge/callback_landscape.hpp"

namespace nwedge::python {

/// Python functions as a landscape's callbacks. `functions` holds, each a callable or None:
///   initial(seed) -> point
///   gradient(theta, split) -> (loss, gradient)
///   evaluate(points, split) -> (losses, accuracies or None)
///   batch_gradient(theta, indices) -> (loss, gradient)
///   hessian(theta, split) -> (v -> Hv)
/// Arrays that they get are read-only and stay valid for as long as somebody holds them; arrays that they
/// give are C-contiguous and float32 (losses, accuracies: float64), which `nwedge.landscape` sees to.
Callbacks to_callbacks(std::int64_t dimension, const nb::dict& functions);

}  // namespace nwedge::python
