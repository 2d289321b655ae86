#pragma once
#include <string>
#include <vector>

namespace nwedge::cli {

/// A path, and the option that it was given with.
struct NamedFile {
  std::string option;
  std::string path;  ///< of --data: as its option has it, "arrays:FILE" or "idx:FOLDER"
};

/// Throws when a file to be written is one that is read (or another that is written), under whatever path:
/// relative, or through links. Of a folder with data no file may be written over.
void require_apart(const NamedFile& output, const std::vector<NamedFile>& inputs);

/// Throws when a file that is read lies in the folder of a run to be written, where it may be written over.
void require_outside(const NamedFile& run, const std::vector<NamedFile>& inputs);

}  // namespace nwedge::cli
