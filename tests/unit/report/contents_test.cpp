#include "nwedge/report/contents.hpp"

#include <gtest/gtest.h>

#include "nwedge/study/runner.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::report {
namespace {

constexpr std::string_view kStudy = R"(seeds = [3, 4]
[landscape.flat]
kind = "wedge"
dimension = 30
wedges = 2
short-directions = 5
[landscape.flat.training]
steps = 700
record-points = 4
)";

nlohmann::json contents() {
  const nwedge::test::TemporaryFolder folder;
  study::RunObserver observer;
  Monitor monitor;
  study::run_study(study::parse_study(kStudy, "s.toml"), kStudy, folder / "my-run", false, observer, monitor);
  std::filesystem::remove(folder / "my-run/records/train.flat.seed-4.json");
  return page_contents(study::read_run(folder / "my-run"));
}

TEST(PageContents, AreMadeFromTheRecordsAlone) {
  const nlohmann::json page = contents();
  EXPECT_EQ(page["title"], "s");
  EXPECT_EQ(page["landscapes"][0]["label"], "Wedge model");
  EXPECT_EQ(page["landscapes"][0]["dimension"], 30);
  EXPECT_EQ(page["experiments"][0]["name"], "train");
  EXPECT_EQ(page["study"]["text"], kStudy);
  EXPECT_EQ(page["missing"], nlohmann::json({"train.flat.seed-4"}));
  ASSERT_EQ(page["cells"].size(), 1U);
  EXPECT_EQ(page["cells"][0]["seeds"], nlohmann::json({3}));
  EXPECT_GT(page["cells"][0]["result"]["distance"], 0);
}

TEST(PageContents, HoldCurvesThinnedAndNoWeights) {
  const nlohmann::json arrays = contents()["cells"][0]["arrays"];
  EXPECT_EQ(arrays["batch-losses"]["whole"], nlohmann::json({700}));
  EXPECT_EQ(arrays["batch-losses"]["shape"], nlohmann::json({512}));
  EXPECT_EQ(arrays["points.optimum"].count("data"), 0U);
}

TEST(PageContents, SayWhatNormalisesANetwork) {
  const nwedge::test::TemporaryFolder folder;
  constexpr std::string_view kNetworks = R"(seeds = [0]
[landscape.normalised]
kind = "network"
data = "synthetic:1x8x8,3"
train-examples = 40
test-examples = 10
model = "resnet:8"
training = { steps = 1, batch-size = 20 }
[landscape.plain]
kind = "network"
data = "synthetic:1x8x8,3"
train-examples = 40
test-examples = 10
model = "mlp:3"
training = { steps = 1, batch-size = 20 }
)";
  study::RunObserver observer;
  Monitor monitor;
  study::run_study(study::parse_study(kNetworks, "s.toml"), kNetworks, folder / "run", false, observer,
                   monitor);
  const nlohmann::json page = page_contents(study::read_run(folder / "run"));
  EXPECT_EQ(page["landscapes"][0]["statistics"], (nlohmann::json{{"policy", "recompute"}, {"examples", 40}}));
  EXPECT_FALSE(page["landscapes"][1].contains("statistics"));
}

}  // namespace
}  // namespace nwedge::report
