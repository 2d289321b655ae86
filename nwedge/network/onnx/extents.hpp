#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nwedge/network/onnx/document.hpp"

namespace nwedge::network::onnx {

/// What ONNX's operators do to shapes, for constants and for values that flow alike. `inputs`: those of the
/// node that are constants, null where one is not or is left out. An `Error` at `place` says which must be.
using Constants = std::span<const ArrayPointer>;

/// Input i as a constant.
const Array& constant_at(Constants inputs, std::size_t i, const std::string& place);
Integers integers_of(const Array& array);

/// An axis of a shape of `rank` axes; negative ones count from the end.
std::size_t axis_of(std::int64_t axis, std::size_t rank, const std::string& place);

/// "axes", a setting or input 1; none where it is left out.
std::optional<std::vector<std::size_t>> axes_of(const FileNode& step, Constants inputs, std::size_t rank,
                                                const std::string& place);

/// The shape that Reshape, Flatten, Squeeze or Unsqueeze gives to `x`.
Shape renamed_shape(const FileNode& step, const Shape& x, Constants inputs, const std::string& place);

/// "perm" of Transpose.
std::vector<std::size_t> permutation_of(const FileNode& step, std::size_t rank, const std::string& place);

/// Of tuples [..., k] that index the k leading axes of `x`: the index of each in those axes taken as one.
Integers flat_indices(const Array& tuples, const Shape& x, const std::string& place);

/// Entries start, start + step, … of an axis, `count` of them.
struct Cut {
  std::size_t axis = 0;
  std::int64_t start = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;
};

/// The cuts of Slice, one an axis.
std::vector<Cut> slice_cuts(const FileNode& step, const Shape& x, Constants inputs, const std::string& place);
/// The cuts of Split, one an output.
std::vector<Cut> split_cuts(const FileNode& step, const Shape& x, Constants inputs, const std::string& place);

}  // namespace nwedge::network::onnx
