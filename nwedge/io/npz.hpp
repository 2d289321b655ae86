#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "nwedge/io/safetensors.hpp"

namespace nwedge::io {

/// The arrays of an .npz file (NumPy's savez or savez_compressed) whose names are among `names`: member
/// "NAME.npy" of a zip archive. What else it holds is not looked at. Errors at `place`, with the member: as
/// `ZipArchive` and `parse_npy`, and a name that is there twice. Memory grows with the bytes that come out,
/// at most one more than the array's header promises.
TensorFile parse_npz(std::span<const std::uint8_t> bytes, std::span<const std::string_view> names,
                     std::string_view place);

}  // namespace nwedge::io
