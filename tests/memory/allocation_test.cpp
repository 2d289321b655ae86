// One allocation of a run fails, then another: the run ends or its cells fail, nothing breaks, and the next
// run has what the undisturbed one has. A program of its own, as it replaces `operator new`.
#include <gtest/gtest.h>

#include <map>
#include <new>
#include <utility>

#include "nwedge/core/parallel.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/study/run.hpp"
#include "nwedge/study/runner.hpp"
#include "tests/memory/failing_memory.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::study {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kText = R"(seeds = [0, 1]
[landscape.model]
kind = "wedge"
dimension = 20
short-directions = 4
[landscape.model.training]
steps = 5
[[experiment]]
kind = "barriers"
points = 3
)";

/// Counts allocations anew when the cells begin: pricing them before takes as many as there is time for.
struct FromTheCells final : RunObserver {
  std::int64_t failing = -1;  // from then on
  void begins(std::size_t, std::size_t, double) override {
    test::allocations = 0;
    test::failing_allocation = failing;
  }
};

RunSummary run(const fs::path& folder, RunObserver&& observer = RunObserver()) {
  Monitor monitor;
  return run_study(parse_study(kText, "s.toml"), kText, folder, false, observer, monitor);
}

std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::directory_iterator(folder / "records")) {
    std::string text = io::read_text(entry.path());
    if (entry.path().extension() == ".json") {
      auto document = nlohmann::json::parse(text);
      document.erase("provenance");
      text = document.dump();
    }
    all[entry.path().filename().string()] = text;
  }
  return all;
}

TEST(Allocation, AnyMayFailAndNothingIsLost) {
  const test::TemporaryFolder folder;
  set_thread_count(2);
  run(folder / "whole");
  const auto whole = contents(folder / "whole");
  test::allocations = 0;
  run(folder / "count");
  const std::int64_t all = test::allocations;
  ASSERT_GT(all, 1000);
  run(folder / "count-cells", FromTheCells());
  const std::int64_t of_cells = test::allocations;
  ASSERT_GT(of_cells, 100);
  int ended = 0;
  int cells_failed = 0;
  constexpr std::int64_t kTries = 60;
  for (std::int64_t i = 0; i < kTries; ++i) {
    const fs::path place = folder / "run";
    const bool in_cells = i % 2 == 1;
    const std::int64_t number = i * (in_cells ? of_cells : all) / kTries + i % 7;
    FromTheCells from_cells;
    from_cells.failing = number;
    test::allocations = 0;
    test::failing_allocation = in_cells ? -1 : number;
    try {
      const RunSummary summary = in_cells ? run(place, std::move(from_cells)) : run(place);
      for (const RunSummary::FailedCell& cell : summary.failed) {
        ++cells_failed;
        EXPECT_NE(cell.reason.find("not enough memory"), std::string::npos) << cell.reason;
      }
    } catch (const std::bad_alloc&) {
      ++ended;
    }
    test::failing_allocation = -1;
    EXPECT_EQ(run(place).failed.size(), 0u)
        << "after allocation " << number << (in_cells ? " of the cells" : "");
    EXPECT_EQ(contents(place), whole);
    fs::remove_all(place);
  }
  EXPECT_GT(ended, 0);
  EXPECT_GT(cells_failed, 0);
}

}  // namespace
}  // namespace nwedge::study
