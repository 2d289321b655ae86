#include "nwedge/study/export.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

#include "nwedge/io/atomic_file.hpp"
#include "nwedge/io/vtk.hpp"

namespace nwedge::study {
namespace {

using nlohmann::json;
using Coordinates = std::vector<std::array<double, 3>>;

/// An array of a record as numbers.
struct Column {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<double> values;

  std::string prefix() const {
    return name.substr(0, name.rfind('.') == std::string::npos ? 0 : name.rfind('.') + 1);
  }
};

/// What a dimension of a grid runs over.
struct Axis {
  std::string name;      ///< of the array along it; "index-k" where there is none: then 0, 1, 2, …
  bool stored = false;   ///< there is one
  std::size_t slot = 0;  ///< where pictures show it: 0 for x, 1 for y, 2 for z
  std::vector<double> values;
};

/// Arrays of one record that belong side by side: over the same axes, or of one prefix and shape.
struct Group {
  std::vector<Axis> axes;  ///< one for each dimension; empty for curves
  std::vector<Column> columns;
};

std::vector<Column> columns_of(const io::TensorFile& arrays) {
  std::vector<Column> columns;
  for (const io::Tensor& tensor : arrays.tensors) {
    if (tensor.name.rfind("points.", 0) == 0 || tensor.shape.empty() || tensor.size() == 0) continue;
    Column column{tensor.name, tensor.shape, {}};
    std::visit([&](const auto& values) { column.values.assign(values.begin(), values.end()); },
               tensor.values);
    columns.push_back(std::move(column));
  }
  return columns;
}

/// The names that the array along dimension k of `grid` may have (docs/records.md), the likeliest first.
std::vector<std::string> axis_names(const Column& grid, std::size_t k) {
  std::vector<std::string> names = {fmt::format("{}axis-{}", grid.prefix(), k + 1)};
  if (k < 3) names.push_back(grid.prefix() + "xyz"[k]);
  const std::string first = grid.name.substr(0, grid.name.find('.'));
  const std::string stem = first.substr(0, first.find('-'));
  if (grid.shape.size() == 2)  // STEM-QUANTITY.REST: rows along STEM-y.REST
    names.push_back(fmt::format("{}-{}{}", stem, "yx"[k], grid.name.substr(first.size())));
  std::string words = first;
  while (words.find('-') != std::string::npos) {  // STEM-WORD-QUANTITY: all along WORD-axis or STEM-axis
    words = words.substr(0, words.rfind('-'));
    names.push_back(words.substr(words.rfind('-') + 1) + "-axis");
  }
  return names;
}

/// x, y or z when a part of the name is that letter or ends with it after a dash; else `otherwise`.
std::size_t slot_of(const std::string& name, std::size_t otherwise) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    const std::size_t letter = std::string_view("xyz").find(name[i]);
    const bool begins = i == 0 || name[i - 1] == '.' || name[i - 1] == '-';
    const bool ends = i + 1 == name.size() || name[i + 1] == '.';
    if (letter != std::string::npos && begins && ends) return letter;
  }
  return otherwise;
}

Axis find_axis(const Column& grid, std::size_t k, const std::vector<Column>& all) {
  for (const std::string& name : axis_names(grid, k))
    for (const Column& column : all)
      if (column.name == name && column.shape == std::vector{grid.shape[k]})
        return {name, true, slot_of(name, k), column.values};
  Axis axis{fmt::format("index-{}", k), false, k, {}};
  for (std::int64_t i = 0; i < grid.shape[k]; ++i) axis.values.push_back(static_cast<double>(i));
  return axis;
}

std::vector<Axis> axes_of(const Column& grid, const std::vector<Column>& all) {
  std::vector<Axis> axes;
  std::set<std::size_t> slots;
  for (std::size_t k = 0; k < grid.shape.size(); ++k) {
    axes.push_back(find_axis(grid, k, all));
    slots.insert(axes.back().slot);
  }
  for (std::size_t k = 0; k < axes.size(); ++k)
    if (slots.size() < axes.size()) axes[k].slot = k;
  return axes;
}

bool side_by_side(const Group& group, const std::vector<Axis>& axes, const Column& column) {
  if (group.columns.front().shape != column.shape) return false;
  bool stored = false;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    if (group.axes[k].name != axes[k].name) return false;
    stored = stored || axes[k].stored;
  }
  return stored || group.columns.front().prefix() == column.prefix();
}

