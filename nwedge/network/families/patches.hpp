#pragma once
#include <string>

#include "nwedge/network/families/modules.hpp"

namespace nwedge::network {

/// The image in patches of `patch` x `patch` pixels, each through one linear layer: [tokens, width], row by
/// row; a convolution NAME whose stride is its size. Error: patches do not tile the image.
ValueId embed_patches(Modules& modules, const std::string& name, std::int64_t patch, std::int64_t width);

/// How many patches that is; the same error.
std::int64_t count_patches(const ModelRequest& request, std::int64_t patch);

/// fc1 to `hidden` features, the activation, dropout, fc2 back, dropout: over the last axis of x.
ValueId perceptron(Modules& modules, ValueId x, const std::string& name, std::int64_t hidden);

}  // namespace nwedge::network
