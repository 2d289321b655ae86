#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/network/data/labelled_images.hpp"

namespace nwedge::network {

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

/// The files of `read_idx_split` for both splits: as many as there are.
std::vector<std::filesystem::path> idx_files(const std::filesystem::path& folder);

/// Both splits of `folder`, "train" and "t10k"; `classes` 0: as many as the training labels need.
DataSet load_idx(const DataOptions& options, const std::string& folder, std::int64_t classes);

}  // namespace nwedge::network
