#pragma once
#include <map>
#include <string_view>

#include "nwedge/network/onnx/translation.hpp"

namespace nwedge::network::onnx {

using Handlers = std::map<std::string_view, Handler>;

const Handlers& product_handlers();        ///< Conv, Gemm, MatMul
const Handlers& normalisation_handlers();  ///< normalisations, Softmax, Dropout
const Handlers& pool_handlers();           ///< pools and reductions
const Handlers& element_handlers();        ///< functions and arithmetic of entries
const Handlers& arrangement_handlers();    ///< shapes and copies
const Handlers& piece_handlers();          ///< parts of a value
const Handlers& padding_handlers();        ///< Pad

/// Entries of an axis, by index.
Flow gathered(Translation& t, const FileNode& step, Flow x, std::size_t axis, const Integers& indices);

/// y = op(a, b) entry by entry, with NumPy's broadcasting.
Flow combine(Translation& t, const FileNode& step, std::string_view op, const Operand& a, const Operand& b);

/// A function of each entry.
inline Flow apply(Translation& t, const FileNode& step, std::string_view op, const Flow& x,
                  Attributes attributes = {}) {
  return Flows::from(t.add(op, step, {x.id}, {}, std::move(attributes)), x.shape, x);
}

/// One number for all entries.
inline Operand uniform(double value) {
  return std::make_shared<const Array>(Array{{}, Floats{static_cast<float>(value)}});
}

}  // namespace nwedge::network::onnx
