#pragma once
#include <memory>
#include <span>
#include <vector>

#include "nwedge/curvature.hpp"
#include "nwedge/network/engine/engine.hpp"

namespace nwedge::network {

/// The Hessian (or Gauss-Newton matrix) of the mean loss over `examples` at `point`, by the R-operator. Keeps
/// the forward and backward pass of as many micro-batches as fit in a gigabyte (shared by all live curvatures
/// of an engine) and runs the others again in each product. `buffers` normalise, and stand still. The engine
/// and the examples must outlive it.
///
/// Cost of a product with kept passes: of the Hessian 1.3 (mlp:200,200) to 2 (cnn) gradients, of the
/// Gauss-Newton matrix .85 (mlp) to .7 (cnn) of that.
std::unique_ptr<Curvature> make_curvature(Engine& engine, const Examples& examples,
                                          std::span<const float> point, std::vector<float> buffers,
                                          CurvatureMatrix matrix);

}  // namespace nwedge::network
