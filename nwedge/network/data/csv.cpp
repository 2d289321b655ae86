#include "nwedge/network/data/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <span>

#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/io/csv.hpp"
#include "nwedge/network/data/assemble.hpp"
#include "nwedge/network/data/reader.hpp"

namespace nwedge::network {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

/// The number that all of `text` is, if it is one.
std::optional<double> number_in(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// What the last column holds, as it stands there.
struct Answer {
  std::string text;
  std::int64_t line = 0;
};

class Table {
 public:
  Table(bool with_targets, std::string_view place) : with_targets_(with_targets), place_(place) {}

  void take(std::span<const std::string> fields, std::int64_t line) {
    if (columns_ == 0) {
      if (fields.size() < 2)
        fail(line, "a row must hold a feature at least and a label or target, holds 1 value");
      columns_ = fields.size();
      if (is_header(fields)) return;
    }
    if (fields.size() != columns_)
      fail(line,
           fmt::format("every row must hold {} values, as the first one, holds {}", columns_, fields.size()));
    for (const std::string& field : fields.first(columns_ - 1)) features_.push_back(feature(field, line));
    if (with_targets_)
      targets_.push_back(feature(fields.back(), line));
    else
      answers_.push_back({fields.back(), line});
  }

  /// After the last row.
  FloatImages finish(Names& names) {
    if (!with_targets_) drop_header();
    if (features_.empty()) throw Error(place_, "must hold rows of numbers, holds none");
    FloatImages images;
    images.shape = {static_cast<std::int64_t>(columns_) - 1, 1, 1};
    if (with_targets_) {
      images.target_size = 1;
      images.targets = std::move(targets_);
    } else {
      images.labels = labels(names);
    }
    images.pixels = std::move(features_);
    return images;
  }

 private:
  [[noreturn]] void fail(std::int64_t line, std::string_view rule) const {
    throw Error(fmt::format("{}:{}", place_, line), rule);
  }

  static bool is_header(std::span<const std::string> fields) {
    return std::all_of(fields.begin(), fields.end() - 1,
                       [](const std::string& field) { return !number_in(field); });
  }

  /// A first line of numbers whose label alone is a text was a header.
  void drop_header() {
    if (answers_.size() < 2 || number_in(answers_[0].text)) return;
    if (!std::all_of(answers_.begin() + 1, answers_.end(), [](const Answer& a) { return number_in(a.text); }))
      return;
    answers_.erase(answers_.begin());
    features_.erase(features_.begin(), features_.begin() + static_cast<std::ptrdiff_t>(columns_ - 1));
  }

  float feature(const std::string& field, std::int64_t line) const {
    const std::optional<double> value = number_in(field);
    if (!value || !std::isfinite(static_cast<float>(*value)))
      fail(line, fmt::format("features and targets must be finite numbers, one is \"{}\"", field));
    return static_cast<float>(*value);
  }

  std::vector<std::int32_t> labels(Names& names) const {
    const bool numbered =
        std::all_of(answers_.begin(), answers_.end(), [](const Answer& a) { return number_in(a.text); });
    return numbered && names.empty() ? numbered_labels() : named_labels(names);
  }

  std::vector<std::int32_t> numbered_labels() const {
    std::vector<std::int32_t> labels;
    for (const Answer& answer : answers_) {
      const double label = *number_in(answer.text);
      if (label != std::floor(label) || label < 0 || label >= kMaximumClasses)
        fail(answer.line, fmt::format("labels must be whole numbers from 0 to {}, or names, one is {}; for "
                                      "numbers to predict set task = \"regression\"",
                                      kMaximumClasses - 1, answer.text));
      labels.push_back(static_cast<std::int32_t>(label));
    }
    return labels;
  }

  std::vector<std::int32_t> named_labels(Names& names) const {
    const bool known = !names.empty();
    if (!known) {
      for (const Answer& answer : answers_) names.push_back(answer.text);
      std::sort(names.begin(), names.end());
      names.erase(std::unique(names.begin(), names.end()), names.end());
      if (static_cast<std::int64_t>(names.size()) > kMaximumClasses)
        throw Error(place_, fmt::format("there must be at most {} classes, the last column holds {} names",
                                        kMaximumClasses, names.size()));
    }
    std::vector<std::int32_t> labels;
    for (const Answer& answer : answers_) {
      if (answer.text.empty()) fail(answer.line, "a label must not be empty");
      const auto found = std::lower_bound(names.begin(), names.end(), answer.text);
      if (found == names.end() || *found != answer.text)
        fail(answer.line, fmt::format("label \"{}\" must be one of the training split's", answer.text));
      labels.push_back(static_cast<std::int32_t>(found - names.begin()));
    }
    return labels;
  }

  bool with_targets_;
  std::string place_;
  std::size_t columns_ = 0;  ///< 0: before the first row
  std::vector<float> features_;
  std::vector<float> targets_;
  std::vector<Answer> answers_;
};

FloatImages read(const fs::path& path, bool with_targets, Names& names) {
  return parse_csv(io::read_text(path), with_targets, names, path.string());
}

/// A file, or a folder with train.csv and test.csv.
DataSet load(const DataOptions& options, const std::string& name, std::string_view) {
  const fs::path path = name;
  const bool with_targets = options.task == "regression";
  std::error_code code;
  const bool divided = fs::is_directory(path, code);
  Names names;
  const FloatImages train = read(divided ? path / "train.csv" : path, with_targets, names);
  const auto classes = static_cast<std::int64_t>(names.size());
  if (!divided) return assemble(options, train, nullptr, classes, name);
  return assemble(
      options, train, [&] { return read(path / "test.csv", with_targets, names); }, classes, name);
}

std::vector<fs::path> files(const std::string& name) {
  const fs::path path = name;
  std::error_code code;
  std::vector<fs::path> found;
  if (fs::is_directory(path, code)) {
    for (const char* split : {"train.csv", "test.csv"})
      if (fs::exists(path / split, code)) found.push_back(path / split);
  } else if (fs::exists(path, code)) {
    found.push_back(path);
  }
  return found;
}

}  // namespace

FloatImages parse_csv(std::string_view text, bool with_targets, std::vector<std::string>& names,
                      std::string_view place) {
  Table table(with_targets, place);
  io::read_csv(text, place,
               [&](std::span<const std::string> fields, std::int64_t line) { table.take(fields, line); });
  return table.finish(names);
}

extern const Reader kCsvReader;
const Reader kCsvReader = {"csv", "FILE", true, load, files};

}  // namespace nwedge::network
