#include "nwedge/report/page.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "nwedge/io/atomic_file.hpp"
#include "nwedge/report/arrays.hpp"
#include "nwedge/report/claims.hpp"
#include "nwedge/report/contents.hpp"
#include "nwedge/report/report.hpp"
#include "nwedge/study/runner.hpp"
#include "tests/report/browser.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::test {
namespace {

using nlohmann::json;

constexpr std::string_view kStudy = R"(title = "A sample"
seeds = [0, 1]  # a line much longer than any phone is wide, which must scroll in its box and not widen the page
[landscape.wedge]
kind = "wedge"
dimension = 200
wedges = 3
short-directions = 10
[landscape.wedge.training]
steps = 50
[landscape.runaway]
kind = "wedge"
dimension = 20
short-directions = 4
[landscape.runaway.training]
steps = 5000
learning-rate = 1000.0
schedule = "constant"
)";

void run_sample_study(const std::filesystem::path& folder) {
  study::RunObserver observer;
  Monitor monitor;
  study::run_study(study::parse_study(kStudy, "sample.toml"), kStudy, folder, false, observer, monitor);
}

std::filesystem::path run_quick_study(const std::filesystem::path& folder) {
  const std::string file = NWEDGE_SOURCE_DIR "/studies/quick.toml";
  study::RunObserver observer;
  Monitor monitor;
  study::run_study(study::read_study(file), io::read_text(file), folder, false, observer, monitor);
  return folder;
}

json cell(const std::string& landscape, int seed) {
  std::vector<float> curve(41), plane(std::size_t{25} * 25);
  for (std::size_t i = 0; i < curve.size(); ++i)
    curve[i] = static_cast<float>(2.3 * std::exp(-0.1 * static_cast<double>(i)) + 0.01 * seed);
  for (std::size_t i = 0; i < plane.size(); ++i) plane[i] = static_cast<float>(i % 25);
  const std::vector<report::DrawnArray> arrays = {report::thin({"curve", {41}, curve}, 512),
                                                  report::thin({"plane", {25, 25}, plane}, 512)};
  return {{"id", "of-another-version." + landscape + ".seed-" + std::to_string(seed)},
          {"experiment", "of-another-version"},
          {"name", "of-another-version"},
          {"landscape", landscape},
          {"seeds", {seed}},
          {"options", {{"a-long-option-name-without-any-space", 25}}},
          {"result", {{"gap", 0.01 * seed}}},
          {"failure", ""},
          {"seconds", 1.5},
          {"arrays", report::pack(arrays)}};
}

/// A run with trainings that failed; to it a network, an experiment without a view of its own, and findings.
json sample(const std::filesystem::path& folder) {
  run_sample_study(folder);
  json records = report::page_contents(study::read_run(folder));
  json network = {{"name", "cnn"},
                  {"kind", "network"},
                  {"label", "cnn"},
                  {"dimension", 16938},
                  {"options", {{"model", "cnn:16,32,32"}}},
                  {"statistics", {{"policy", "recompute"}, {"examples", 1000}}}};
  records["landscapes"].insert(records["landscapes"].begin(), network);
  records["experiments"].push_back({{"name", "of-another-version"}, {"title", "Of another version"}});
  records["missing"].push_back("of-another-version.cnn.seed-9");
  std::vector<experiment::Finding> findings;
  for (const std::string landscape : {"cnn", "wedge"}) {
    for (int seed = 0; seed < 3; ++seed) records["cells"].push_back(cell(landscape, seed));
    findings.push_back({"observation-1", landscape, "of-another-version", "gap below 1 %", "0",
                        "0.3 ± 0.1 % (3 seeds)", experiment::Verdict::reproduced, ""});
    findings.back().controls = {{"random labels", "gap 7 %", experiment::Verdict::not_reproduced},
                                {"a flat bowl", "gap 0 %", experiment::Verdict::reproduced}};
    findings.push_back({"observation-3", landscape, "of-another-version", "barrier above 1", "", "0.1",
                        experiment::Verdict::not_reproduced, ""});
  }
  records["claims"] = report::claims_table(findings);
  return records;
}