/// Grids first, then the curves that are no grid's axis.
std::vector<Group> group(const std::vector<Column>& all) {
  std::vector<Group> groups;
  std::set<std::string> used;  // as an axis
  for (const bool curves : {false, true})
    for (const Column& column : all) {
      if ((column.shape.size() == 1) != curves || used.contains(column.name)) continue;
      const std::vector<Axis> axes = curves ? std::vector<Axis>{} : axes_of(column, all);
      for (const Axis& axis : axes) used.insert(axis.name);
      auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& g) {
        return g.axes.size() == axes.size() && side_by_side(g, axes, column);
      });
      if (found == groups.end()) found = groups.insert(groups.end(), {axes, {}});
      found->columns.push_back(column);
    }
  return groups;
}

std::string quoted_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

/// One row for each element; the coordinates of a grid in front.
std::string csv_of(const Group& group) {
  fmt::memory_buffer text;
  std::vector<std::string> head;
  for (const Axis& axis : group.axes) head.push_back(axis.name);
  for (const Column& column : group.columns) head.push_back(quoted_cell(column.name));
  fmt::format_to(std::back_inserter(text), "{}\n", fmt::join(head, ","));
  std::vector<std::size_t> index(group.axes.size());
  std::vector<double> row(head.size());
  for (std::size_t i = 0; i < group.columns.front().values.size(); ++i) {
    for (std::size_t k = 0; k < index.size(); ++k) row[k] = group.axes[k].values[index[k]];
    for (std::size_t c = 0; c < group.columns.size(); ++c) row[index.size() + c] = group.columns[c].values[i];
    fmt::format_to(std::back_inserter(text), "{}\n", fmt::join(row, ","));
    for (std::size_t k = index.size(); k-- > 0 && ++index[k] == group.axes[k].values.size();) index[k] = 0;
  }
  return fmt::to_string(text);
}

/// The columns of a grid as fields over (x, y, z).
std::vector<io::VtkField> fields_of(const Group& grid, const std::array<std::vector<double>, 3>& axes) {
  std::vector<io::VtkField> fields;
  for (const Column& column : grid.columns) {
    io::VtkField field{column.name, {}};
    std::array<std::size_t, 3> at = {};
    for (at[0] = 0; at[0] < axes[0].size(); ++at[0])
      for (at[1] = 0; at[1] < axes[1].size(); ++at[1])
        for (at[2] = 0; at[2] < axes[2].size(); ++at[2]) {
          std::size_t i = 0;
          for (const Axis& axis : grid.axes) i = i * axis.values.size() + at[axis.slot];
          field.values.push_back(column.values[i]);
        }
    fields.push_back(std::move(field));
  }
  return fields;
}

const Column* find(const Group& group, const std::string& name) {
  const auto found = std::find_if(group.columns.begin(), group.columns.end(),
                                  [&](const Column& c) { return c.name == name; });
  return found == group.columns.end() ? nullptr : &*found;
}

/// A path in a section: the arrays NAME-x, NAME-y and, where there is one, NAME-z.
std::optional<Coordinates> path_called(const std::string& name, const Group& curve) {
  const Column* x = find(curve, name + "-x");
  const Column* y = find(curve, name + "-y");
  const Column* z = find(curve, name + "-z");
  if (!x || !y) return {};
  Coordinates points;
  for (std::size_t i = 0; i < x->values.size(); ++i)
    points.push_back({x->values[i], y->values[i], z ? z->values[i] : 0});
  return points;
}

/// Writes the files of one record.
class RecordExport {
 public:
  RecordExport(std::filesystem::path stem, std::vector<std::filesystem::path>& written)
      : stem_(std::move(stem)), written_(written) {}

  void write(const io::TensorFile& arrays) {
    const std::vector<Column> all = columns_of(arrays);
    for (const Group& group : group(all)) {
      io::write_atomically(name(group.columns.front().name, "csv"), csv_of(group));
      if (group.axes.empty())
        write_curve(group);
      else if (group.axes.size() <= 3)
        write_grid(group);
    }
    for (const Column& column : all) write_paths(column);
  }

