#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "nwedge/core/error.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/io/safetensors.hpp"
#include "nwedge/study/run.hpp"
#include "nwedge/study/runner.hpp"
#include "tests/support/expect_error.hpp"
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

TEST_F(StudyRun, SaysWhereInstructionSetsMix) {
  run("a");
  const fs::path records = folder_ / "a/records";
  auto document = nlohmann::json::parse(io::read_text(records / "train.model.seed-0.json"));
  document["provenance"]["processor"] = "Some processor, altivec";
  io::write_atomically(records / "train.model.seed-0.json", document.dump());
  run("a");
  EXPECT_TRUE(observer_.lines.empty()) << "nothing is left to compute";
  fs::remove(records / "train.model.seed-1.json");
  const RunSummary summary = run("a");
  EXPECT_EQ(summary.reused, 3u);
  ASSERT_EQ(observer_.lines.size(), 1u);
  EXPECT_NE(observer_.lines[0].find("1 of 4 records were computed with altivec"), std::string::npos)
      << observer_.lines[0];
  run("a");
  EXPECT_EQ(observer_.lines.size(), 1u);
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
      study_of(1, "\"hyper-parameters\"\ndropouts = [0.1]"),
      study_of(1, "\"ensemble\"\ncycle-steps = 2\nstart-fraction = 0.5"),
      study_of(1, "\"m-tunnel\"\nconnector-dimensions = [30]"),
  };
  for (const std::string& text : wrong) {
    EXPECT_THROW(run("a", text), Error) << text;
    EXPECT_FALSE(fs::exists(folder_ / "a")) << text;
  }
  EXPECT_EQ(run("a", study_of(2, "\"barriers\"")).failed.size(), 0u);
}

TEST_F(StudyRun, AFolderAsACrashLeavesItGoesOn) {
  run("whole");
  const auto whole = contents("whole");
  const auto left = [&](const std::string& name, const std::string& text) {
    io::write_atomically(folder_ / "a" / name, text);
    EXPECT_EQ(run("a").cells, 4u) << name;
    EXPECT_EQ(contents("a"), whole) << name;
  };
  left("study.toml", "x");
  EXPECT_EQ(io::read_text(folder_ / "a/study.toml"), kText);
  EXPECT_EQ(io::read_text(folder_ / "a/study.toml.old"), "x") << "somebody may have written it";
  fs::remove_all(folder_ / "a");
  left(".plan.json.aB3xYz", "half");
  EXPECT_FALSE(fs::exists(folder_ / "a/.plan.json.aB3xYz")) << "its writer is dead";
  left("records/.train.model.seed-0.json.Ab0000", "half");
  EXPECT_EQ(fs::exists(folder_ / "a/records/.train.model.seed-0.json.Ab0000"), false);
  fs::remove(folder_ / "a/plan.json");
  EXPECT_EQ(run("a").reused, 4u) << "known by its records";
  fs::remove_all(folder_ / "a/records");
  EXPECT_EQ(run("a").computed, 4u);
  EXPECT_EQ(contents("a"), whole);
}

TEST_F(StudyRun, ADamagedPlanDoesNotLetAnotherStudyIn) {
  run("a");
  std::string other(kText);
  other.replace(other.find("dimension = 200"), 15, "dimension = 201");
  other = other.substr(0, other.find("[landscape.runaway]"));
  fs::resize_file(folder_ / "a/plan.json", 500);
  EXPECT_THROW(run("a", other), Error);
  EXPECT_THROW(run("a", other, true), Error);
  EXPECT_EQ(run("a").reused, 4u) << "the study itself goes on, and mends the plan";
  EXPECT_EQ(read_run(folder_ / "a").records.size(), 4u);
}

TEST_F(StudyRun, AFinishedRunIsNotWrittenAgain) {
  run("a");
  const auto plan = fs::last_write_time(folder_ / "a/plan.json");
  const auto study = fs::last_write_time(folder_ / "a/study.toml");
  EXPECT_EQ(run("a").computed, 0u);
  EXPECT_EQ(fs::last_write_time(folder_ / "a/plan.json"), plan);
  EXPECT_EQ(fs::last_write_time(folder_ / "a/study.toml"), study);
}

TEST_F(StudyRun, EveryWriteMayFailAndNothingIsLost) {
  const std::string text = study_of(2, "\"barriers\"\npoints = 3");
  run("whole", text);
  const auto whole = contents("whole");
  int failures = 0;
  for (std::int64_t call = 0;; ++call) {
    io::fail_write_call(call);
    bool failed = false;
    try {
      run("a", text);
    } catch (const Error& error) {
      failed = true;
      ++failures;
      EXPECT_NE(std::string(error.what()).find("No space left"), std::string::npos) << error.what();
    }
    io::fail_write_call(-1);
    EXPECT_EQ(run("a", text).failed.size(), 0u) << "after the failure of call " << call;
    EXPECT_EQ(contents("a"), whole) << "after the failure of call " << call;
    fs::remove_all(folder_ / "a");
    if (!failed) break;
  }
  EXPECT_GT(failures, 20) << "a run of three cells writes eight files of several calls each";
}

