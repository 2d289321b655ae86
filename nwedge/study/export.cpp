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

/// An array as numbers, its name split at the last dot.
struct Column {
  std::string prefix;
  std::string leaf;
  std::vector<std::int64_t> shape;
  std::vector<double> values;
};

/// Arrays of one record with a common prefix and shape, in the record's order.
struct Group {
  std::string prefix;
  std::vector<std::int64_t> shape;
  std::vector<Column> columns;
};

Column as_column(const io::Tensor& tensor) {
  const std::size_t dot = tensor.name.rfind('.');
  Column column;
  if (dot != std::string::npos) column.prefix = tensor.name.substr(0, dot);
  column.leaf = dot == std::string::npos ? tensor.name : tensor.name.substr(dot + 1);
  column.shape = tensor.shape;
  std::visit([&](const auto& values) { column.values.assign(values.begin(), values.end()); }, tensor.values);
  return column;
}

bool drawable(const io::Tensor& tensor) {
  return tensor.name.rfind("points.", 0) != 0 && !tensor.shape.empty() && tensor.size() > 0;
}

std::vector<Group> group(const io::TensorFile& arrays) {
  std::vector<Group> groups;
  for (const io::Tensor& tensor : arrays.tensors) {
    if (!drawable(tensor)) continue;
    Column column = as_column(tensor);
    auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& g) {
      return g.prefix == column.prefix && g.shape == column.shape;
    });
    if (found == groups.end()) found = groups.insert(groups.end(), {column.prefix, column.shape, {}});
    found->columns.push_back(std::move(column));
  }
  return groups;
}

/// What a grid's dimensions run over: the arrays x, y, z of its prefix where there are ones of the right
/// length, else 0, 1, 2, …
struct Axis {
  std::string name;
  std::vector<double> values;
  bool stored = false;
};

std::vector<Axis> axes_of(const Group& grid, const std::vector<Group>& groups) {
  std::vector<Axis> axes;
  for (std::size_t k = 0; k < grid.shape.size(); ++k) {
    Axis axis;
    const std::string name = k < 3 ? std::string(1, "xyz"[k]) : "";
    for (const Group& other : groups)
      for (const Column& column : other.columns)
        if (column.prefix == grid.prefix && column.leaf == name && column.shape == std::vector{grid.shape[k]})
          axis = {name, column.values, true};
    if (!axis.stored) {
      axis.name = fmt::format("index-{}", k);
      for (std::int64_t i = 0; i < grid.shape[k]; ++i) axis.values.push_back(static_cast<double>(i));
    }
    axes.push_back(std::move(axis));
  }
  return axes;
}

std::string quoted_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

/// One row for each element; a group of several dimensions has their coordinates in front.
std::string csv_of(const Group& group, const std::vector<Axis>& axes) {
  fmt::memory_buffer text;
  std::vector<std::string> head;
  for (const Axis& axis : axes) head.push_back(axis.name);
  for (const Column& column : group.columns) head.push_back(quoted_cell(column.leaf));
  fmt::format_to(std::back_inserter(text), "{}\n", fmt::join(head, ","));
  std::vector<std::size_t> index(axes.size());
  for (std::size_t row = 0; row < group.columns.front().values.size(); ++row) {
    const char* separator = "";
    for (std::size_t k = 0; k < axes.size(); ++k) {
      fmt::format_to(std::back_inserter(text), "{}{}", separator, axes[k].values[index[k]]);
      separator = ",";
    }
    for (const Column& column : group.columns) {
      fmt::format_to(std::back_inserter(text), "{}{}", separator, column.values[row]);
      separator = ",";
    }
    fmt::format_to(std::back_inserter(text), "\n");
    for (std::size_t k = axes.size(); k-- > 0 && ++index[k] == axes[k].values.size();) index[k] = 0;
  }
  return fmt::to_string(text);
}

const Column* find(const Group& group, const std::string& leaf) {
  const auto found = std::find_if(group.columns.begin(), group.columns.end(),
                                  [&](const Column& c) { return c.leaf == leaf; });
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
    const std::vector<Group> groups = group(arrays);
    std::set<std::string> used_as_axis;  // full names
    for (const Group& group : groups) {
      if (group.shape.size() < 2) continue;
      const std::vector<Axis> axes = axes_of(group, groups);
      for (const Axis& axis : axes)
        if (axis.stored) used_as_axis.insert(group.prefix + "." + axis.name);
      write_grid(group, axes);
    }
    for (Group curve : groups) {
      if (curve.shape.size() != 1) continue;
      std::erase_if(curve.columns,
                    [&](const Column& c) { return used_as_axis.contains(c.prefix + "." + c.leaf); });
      if (!curve.columns.empty()) write_curve(curve);
    }
  }

 private:
  std::filesystem::path name(const std::string& prefix, const std::string& leaf,
                             const std::string& extension) {
    std::string tail = (prefix.empty() ? "" : prefix + ".") + leaf;
    std::replace(tail.begin(), tail.end(), '/', '_');
    written_.push_back(stem_.string() + "." + tail + "." + extension);
    return written_.back();
  }

  void write_grid(const Group& grid, const std::vector<Axis>& axes) {
    const std::string& leaf = grid.columns.front().leaf;
    io::write_atomically(name(grid.prefix, leaf, "csv"), csv_of(grid, axes));
    if (axes.size() > 3) return;
    std::array<std::vector<double>, 3> coordinates = {{{0}, {0}, {0}}};
    for (std::size_t k = 0; k < axes.size(); ++k) coordinates[k] = axes[k].values;
    io::write_vtk_grid(name(grid.prefix, leaf, "vtr"), coordinates, fields(grid));
  }

  void write_curve(const Group& curve) {
    const std::string& leaf = curve.columns.front().leaf;
    io::write_atomically(name(curve.prefix, leaf, "csv"), csv_of(curve, {}));
    bool is_path = false;
    for (const Column& column : curve.columns) {
      if (!column.leaf.ends_with("-x")) continue;
      const std::string path = column.leaf.substr(0, column.leaf.size() - 2);
      const auto points = path_called(path, curve);
      if (!points) continue;
      is_path = true;
      io::write_vtk_line(name(curve.prefix, path, "vtp"), *points, fields(curve));
    }
    if (is_path) return;
    Coordinates points;  // along the first array, or 0, 1, 2, … where it is the only one
    for (const double x : curve.columns.front().values)
      points.push_back({curve.columns.size() > 1 ? x : static_cast<double>(points.size()), 0, 0});
    io::write_vtk_line(name(curve.prefix, leaf, "vtp"), points, fields(curve));
  }

  static std::vector<io::VtkField> fields(const Group& group) {
    std::vector<io::VtkField> fields;
    for (const Column& column : group.columns) fields.push_back({column.leaf, column.values});
    return fields;
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
