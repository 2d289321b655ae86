#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/network/data/data_set.hpp"

namespace nwedge::network {

/// One kind of data: "NAME" or "NAME:ARGUMENT" in `DataOptions::data`.
struct Reader {
  std::string_view name;
  std::string_view argument;  ///< "FOLDER", "FILE": must be given; in brackets: may be; "": is none
  bool has_targets = false;   ///< whether it takes task = "regression"
  DataSet (*load)(const DataOptions& options, const std::string& argument, std::string_view place) = nullptr;
  /// Every file that `load` may read, as far as it is there.
  std::vector<std::filesystem::path> (*files)(const std::string& argument) = nullptr;
};

/// All readers, in the order of the documentation.
std::span<const Reader* const> readers();

/// "fashion-mnist, idx:FOLDER, … or synthetic[:CxHxW[,CLASSES]]"
std::string reader_texts();

/// The reader that `data` names, and its argument.
struct NamedReader {
  const Reader* reader = nullptr;
  std::string argument;
};
/// None: there is no such reader, or its argument is missing.
std::optional<NamedReader> look_for_reader(std::string_view data);
/// An `Error` at `place` where there is none.
NamedReader find_reader(std::string_view data, std::string_view place);

}  // namespace nwedge::network
