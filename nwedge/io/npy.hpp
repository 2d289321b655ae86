#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/io/safetensors.hpp"

namespace nwedge::io {

/// What the beginning of an .npy file says (NumPy's format 1.0, 2.0 or 3.0):
/// 93 "NUMPY" major minor, the header's length, a Python dictionary of descr, fortran_order and shape.
struct NpyHeader {
  std::string type;  ///< "f4", "f8", "u1", "i4" or "i8", little-endian
  std::vector<std::int64_t> shape;
  std::uint64_t data_begin = 0;
  std::uint64_t data_size = 0;  ///< bytes that the shape needs
};

/// As many bytes as a header takes at most.
inline constexpr std::size_t kLongestNpyHeader = 12 + 65536;

/// Reads it from the first bytes of a file. Errors at `place`: no .npy file, an element type that is none of
/// those above, Fortran order, a shape that is too large, anything that NumPy does not write.
NpyHeader parse_npy_header(std::span<const std::uint8_t> bytes, std::string_view place);

/// The array of a whole file, called `name`; an `Error` where it is shorter or longer than its header says.
/// Memory grows with the bytes that are there.
Tensor parse_npy(std::span<const std::uint8_t> bytes, std::string name, std::string_view place);

}  // namespace nwedge::io
