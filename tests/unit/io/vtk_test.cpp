#include "nwedge/io/vtk.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "nwedge/core/base64.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::io {
namespace {

/// What a data array of these values looks like in a file: their number of bytes, then the bytes.
template <class T>
std::string inline_binary(const std::vector<T>& values) {
  const std::uint64_t size = values.size() * sizeof(T);
  std::vector<std::uint8_t> bytes(8 + size);
  std::memcpy(bytes.data(), &size, 8);
  std::memcpy(bytes.data() + 8, values.data(), size);
  return ">" + base64(bytes) + "</DataArray>";
}

void expect_holds(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
}

TEST(Vtk, GridRunsOverXFastestAndKeepsNaN) {
  const test::TemporaryFolder folder;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<VtkField> fields = {{"loss", {0, 1, 2, 10, 11, nan}}};  // over (x, y), y fastest
  write_vtk_grid(folder / "grid.vtr", {{{-1, 1}, {0, 1, 2}, {0}}}, fields);
  const std::string text = read_text(folder / "grid.vtr");
  expect_holds(text, "<VTKFile type=\"RectilinearGrid\"");
  expect_holds(text, "WholeExtent=\"0 1 0 2 0 0\"");
  expect_holds(text, inline_binary<double>({0, 10, 1, 11, 2, nan}));
  expect_holds(text, inline_binary<double>({-1, 1}));
}

TEST(Vtk, LineVisitsItsPointsInOrder) {
  const test::TemporaryFolder folder;
  const std::vector<std::array<double, 3>> points = {{0, 0, 0}, {1, 2, 3}, {4, 5, 6}};
  write_vtk_line(folder / "line.vtp", points, {});
  const std::string text = read_text(folder / "line.vtp");
  expect_holds(text, "NumberOfPoints=\"3\"");
  expect_holds(text, "NumberOfLines=\"1\"");
  expect_holds(text, inline_binary<double>({0, 0, 0, 1, 2, 3, 4, 5, 6}));
  expect_holds(text, inline_binary<std::int64_t>({0, 1, 2}));
  expect_holds(text, inline_binary<std::int64_t>({3}));
}

TEST(Vtk, SheetHasThreeCornersATriangle) {
  const test::TemporaryFolder folder;
  const std::vector<std::array<double, 3>> points = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {1, 1, 0}};
  const std::vector<std::array<std::int64_t, 3>> triangles = {{0, 1, 2}, {1, 3, 2}};
  const std::vector<VtkField> fields = {{"loss", {1, 2, 3, 4}}};
  write_vtk_sheet(folder / "sheet.vtp", points, triangles, fields);
  const std::string text = read_text(folder / "sheet.vtp");
  expect_holds(text, "NumberOfPolys=\"2\"");
  expect_holds(text, inline_binary<std::int64_t>({0, 1, 2, 1, 3, 2}));
  expect_holds(text, inline_binary<std::int64_t>({3, 6}));
}

TEST(Vtk, FieldOfTheWrongSizeIsABug) {
  const test::TemporaryFolder folder;
  const std::vector<VtkField> fields = {{"loss", {1}}};
  EXPECT_THROW(write_vtk_grid(folder / "grid.vtr", {{{0, 1}, {0}, {0}}}, fields), std::logic_error);
}

}  // namespace
}  // namespace nwedge::io
