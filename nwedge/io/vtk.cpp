#include "nwedge/io/vtk.hpp"

#include <fmt/format.h>

#include <cstring>
#include <stdexcept>

#include "nwedge/core/base64.hpp"
#include "nwedge/io/atomic_file.hpp"

namespace nwedge::io {
namespace {

using Buffer = fmt::memory_buffer;

template <class... Arguments>
void append(Buffer& text, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(text), format, std::forward<Arguments>(arguments)...);
}

void require_size(const VtkField& field, std::size_t points) {
  if (field.values.size() != points)
    throw std::logic_error(
        fmt::format("VTK field {} has {} values for {} points", field.name, field.values.size(), points));
}

/// Names are kebab-case; XML's special characters never occur in them, but a file must stay well formed.
std::string escaped(const std::string& name) {
  std::string text;
  for (const char c : name) text += c == '"' || c == '<' || c == '&' ? '_' : c;
  return text;
}

/// Inline binary: the number of bytes, then the bytes. VTK's reader of text stops at a NaN.
template <class T>
void append_array(Buffer& text, const std::string& type, const std::string& name, int components,
                  std::span<const T> values) {
  const std::uint64_t size = values.size_bytes();
  std::vector<std::uint8_t> bytes(sizeof size + size);
  std::memcpy(bytes.data(), &size, sizeof size);
  if (size > 0) std::memcpy(bytes.data() + sizeof size, values.data(), size);
  append(text,
         "<DataArray type=\"{}\" Name=\"{}\" NumberOfComponents=\"{}\" format=\"binary\">{}</DataArray>\n",
         type, escaped(name), components, base64(bytes));
}

void append_fields(Buffer& text, std::span<const VtkField> fields) {
  append(text, "<PointData>\n");
  for (const VtkField& field : fields) append_array<double>(text, "Float64", field.name, 1, field.values);
  append(text, "</PointData>\n");
}

void append_points(Buffer& text, std::span<const std::array<double, 3>> points) {
  append(text, "<Points>\n");
  append_array<double>(text, "Float64", "Points", 3,
                       {points.empty() ? nullptr : points.front().data(), 3 * points.size()});
  append(text, "</Points>\n");
}

/// Cells of polygonal data: the point indices of all, and where each ends.
void append_cells(Buffer& text, const std::string& kind, std::span<const std::int64_t> indices,
                  std::int64_t corners) {
  std::vector<std::int64_t> ends;
  for (std::int64_t end = corners; end <= std::ssize(indices); end += corners) ends.push_back(end);
  append(text, "<{}>\n", kind);
  append_array<std::int64_t>(text, "Int64", "connectivity", 1, indices);
  append_array<std::int64_t>(text, "Int64", "offsets", 1, ends);
  append(text, "</{}>\n", kind);
}

void write(const std::filesystem::path& path, const std::string& kind, const Buffer& body) {
  const std::string head = fmt::format(
      "<?xml version=\"1.0\"?>\n<VTKFile type=\"{0}\" version=\"1.0\" byte_order=\"LittleEndian\" "
      "header_type=\"UInt64\">\n<{0}",
      kind);
  write_atomically(path, head + fmt::to_string(body) + fmt::format("</{}>\n</VTKFile>\n", kind));
}

void write_polygons(const std::filesystem::path& path, std::span<const std::array<double, 3>> points,
                    const std::string& kind, std::span<const std::int64_t> indices, std::int64_t corners,
                    std::span<const VtkField> fields) {
  for (const VtkField& field : fields) require_size(field, points.size());
  const std::int64_t cells = corners == 0 ? 0 : std::ssize(indices) / corners;
  Buffer body;
  append(body,
         ">\n<Piece NumberOfPoints=\"{}\" NumberOfVerts=\"0\" NumberOfLines=\"{}\" NumberOfStrips=\"0\" "
         "NumberOfPolys=\"{}\">\n",
         points.size(), kind == "Lines" ? cells : 0, kind == "Polys" ? cells : 0);
  append_fields(body, fields);
  append_points(body, points);
  append_cells(body, kind, indices, corners);
  append(body, "</Piece>\n");
  write(path, "PolyData", body);
}

}  // namespace

void write_vtk_grid(const std::filesystem::path& path, const std::array<std::vector<double>, 3>& axes,
                    std::span<const VtkField> fields) {
  const std::size_t nx = axes[0].size(), ny = axes[1].size(), nz = axes[2].size();
  const std::string extent = fmt::format("0 {} 0 {} 0 {}", nx - 1, ny - 1, nz - 1);
  std::vector<VtkField> transposed;
  for (const VtkField& field : fields) {
    require_size(field, nx * ny * nz);
    transposed.push_back({field.name, {}});
    for (std::size_t k = 0; k < nz; ++k)  // VTK runs over x fastest
      for (std::size_t j = 0; j < ny; ++j)
        for (std::size_t i = 0; i < nx; ++i)
          transposed.back().values.push_back(field.values[(i * ny + j) * nz + k]);
  }
  Buffer body;
  append(body, " WholeExtent=\"{0}\">\n<Piece Extent=\"{0}\">\n", extent);
  append_fields(body, transposed);
  append(body, "<Coordinates>\n");
  for (std::size_t axis = 0; axis < 3; ++axis)
    append_array<double>(body, "Float64", std::string(1, "xyz"[axis]), 1, axes[axis]);
  append(body, "</Coordinates>\n</Piece>\n");
  write(path, "RectilinearGrid", body);
}

void write_vtk_line(const std::filesystem::path& path, std::span<const std::array<double, 3>> points,
                    std::span<const VtkField> fields) {
  std::vector<std::int64_t> indices(points.size());
  for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = static_cast<std::int64_t>(i);
  write_polygons(path, points, "Lines", indices, std::ssize(indices), fields);
}

void write_vtk_sheet(const std::filesystem::path& path, std::span<const std::array<double, 3>> points,
                     std::span<const std::array<std::int64_t, 3>> triangles,
                     std::span<const VtkField> fields) {
  std::vector<std::int64_t> indices;
  for (const auto& triangle : triangles) indices.insert(indices.end(), triangle.begin(), triangle.end());
  write_polygons(path, points, "Polys", indices, 3, fields);
}

}  // namespace nwedge::io
