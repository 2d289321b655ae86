#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "nwedge/core/error.hpp"
#include "nwedge/report/contents.hpp"
#include "nwedge/study/run.hpp"
#include "nwedge/study/runner.hpp"
#include "tests/support/expect_error.hpp"

namespace nwedge::study {
namespace {

namespace fs = std::filesystem;
using experiment::add_experiment;
using test::expect_error;

/// An experiment of a user's: the norm of an optimum, times a factor.
class Norm final : public experiment::Experiment {
 public:
  explicit Norm(std::string version) : version_(std::move(version)) {}

  std::string_view name() const override { return "norm"; }
  std::string_view title() const override { return "How long are weights?"; }
  std::string version() const override { return version_; }
  experiment::Grain grain() const override { return experiment::Grain::each_optimum; }
  void visit(OptionVisitor& visitor) override {
    visitor.field("factor", factor_, above(0), "times the norm");
  }
  double cost(const Landscape&, const optimize::Options&, std::int64_t) const override { return 0; }
  experiment::Record run(const experiment::Input& input, Monitor&) const override {
    EXPECT_EQ(input.owner.get(), &input.landscape);
    double sum = 0;
    for (const float weight : input.optima.front().point) sum += static_cast<double>(weight) * weight;
    return {{{"norm", factor_ * std::sqrt(sum)}}, {}};
  }

 private:
  std::vector<experiment::Finding> do_judge(std::span<const experiment::StoredRecord>) const override {
    ADD_FAILURE() << "is not judged";
    return {};
  }

  std::string version_;
  double factor_ = 1;
};

void add(const std::string& version) {
  add_experiment(
      "norm", [version] { return std::make_unique<Norm>(version); }, "test");
}

constexpr std::string_view kText = R"(seeds = [0]
[landscape.model]
kind = "wedge"
dimension = 20
short-directions = 4
[landscape.model.training]
steps = 20
[[experiment]]
kind = "norm"
factor = 2
)";

class AddedExperiment : public testing::Test {
 public:
  ~AddedExperiment() override { fs::remove_all(folder_); }

 protected:
  AddedExperiment()
      : folder_(fs::path(testing::TempDir()) /
                testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::remove_all(folder_);
  }

  RunSummary run(bool resume = false) {
    RunObserver observer;
    Monitor monitor;
    return run_study(parse_study(kText, "s.toml"), kText, folder_, resume, observer, monitor);
  }
  study::Run read() const { return read_run(folder_); }

  fs::path folder_;
};

TEST_F(AddedExperiment, HasANameOfItsOwn) {
  const auto make = [] { return std::make_unique<Norm>("1"); };
  for (const char* name : {"section", "train"})
    expect_error([&] { add_experiment(name, make, "mine"); },
                 "[mine] the name \"" + std::string(name) + "\" belongs to");
  for (const char* name : {"", "a b", "../a", "a.b", "0123456789012345678901234567890123456789x"})
    expect_error([&] { add_experiment(name, make, "mine"); },
                 "[mine] the name of an experiment must be 1 to 40");
  expect_error(
      [&] { experiment::make_experiment("never-added", "s.toml:3"); },
      "[s.toml:3] unknown experiment \"never-added\"; an experiment of your own (@nwedge.experiment) runs in "
      "Python, by nwedge.study");
}

TEST_F(AddedExperiment, RunsInAStudyAndItsRecordsNeedItNoMore) {
  add("1");
  EXPECT_TRUE(run().failed.empty());
  // What another program, which has no such experiment, must read.
  add_experiment(
      "norm", []() -> std::unique_ptr<experiment::Experiment> { throw Error("norm", "has gone"); }, "test");
  const study::Run found = read();
  EXPECT_TRUE(found.problems.empty());
  ASSERT_EQ(found.records.size(), 2u);
  const RunRecord& record = found.records[1];
  EXPECT_TRUE(record.stored.added);
  EXPECT_EQ(record.document["added"], (nlohmann::json{{"title", "How long are weights?"}, {"version", "1"}}));
  EXPECT_GT(record.stored.result["norm"].get<double>(), 0);
  EXPECT_TRUE(findings(found).empty());
  const nlohmann::json page = report::page_contents(found);
  EXPECT_EQ(page["experiments"].back(),
            (nlohmann::json{{"name", "norm"}, {"title", "How long are weights?"}}));
}

TEST_F(AddedExperiment, ItsRecordsCountForItsVersion) {
  add("1");
  EXPECT_EQ(run().computed, 2u);
  EXPECT_EQ(run().computed, 0u);
  add("2");
  EXPECT_THROW(run(), Error);
  EXPECT_EQ(run(true).computed, 1u);
  EXPECT_EQ(read().records[1].document["added"]["version"], "2");
}

}  // namespace
}  // namespace nwedge::study
