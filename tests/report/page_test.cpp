#include "nwedge/report/page.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "nwedge/report/arrays.hpp"
#include "nwedge/report/claims.hpp"
#include "tests/report/browser.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::test {
namespace {

using nlohmann::json;

io::Tensor tensor(std::string name, std::vector<std::int64_t> shape, std::vector<float> values) {
  return {std::move(name), std::move(shape), std::move(values)};
}

json cell(const std::string& experiment, const std::string& landscape, const std::string& kind, int seed) {
  std::vector<float> curve(41), plane(25 * 25);
  for (std::size_t i = 0; i < curve.size(); ++i)
    curve[i] = static_cast<float>(2.3 * std::exp(-0.1 * static_cast<double>(i)) + 0.01 * seed);
  for (std::size_t i = 0; i < plane.size(); ++i) plane[i] = static_cast<float>(i % 25);
  const std::vector<report::DrawnArray> arrays = {report::thin(tensor("curve", {41}, curve), 512),
                                                  report::thin(tensor("plane", {25, 25}, plane), 512)};
  return {
      {"id", experiment + "." + landscape + ".seed-" + std::to_string(seed)},
      {"experiment", experiment},
      {"name", experiment},
      {"landscape", landscape},
      {"kind", kind},
      {"seeds", {seed}},
      {"options", {{"a-long-option-name-without-any-space", 25}}},
      {"result", {{"gap", 0.01 * seed}}},
      {"failure", seed == 2 ? "the loss is not finite after step 12; choose a smaller learning rate" : ""},
      {"seconds", 1.5},
      {"arrays", report::pack(arrays)}};
}

/// Three landscapes, an experiment without a view of its own, a failed cell, and a claim of each verdict.
json sample() {
  json records = {{"title", "A sample"},
                  {"version", "0"},
                  {"drawing", {{"axis_limit", 512}}},
                  {"provenance", {{"threads", 2}}}};
  records["study"] = {
      {"name", "sample.toml"},
      {"text",
       "title = \"A sample whose lines are much longer than any phone is wide, to see that they scroll\"\n"}};
  records["experiments"] = {{{"name", "of-another-version"}, {"title", "Of another version"}}};
  std::vector<experiment::Finding> findings;
  const std::vector<std::pair<std::string, std::string>> landscapes = {
      {"cnn", "network"}, {"wedge", "wedge"}, {"mlp", "network"}};
  for (const auto& [name, kind] : landscapes) {
    records["landscapes"].push_back(
        {{"name", name}, {"kind", kind}, {"label", name}, {"properties", {{"dimension", 1000}}}});
    for (int seed = 0; seed < 3; ++seed)
      records["cells"].push_back(cell("of-another-version", name, kind, seed));
    findings.push_back({"observation-1", name, "of-another-version", "gap below 1 %", "0",
                        "0.3 ± 0.1 % (3 seeds)", experiment::Verdict::reproduced, ""});
    findings.push_back({"observation-3", name, "of-another-version", "barrier above 1", "", "0.1",
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
  Rendering show(const json& records, int width, const std::string& query = "") const {
    std::ofstream(folder_ / "report.html") << report::assemble_page(records);
    return render(folder_ / "report.html", width, query);
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
  EXPECT_EQ(rendering.number("wide"), 0) << rendering.data.at("widest");
  for (const std::string& line : rendering.console) ADD_FAILURE() << line;
}

TEST_F(PageInBrowser, DrawsEveryPanelAndLeavesNothingOut) {
  const Rendering rendering = show(sample(), 1440);
  expect_whole(rendering);
  const std::size_t head = rendering.page.find("<thead");
  EXPECT_LT(rendering.page.find(">wedge<", head), rendering.page.find(">cnn<", head))
      << "the wedge model comes first";
  EXPECT_NE(rendering.page.find("of-another-version.cnn.seed-2 failed"), std::string::npos);
  EXPECT_NE(rendering.page.find("choose a smaller learning rate"), std::string::npos);
}

TEST_F(PageInBrowser, FitsAPhone) { expect_whole(show(sample(), 390)); }

TEST_F(PageInBrowser, HasADarkSide) {
  const Rendering light = show(sample(), 1020, "theme=light"), dark = show(sample(), 800, "theme=dark");
  expect_whole(light);
  expect_whole(dark);
  EXPECT_NE(light.data.at("ground"), dark.data.at("ground"));
  EXPECT_NE(light.data.at("ink"), dark.data.at("ink"));
}

TEST_F(PageInBrowser, CountsAnError) {
  json records = sample();
  records["cells"][0]["arrays"]["curve"]["data"] = "not base64!";
  EXPECT_GT(show(records, 1440).number("errors"), 0);
}

}  // namespace
}  // namespace nwedge::test
