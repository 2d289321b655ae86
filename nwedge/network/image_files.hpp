#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "nwedge/io/safetensors.hpp"
#include "nwedge/landscape.hpp"
#include "nwedge/network/data_set.hpp"

namespace nwedge::network {

/// Labelled images as a file holds them, before standardisation.
template <class Pixel>
struct LabelledImages {
  ImageShape shape;
  std::vector<Pixel> pixels;         ///< [N, C, H, W]
  std::vector<std::int32_t> labels;  ///< [N]
};
using ByteImages = LabelledImages<std::uint8_t>;
using FloatImages = LabelledImages<float>;

/// A byte array of an IDX file [lecun1998]: 00 00 08 dims, dims big-endian 32-bit extents, the values.
struct IdxArray {
  std::vector<std::int64_t> extents;
  std::vector<std::uint8_t> values;
};

/// Parses an IDX file of `dimensions` extents, gzip or not. Memory grows with the bytes that are there, not
/// with what the header claims. Errors at `place`: wrong magic number, other element type, too few or too
/// many bytes.
IdxArray parse_idx(std::span<const std::uint8_t> bytes, int dimensions, std::string_view place);

/// Images [N, H, W] and labels [N] of one split in `folder`, under the names of MNIST:
/// `prefix`-images-idx3-ubyte and `prefix`-labels-idx1-ubyte (or with a dot before idx), with or without .gz.
ByteImages read_idx_split(const std::filesystem::path& folder, std::string_view prefix);

/// The files of `read_idx_split` for both splits, those of `read_cifar10_split`: as many as there are.
std::vector<std::filesystem::path> idx_files(const std::filesystem::path& folder);
std::vector<std::filesystem::path> cifar10_files(const std::filesystem::path& folder);

/// Appends the records of a CIFAR-10 binary file [krizhevsky2009]: one label byte, then 3x32x32 pixels each.
void parse_cifar10(std::span<const std::uint8_t> bytes, std::string_view place, ByteImages& examples);

/// data_batch_1.bin … data_batch_5.bin (training) or test_batch.bin of `folder`.
ByteImages read_cifar10_split(const std::filesystem::path& folder, Split split);

/// `split`_images [N, C, H, W] or [N, H, W] (F32, F64 or U8, finite) and `split`_labels [N] (integers) of a
/// safetensors file; `split` is "train" or "test".
FloatImages read_array_split(const io::TensorFile& file, std::string_view split, std::string_view place);

}  // namespace nwedge::network
