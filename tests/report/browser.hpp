#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace nwedge::test {

/// What headless Chromium made of a report.
struct Rendering {
  std::string page;  ///< the document after its scripts ran
  std::map<std::string, std::string>
      data;  ///< what the page says of itself: panels, drawn, failed, errors, overflow, …
  std::vector<std::string> console;  ///< errors and warnings on the console

  int number(const std::string& name) const;  ///< -1 when absent
};

/// Whether Chromium is on this machine.
bool has_browser();

/// Path of axe-core's script, which is brought on first use; "" where it cannot be had.
std::string axe_script();

/// Opens the file from the file system in a window `width` pixels wide, draws every panel and reads the page
/// back. `query` is added to the address ("theme=dark"); "print" prints straight after loading, before the
/// panels are drawn. With `axe`, the script of axe-core, what it finds is counted as `violations`.
Rendering render(const std::filesystem::path& report, int width, const std::string& query = "",
                 const std::string& axe = "");

}  // namespace nwedge::test
