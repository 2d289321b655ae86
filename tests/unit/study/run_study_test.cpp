#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/study/run.hpp"
#include "nwedge/study/runner.hpp"
#include "tests/support/monitors.hpp"
#include "tests/support/threads.hpp"

namespace nwedge::study {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kText = R"(seeds = [0, 1]
[landscape.model]
kind = "wedge"
dimension = 200
wedges = 3
short-directions = 10
gradient-noise = 0.1
[landscape.model.training]
steps = 50
record-points = 4
[landscape.runaway]
kind = "wedge"
dimension = 20
short-directions = 4
[landscape.runaway.training]
steps = 5000
learning-rate = 1000.0
schedule = "constant"
)";

/// A folder that goes away with the test.
class StudyRun : public testing::Test {
 public:
  ~StudyRun() override { fs::remove_all(folder_); }

 protected:
  StudyRun()
      : folder_(fs::path(testing::TempDir()) /
                testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::remove_all(folder_);
  }

  RunSummary run(const std::string& name, std::string_view text = kText, bool resume = false) {
    return run_study(parse_study(text, "s.toml"), text, folder_ / name, resume, observer_, monitor_);
  }

  /// Every file of a run's records; of the JSON files all but the provenance.
  std::map<std::string, std::string> contents(const std::string& name) const {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::directory_iterator(folder_ / name / "records")) {
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

  struct Observer final : RunObserver {
    void notes(std::string_view line) override { lines.emplace_back(line); }
    std::vector<std::string> lines;
  } observer_;
  Monitor monitor_;
  fs::path folder_;
};

TEST_F(StudyRun, WritesOneRecordForEachCell) {
  const RunSummary summary = run("a");
  EXPECT_EQ(summary.cells, 4u);
  EXPECT_EQ(summary.computed, 4u);
  EXPECT_EQ(summary.failed.size(), 2u) << "the runaway trainings";
  const auto read = read_run(folder_ / "a");
  ASSERT_EQ(read.records.size(), 4u);
  EXPECT_EQ(read.records[0].id, "train.model.seed-0");
  EXPECT_EQ(read.records[0].stored.failure, "");
  EXPECT_LT(read.records[0].stored.result["optimum"]["train"]["loss"],
            read.records[0].stored.result["initial"]["train"]["loss"]);
  EXPECT_TRUE(read.records[0].stored.result["optimum"]["train"]["accuracy"].is_null());
  EXPECT_EQ(read.arrays(read.records[0]).find("points.trajectory")->shape,
            (std::vector<std::int64_t>{5, 200}));
  EXPECT_NE(read.records[2].stored.failure, "");
  EXPECT_TRUE(read.missing.empty());
}

TEST_F(StudyRun, GivesTheSameBytesOnOneAndTwoThreads) {
  {
    const test::WithThreads one(1);
    run("one");
  }
  const test::WithThreads two(2);
  run("two");
  EXPECT_EQ(contents("one"), contents("two"));
}

TEST_F(StudyRun, StoppedAndContinuedEqualsUninterrupted) {
  run("whole");
  int stops = 0;
  for (int checkpoints = 1; checkpoints < 200; checkpoints += 23) {
    test::StoppingMonitor stop(checkpoints);
    try {
      run_study(parse_study(kText, "s.toml"), kText, folder_ / "parts", false, observer_, stop);
    } catch (const Cancelled&) {
      ++stops;
    }
  }
  EXPECT_GT(stops, 1);
  run("parts");
  EXPECT_EQ(contents("whole"), contents("parts"));
}

TEST_F(StudyRun, SkipsFinishedCellsAndDoesNotTouchTheirFiles) {
  run("a");
  const fs::path file = folder_ / "a/records/train.model.seed-0.json";
  const auto before = fs::last_write_time(file);
  const RunSummary again = run("a");
  EXPECT_EQ(again.computed, 0u);
  EXPECT_EQ(again.reused, 4u);
  EXPECT_EQ(again.failed.size(), 2u) << "a training that diverged is not tried again, but still told";
  EXPECT_EQ(fs::last_write_time(file), before);
}

TEST_F(StudyRun, RecomputesDamagedRecordsAndSaysSo) {
  run("a");
  const auto whole = contents("a");
  const fs::path records = folder_ / "a/records";
  fs::resize_file(records / "train.model.seed-0.json", 100);
  fs::resize_file(records / "train.model.seed-1.safetensors", 100);
  std::string edited = io::read_text(records / "train.runaway.seed-0.json");
  edited.replace(edited.find("finite"), 6, "funny ");
  io::write_atomically(records / "train.runaway.seed-0.json", edited);
  EXPECT_EQ(read_run(folder_ / "a").problems.size(), 3u);
  const RunSummary summary = run("a");
  EXPECT_EQ(summary.computed, 3u);
  EXPECT_EQ(observer_.lines.size(), 3u);
  EXPECT_EQ(contents("a"), whole);
}

TEST_F(StudyRun, KeepsToItsOwnFolder) {
  run("a");
  std::string other(kText);
  other.replace(other.find("dimension = 200"), 15, "dimension = 201");
  EXPECT_THROW(run("a", other), Error) << "changed, without resume";
  EXPECT_EQ(run("a", other, true).reused, 2u) << "changed, with resume: the other landscape's cells count";
  std::string foreign = other.substr(0, other.find("[landscape.runaway]"));
  foreign.replace(foreign.find("dimension = 201"), 15, "dimension = 202");
  EXPECT_THROW(run("a", foreign, true), Error) << "nothing in common";
  io::write_atomically(folder_ / "letters/letter.txt", "Dear");
  EXPECT_THROW(run("letters"), Error) << "a folder of other things";
}

/// One short training of one wedge model, from the seeds 0 and so on, and one experiment with these lines.
std::string study_of(int seeds, const std::string& experiment, const std::string& training = "") {
  std::string text = "seeds = [0";
  for (int seed = 1; seed < seeds; ++seed) text += ", " + std::to_string(seed);
  return text +
         "]\n[landscape.model]\nkind = \"wedge\"\ndimension = 20\nshort-directions = 4\n"
         "[landscape.model.training]\nsteps = 5\n" +
         training + "[[experiment]]\nkind = " + experiment;
}

TEST_F(StudyRun, WhatTheOptionsAloneShowToBeWrongIsFoundBeforeAnyWork) {
  const std::string wrong[] = {
      study_of(1, "\"barriers\""),
      study_of(1, "\"tunnel\""),
      study_of(2, "\"section\"\ndirections = \"points\"\ngrid = [3, 3]"),
      study_of(2, "\"section\"\ngrid = [2, 2, 2]").replace(41, 14, "dimension = 2 "),
      study_of(1, "\"section\"\ndirections = \"components\"\ngrid = [3, 3]"),
      study_of(1, "\"section\"\ndirections = \"components\"\ngrid = [3, 3]", "record-points = 1\n"),
      study_of(1, "\"subspace\"\ndimensions = [21, 40]"),
      study_of(1, "\"subspace\"\ndimensions = [2]\ntarget = \"accuracy\""),
      study_of(1, "\"intrinsic-dimension\"\ndimensions = [21]"),
      study_of(1, "\"hyper-parameters\""),
      study_of(1, "\"hyper-parameters\"\ndropouts = [0.1]"),
      study_of(1, "\"ensemble\""),
      study_of(1, "\"ensemble\"\ncycle-steps = 2\nstart-fraction = 0.5"),
      study_of(1, "\"m-tunnel\"\nconnector-dimensions = [30]"),
  };
  for (const std::string& text : wrong) {
    EXPECT_THROW(run("a", text), Error) << text;
    EXPECT_FALSE(fs::exists(folder_ / "a")) << text;
  }
  EXPECT_EQ(run("a", study_of(2, "\"barriers\"")).failed.size(), 0u);
}

TEST_F(StudyRun, MissingRunIsAnError) { EXPECT_THROW(read_run(folder_ / "none"), Error); }

}  // namespace
}  // namespace nwedge::study
