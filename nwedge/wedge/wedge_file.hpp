#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::wedge {

/// Writes a model as safetensors, atomically. Tensors: `short_axes` [K, s] int64 (axis frames) or `frames`
/// [K, s, D] float32 (random ones, rows of a wedge orthonormal), and where they are not trivial
/// `short_centres` [K, s] float32, `long_centres` [K, D] float32, `stiffness` [s] float64. The metadata holds
/// every other field of `WedgeOptions` under its name, as JSON text.
void save_wedges(const std::filesystem::path& path, const WedgeModel& model);

/// Reads it back: the same losses bit for bit. Whatever the metadata leaves out has its default; axis frames
/// need `dimension`. Errors name the file: unreadable, unknown or missing tensors and fields, wrong types,
/// shapes or values.
std::unique_ptr<WedgeModel> load_wedges(const std::filesystem::path& path);

/// The same from bytes in memory; `place` names them in errors.
std::unique_ptr<WedgeModel> parse_wedges(std::span<const std::uint8_t> bytes, std::string_view place);

}  // namespace nwedge::wedge
