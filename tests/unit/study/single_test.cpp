#include "nwedge/study/single.hpp"

#include <gtest/gtest.h>

#include "nwedge/callback_landscape.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/study/run.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::study {
namespace {

using nlohmann::json;

/// Barriers between two points of a bowl that was given as functions.
class Single : public ::testing::Test {
 protected:
  Single() : landscape_(callbacks()) {
    for (std::uint64_t seed = 0; seed < 2; ++seed) {
      optimize::Result optimum;
      optimum.seed = seed;
      optimum.point = optimum.initial = landscape_.initial_point(seed);
      optima_.push_back(optimum);
    }
    single_.title = "A bowl";
    single_.landscape.name = single_.landscape.kind = kGiven;
    single_.landscape.options = {{"description", "bowl"}, {"dimension", 3}, {"accuracy", false}};
    single_.kind = "barriers";
    single_.experiment = experiment::make_experiment("barriers", "test");
    single_.optima = optima_;
  }

  static Callbacks callbacks() {
    Callbacks callbacks;
    callbacks.dimension = 3;
    callbacks.initial = [](std::uint64_t seed) { return std::vector<float>{static_cast<float>(seed), 1, 2}; };
    callbacks.gradient = [](std::span<const float> point, std::span<float> gradient, Split) {
      double loss = 0;
      for (std::size_t i = 0; i < point.size(); ++i) {
        loss += 0.5 * point[i] * point[i];
        gradient[i] = point[i];
      }
      return loss;
    };
    return callbacks;
  }

  CallbackLandscape landscape_;
  std::vector<optimize::Result> optima_;
  SingleExperiment single_;
  Monitor monitor_;
  test::TemporaryFolder folder_;
};

TEST_F(Single, IsComputedInMemoryAndWrittenWhenAskedTo) {
  const SingleRun run = compute_single(single_, landscape_, {}, monitor_);
  EXPECT_EQ(run.id, "barriers.given");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
  write_single(run, folder_ / "run");
  const study::Run read = read_run(folder_ / "run");
  ASSERT_EQ(read.records.size(), 1u);
  EXPECT_TRUE(read.problems.empty());
  EXPECT_EQ(read.records[0].stored.result, run.record.result);
  EXPECT_EQ(read.records[0].stored.landscape_kind, kGiven);
  EXPECT_EQ(read.arrays(read.records[0]).tensors.size(), run.record.arrays.size());
  const std::vector<experiment::Finding> own = findings(run);
  const std::vector<experiment::Finding> stored = study::findings(read);
  ASSERT_EQ(own.size(), stored.size());
  for (std::size_t i = 0; i < own.size(); ++i) EXPECT_EQ(own[i].measurement, stored[i].measurement);
}

TEST_F(Single, SeedsAreThoseOfTrainedOptima) {
  single_.seed = 7;
  EXPECT_EQ(compute_single(single_, landscape_, {}, monitor_).study.seeds, std::vector<std::uint64_t>{7});
  single_.trained = true;
  EXPECT_EQ(compute_single(single_, landscape_, {}, monitor_).study.seeds,
            (std::vector<std::uint64_t>{0, 1}));
}

TEST_F(Single, OtherPointsAreAnotherRun) {
  const SingleRun run = compute_single(single_, landscape_, {}, monitor_);
  write_single(run, folder_ / "run");
  write_single(run, folder_ / "run");
  optima_[1].point[0] = 5;
  const SingleRun other = compute_single(single_, landscape_, {}, monitor_);
  EXPECT_NE(other.inputs_digest, run.inputs_digest);
  EXPECT_THROW(write_single(other, folder_ / "run"), Error);
}

TEST_F(Single, AFolderThatWillNotDoIsRefusedBeforeAnythingRuns) {
  run_single(single_, landscape_, {}, folder_ / "run", monitor_);
  Callbacks failing = callbacks();
  failing.gradient = [](std::span<const float>, std::span<float>, Split) -> double { throw 1; };
  single_.seed = 1;
  EXPECT_THROW(run_single(single_, CallbackLandscape(failing), {}, folder_ / "run", monitor_), Error);
}

}  // namespace
}  // namespace nwedge::study