 private:
  std::filesystem::path name(std::string array, const std::string& extension) {
    std::replace(array.begin(), array.end(), '/', '_');
    written_.push_back(stem_.string() + "." + array + "." + extension);
    return written_.back();
  }

  void write_grid(const Group& grid) {
    std::array<std::vector<double>, 3> axes = {{{0}, {0}, {0}}};
    for (const Axis& axis : grid.axes) axes[axis.slot] = axis.values;
    io::write_vtk_grid(name(grid.columns.front().name, "vtr"), axes, fields_of(grid, axes));
  }

  void write_curve(const Group& curve) {
    std::vector<io::VtkField> fields;
    for (const Column& column : curve.columns) fields.push_back({column.name, column.values});
    bool is_path = false;
    for (const Column& column : curve.columns) {
      if (!column.name.ends_with("-x")) continue;
      const std::string path = column.name.substr(0, column.name.size() - 2);
      const auto points = path_called(path, curve);
      if (points) io::write_vtk_line(name(path, "vtp"), *points, fields);
      is_path = is_path || points;
    }
    if (is_path) return;
    Coordinates points;  // along the first array, or 0, 1, 2, … where it is the only one
    for (const double x : curve.columns.front().values)
      points.push_back({curve.columns.size() > 1 ? x : static_cast<double>(points.size()), 0, 0});
    io::write_vtk_line(name(curve.columns.front().name, "vtp"), points, fields);
  }

  /// An array called …path… or …trajectory… of two or three coordinates a point: [n, d], or several lines [m,
  /// n, d].
  void write_paths(const Column& column) {
    const std::string first = column.name.substr(0, column.name.find('.'));
    const std::size_t rank = column.shape.size();
    if (rank < 2 || rank > 3 || !(first.ends_with("path") || first.ends_with("trajectory"))) return;
    const auto length = static_cast<std::size_t>(column.shape[rank - 2]);
    const auto size = static_cast<std::size_t>(column.shape[rank - 1]);
    if (size < 2 || size > 3) return;
    const std::size_t lines = column.values.size() / (length * size);
    for (std::size_t line = 0; line < lines; ++line) {
      Coordinates points(length, {0, 0, 0});
      for (std::size_t i = 0; i < length; ++i)
        for (std::size_t j = 0; j < size; ++j) points[i][j] = column.values[(line * length + i) * size + j];
      io::write_vtk_line(name(rank == 2 ? column.name : fmt::format("{}.{}", column.name, line), "vtp"),
                         points, {});
    }
  }

  std::filesystem::path stem_;
  std::vector<std::filesystem::path>& written_;
};

/// One line for each number, text and truth value below `value`.
void append_results(const std::string& head, const std::string& key, const json& value,
                    fmt::memory_buffer& text) {
  if (value.is_structured()) {
    std::size_t index = 0;
    for (const auto& [name, entry] : value.items())
      append_results(head,
                     (key.empty() ? "" : key + ".") + (value.is_array() ? std::to_string(index++) : name),
                     entry, text);
    return;
  }
  const std::string shown = value.is_string() ? value.get<std::string>()
                            : value.is_null() ? "nan"
                                              : value.dump();
  fmt::format_to(std::back_inserter(text), "{},{},{}\n", head, quoted_cell(key), quoted_cell(shown));
}

}  // namespace

std::vector<std::filesystem::path> export_run(const Run& run, const std::filesystem::path& folder,
                                              Monitor& monitor) {
  std::vector<std::filesystem::path> written;
  fmt::memory_buffer results;
  fmt::format_to(std::back_inserter(results), "record,experiment,name,landscape,seeds,key,value\n");
  for (std::size_t i = 0; i < run.records.size(); ++i) {
    monitor.checkpoint(static_cast<double>(i) / static_cast<double>(run.records.size()));
    const RunRecord& record = run.records[i];
    const experiment::StoredRecord& stored = record.stored;
    const std::string head = fmt::format("{},{},{},{},{}", record.id, stored.experiment, stored.name,
                                         stored.landscape, fmt::join(stored.seeds, " "));
    append_results(head, "", stored.failure.empty() ? stored.result : json{{"failure", stored.failure}},
                   results);
    RecordExport(folder / record.id, written).write(run.arrays(record));
  }
  written.push_back(folder / "results.csv");
  io::write_atomically(written.back(), fmt::to_string(results));
  return written;
}

}  // namespace nwedge::study