class PageInBrowser : public ::testing::Test {
 protected:
  void SetUp() override {
    if (has_browser()) return;
    if (std::getenv("CI")) FAIL() << "chromium is missing: install Debian's package chromium";
    GTEST_SKIP() << "chromium is missing";
  }
  Rendering show(const json& records, int width, const std::string& query = "",
                 const std::string& axe = "") const {
    std::ofstream(folder_ / "report.html") << report::assemble_page(records);
    return render(folder_ / "report.html", width, query, axe);
  }
  TemporaryFolder folder_;
};

void expect_whole(const Rendering& rendering) {
  EXPECT_EQ(rendering.data.count("done"), 1U) << "the page did not finish";
  EXPECT_EQ(rendering.number("errors"), 0);
  EXPECT_GT(rendering.number("panels"), 0);
  EXPECT_EQ(rendering.number("drawn"), rendering.number("panels"));
  EXPECT_EQ(rendering.number("undrawn"), 0);
  EXPECT_EQ(rendering.number("overflow"), 0);
  EXPECT_EQ(rendering.number("reachable"), 1) << "the contents do not stay in view";
  EXPECT_EQ(rendering.number("unnamed"), 0) << "figures without an alternative text";
  EXPECT_EQ(rendering.number("wide"), 0) << rendering.data.at("widest");
  for (const std::string& line : rendering.console) ADD_FAILURE() << line;
}

TEST_F(PageInBrowser, ShowsEveryExperimentOfTheQuickStudy) {
  const std::filesystem::path report = report::write_report(run_quick_study(folder_ / "run"));
  EXPECT_EQ(report, folder_ / "run" / "report.html");
  EXPECT_LT(std::filesystem::file_size(report), 15'000'000U);
  const Rendering rendering = render(report, 1400, "print");
  expect_whole(rendering);
  EXPECT_EQ(rendering.number("clipped"), 0) << "tables wider than the page";
  EXPECT_EQ(rendering.number("unprinted"), 0) << "figures blank when printed straight after loading";
  EXPECT_EQ(rendering.number("broken"), 0) << "pictures that load too late for the paper";
}

TEST_F(PageInBrowser, KeepsNobodyOut) {
  const std::string axe = axe_script();
  if (axe.empty() && !std::getenv("CI")) GTEST_SKIP() << "axe-core is missing";
  ASSERT_FALSE(axe.empty()) << "axe-core is missing";
  const json records = sample(folder_ / "run");
  for (const auto& [width, theme] : {std::pair{1400, "theme=light"}, {390, "theme=dark"}}) {
    const Rendering rendering = show(records, width, theme, axe);
    EXPECT_EQ(rendering.number("violations"), 0) << rendering.data.at("violation");
  }
  const std::filesystem::path quick = report::write_report(run_quick_study(folder_ / "quick"));
  const Rendering rendering = render(quick, 1400, "", axe);
  EXPECT_EQ(rendering.number("violations"), 0) << rendering.data.at("violation");
}

TEST_F(PageInBrowser, LeavesNothingOut) {
  const Rendering rendering = show(sample(folder_ / "run"), 1440);
  expect_whole(rendering);
  const std::size_t head = rendering.page.find("<thead");
  EXPECT_LT(rendering.page.find(">wedge<", head), rendering.page.find(">cnn<", head))
      << "the wedge model comes first";
  for (const char* text :
       {"Of another version", "train.runaway.seed-1 failed", "of-another-version.cnn.seed-9",
        "a-long-option-name-without-any-space", "Gap below 1&nbsp;%", "random labels", "fails, as it must",
        "passes: no evidence",
        "Batch normalisation: statistics recomputed at each point from the first 1\u202f000 "
        "training examples."})
    EXPECT_NE(rendering.page.find(text), std::string::npos) << text;
}

