#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace nwedge::io {

/// A number for each point of a grid or a line.
struct VtkField {
  std::string name;
  std::vector<double> values;
};

/// Writes a grid of points (x_i, y_j, z_k) with fields as a VTK XML rectilinear grid (.vtr). Fields are
/// row-major over (x, y, z), z fastest. An axis of one value makes a plane or a line.
void write_vtk_grid(const std::filesystem::path& path, const std::array<std::vector<double>, 3>& axes,
                    std::span<const VtkField> fields);

/// Writes the line through `points` in their order, with fields, as VTK XML polygonal data (.vtp).
void write_vtk_line(const std::filesystem::path& path, std::span<const std::array<double, 3>> points,
                    std::span<const VtkField> fields);

/// Writes a sheet of triangles, each three indices of `points`, as VTK XML polygonal data (.vtp).
void write_vtk_sheet(const std::filesystem::path& path, std::span<const std::array<double, 3>> points,
                     std::span<const std::array<std::int64_t, 3>> triangles,
                     std::span<const VtkField> fields);

}  // namespace nwedge::io
