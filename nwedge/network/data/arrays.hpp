#pragma once
#include <span>
#include <string_view>

#include "nwedge/io/safetensors.hpp"
#include "nwedge/network/data/labelled_images.hpp"

namespace nwedge::network {

/// The names of all arrays that `read_array_split` looks for: train_images, x_train, ….
std::span<const std::string_view> array_names();

/// One split ("train" or "test") of a file's arrays:
///   images  `split`_images or x_`split`: [N, C, H, W], [N, H, W] or, features, [N, F]; float or U8, finite
///   labels  `split`_labels or y_`split`: [N] or [N, 1], whole numbers
///   targets `split`_targets or y_`split`, in place of labels where `with_targets`: [N] or [N, K], finite
/// Errors at `place` name the array, the rule and the value.
FloatImages read_array_split(const io::TensorFile& file, std::string_view split, bool with_targets,
                             std::string_view place);

/// The data set of such arrays, both splits of it.
DataSet assemble_arrays(const DataOptions& options, const io::TensorFile& file, std::string_view place);

}  // namespace nwedge::network