/// Throws when asked to run, or gives a record that cannot be written.
class Broken final : public experiment::Experiment {
 public:
  std::string_view name() const override { return "barriers"; }
  std::string_view title() const override { return "Broken"; }
  experiment::Grain grain() const override { return experiment::Grain::all_optima; }
  void visit(OptionVisitor&) override {}
  double cost(const Landscape&, const optimize::Options&, std::int64_t) const override { return 1; }
  experiment::Record run(const experiment::Input&, Monitor&) const override {
    experiment::Record record;
    record.arrays = {{"t", {1}, std::vector<double>{1}}, {"t", {1}, std::vector<double>{2}}};
    return record;
  }

 private:
  std::vector<experiment::Finding> do_judge(std::span<const experiment::StoredRecord>) const override {
    return {};
  }
};

TEST_F(StudyRun, ARecordThatCannotBeWrittenIsItsCellsFailureAlone) {
  const std::string text = study_of(2, "\"straight-line\"") + "\n[[experiment]]\nkind = \"barriers\"";
  Study study = parse_study(text, "s.toml");
  study.experiments.back().experiment = std::make_shared<Broken>();
  const RunSummary summary = run_study(study, text, folder_ / "a", false, observer_, monitor_);
  ASSERT_EQ(summary.failed.size(), 1u);
  EXPECT_EQ(summary.failed[0].id, "barriers.model");
  EXPECT_NE(summary.failed[0].reason.find("twice"), std::string::npos) << summary.failed[0].reason;
  EXPECT_TRUE(summary.bug);
  EXPECT_EQ(summary.computed, summary.cells) << "all others ran";
  EXPECT_EQ(read_run(folder_ / "a").records.size(), summary.cells);
}

/// A data set of two classes of noise in a safetensors file.
void write_data(const fs::path& path, std::uint64_t seed) {
  RandomStream random(seed, "data");
  std::vector<io::Tensor> tensors;
  for (const std::string split : {"train", "test"}) {
    std::vector<float> images(8 * 4);
    for (float& x : images) x = static_cast<float>(random.uniform());
    tensors.push_back({split + "_images", {8, 1, 2, 2}, images});
    tensors.push_back({split + "_labels", {8}, std::vector<std::int64_t>{0, 1, 0, 1, 0, 1, 0, 1}});
  }
  io::write_safetensors(path, tensors);
}

TEST_F(StudyRun, DataThatChangedBehindTheirNameAreOtherData) {
  const fs::path data = folder_ / "d.safetensors";
  write_data(data, 1);
  const std::string text = "[landscape.net]\nkind = \"network\"\ndata = \"arrays:" + data.string() +
                           "\"\nmodel = \"mlp:2\"\n[landscape.net.training]\nsteps = 3\n";
  run("a", text);
  EXPECT_EQ(run("a", text).reused, 1u);
  write_data(data, 2);
  test::expect_error([&] { run("a", text); }, "another study");
  EXPECT_EQ(run("b", text).computed, 1u);
  write_data(data, 1);
  EXPECT_EQ(run("a", text).reused, 1u) << "the content counts, not the file's age";
}

TEST_F(StudyRun, HostileRecordsAndPlansAreOneLine) {
  run("a");
  const fs::path records = folder_ / "a/records";
  const fs::path json = records / "train.model.seed-0.json";
  const auto damaged = [&](const std::string& what) {
    const auto read = read_run(folder_ / "a");
    EXPECT_EQ(read.problems.size(), 1u) << what;
    EXPECT_EQ(read.missing.size(), 1u) << what;
    if (!read.problems.empty()) {
      EXPECT_EQ(read.problems[0].find("json.exception"), std::string::npos) << read.problems[0];
    }
    EXPECT_EQ(run("a").computed, 1u) << what;
  };
  const auto edited = [&](auto change) {
    auto document = nlohmann::json::parse(io::read_text(json));
    change(document);
    io::write_atomically(json, document.dump());
  };
  edited([](auto& d) { d.erase("provenance"); });
  damaged("no provenance");
  edited([](auto& d) { d["provenance"]["seconds"] = "long"; });
  damaged("seconds as text");
  io::write_atomically(json, std::string(60000, '[') + std::string(60000, ']'));
  damaged("nested deep");
  fs::remove(json);
  ASSERT_EQ(::mkfifo(json.c_str(), 0600), 0);
  damaged("a pipe that nobody fills");
  fs::remove(json);
  fs::create_symlink("/dev/zero", json);
  damaged("a device without end");
  const fs::path arrays = records / "train.model.seed-0.safetensors";
  fs::remove(arrays);
  ASSERT_EQ(::mkfifo(arrays.c_str(), 0600), 0);
  damaged("arrays in a pipe");
}

TEST_F(StudyRun, MissingRunIsAnError) { EXPECT_THROW(read_run(folder_ / "none"), Error); }

}  // namespace
}  // namespace nwedge::study
