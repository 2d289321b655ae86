#pragma once
#include "nwedge/core/parts.hpp"
#include "nwedge/io/safetensors.hpp"

namespace nwedge::io {

/// An array as part of an item of a loop that processes share, bit for bit, and back.
void put(ItemWriter& item, const Tensor& tensor);
Tensor tensor_of(ItemReader& item);

}  // namespace nwedge::io