/// Two wedge models of which the second has radii of its own; eight figures in three dimensions for each
/// seed, more than a browser keeps alive.
constexpr std::string_view kTunnels = R"(title = "Radial tunnels"
seeds = [0, 1]
[landscape.one]
kind = "wedge"
dimension = 200
wedges = 3
short-directions = 10
[landscape.one.training]
steps = 200
[landscape.two]
kind = "wedge"
dimension = 100
wedges = 3
short-directions = 10
[landscape.two.training]
steps = 200
[[experiment]]
kind = "radial-tunnel"
radii = [0.25, 0.5, 0.75, 1.0]
[experiment.for.two]
radii = [0.5, 1.0]
)";

TEST_F(PageInBrowser, DrawsEachLandscapeWithItsOwnOptions) {
  study::RunObserver observer;
  Monitor monitor;
  study::run_study(study::parse_study(kTunnels, "tunnels.toml"), kTunnels, folder_ / "run", false, observer,
                   monitor);
  const Rendering rendering = render(report::write_report(folder_ / "run"), 1440);
  expect_whole(rendering);
  EXPECT_EQ(rendering.page.find("not finite°"), std::string::npos);
  EXPECT_NE(rendering.page.find("4 (two 2) radii"), std::string::npos);
}

/// A run of one experiment on weights that were given, made with the program as a user would.
std::filesystem::path run_given_weights(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  const std::string network =
      " --data synthetic:1x4x4,3 --train-examples 60 --test-examples 20 --model mlp:3 --threads 1 ";
  const auto nwedge = [&](const std::string& arguments) {
    const std::string command =
        "cd '" + folder.string() + "' && '" NWEDGE_PROGRAM "' " + arguments + " >/dev/null 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0) << arguments;
  };
  nwedge("train" + network + "--epochs 1 -o first.st");
  nwedge("train" + network + "--epochs 1 --seed 1 -o second.st");
  nwedge("barriers" + network + "--weights first.st second.st -o run");
  return report::write_report(folder / "run");
}

TEST_F(PageInBrowser, SaysWhereGivenWeightsComeFromAndNothingOfTraining) {
  const std::filesystem::path report = run_given_weights(folder_ / "given");
  const Rendering rendering = render(report, 1400);
  expect_whole(rendering);
  const std::size_t begin = rendering.page.find("<main");
  ASSERT_NE(begin, std::string::npos);
  const std::string page = rendering.page.substr(begin, rendering.page.find("Study file", begin) - begin);
  EXPECT_NE(page.find("first.st"), std::string::npos);
  EXPECT_NE(page.find("second.st"), std::string::npos);
  for (const char* invented : {"epoch", "minibatch", "wedge model in", "No finite values"})
    EXPECT_EQ(page.find(invented), std::string::npos) << invented;
}

TEST_F(PageInBrowser, BeginsWithTheFigureOfTheOnlyExperiment) {
  const Rendering rendering = render(run_given_weights(folder_ / "given"), 1400);
  const std::size_t main = rendering.page.find("<main");
  const std::size_t figure = rendering.page.find("<figure", main);
  const std::size_t table = rendering.page.find("<table", main);
  ASSERT_NE(figure, std::string::npos);
  EXPECT_LT(figure, table) << "a table comes before the figure";
  EXPECT_LT(rendering.number("figure-top"), 500) << "the first figure begins further down than a screen";
  EXPECT_EQ(rendering.page.find("not measured", main), std::string::npos)
      << "claims that no experiment of the study touches are listed";
}

TEST_F(PageInBrowser, FitsAPhone) { expect_whole(show(sample(folder_ / "run"), 390)); }

TEST_F(PageInBrowser, HasADarkSide) {
  const json records = sample(folder_ / "run");
  const Rendering light = show(records, 1020, "theme=light"), dark = show(records, 800, "theme=dark");
  expect_whole(light);
  expect_whole(dark);
  EXPECT_NE(light.data.at("ground"), dark.data.at("ground"));
  EXPECT_NE(light.data.at("ink"), dark.data.at("ink"));
}

TEST_F(PageInBrowser, CountsAnError) {
  json records = sample(folder_ / "run");
  records["cells"].back()["arrays"]["curve"]["data"] = "not base64!";
  EXPECT_GT(show(records, 1440).number("errors"), 0);
}

}  // namespace
}  // namespace nwedge::test
