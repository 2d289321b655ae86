#include "nwedge/report/report.hpp"

#include "nwedge/io/atomic_file.hpp"
#include "nwedge/report/contents.hpp"
#include "nwedge/report/page.hpp"
#include "nwedge/study/run.hpp"

namespace nwedge::report {

std::filesystem::path write_report(const std::filesystem::path& run) {
  std::filesystem::path path = run / "report.html";
  io::write_atomically(path, assemble_page(page_contents(study::read_run(run))));
  return path;
}

}  // namespace nwedge::report
