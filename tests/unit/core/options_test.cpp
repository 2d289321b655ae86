#include "nwedge/core/options.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "nwedge/core/error.hpp"

namespace nwedge {
namespace {

constexpr std::array<std::string_view, 2> kColours = {"red", "green"};

struct Example {
  std::int64_t count = 3;
  double rate = 0.5;
  bool loud = false;
  std::string colour = "red";
  std::vector<std::int64_t> sizes = {1, 2};
  std::vector<double> levels = {0.1};
  std::vector<std::string> colours = {"green", "red"};
  std::vector<std::int64_t> grid = {5, 5};

  void visit(OptionVisitor& visitor) {
    visitor.field("count", count, at_least(2), "how many");
    visitor.field("rate", rate, above(0), "how fast");
    visitor.field("loud", loud, "whether it shouts");
    visitor.field("colour", colour, kColours, "its colour");
    visitor.field("sizes", sizes, between(1, 9), "its sizes");
    visitor.field("levels", levels, between(0, 1), "its levels");
    visitor.field("colours", colours, kColours, "more colours");
    visitor.repeatable().field("grid", grid, at_least(1), "points along each side");
  }
};

std::string complaint(const Example& example) {
  try {
    check_options("here", example);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Range, ContainsItsEndsUnlessOpen) {
  EXPECT_TRUE(at_least(2).contains(2));
  EXPECT_FALSE(above(2).contains(2));
  EXPECT_TRUE(between(0, 1).contains(1));
  EXPECT_FALSE(between(0, 1).contains(1.01));
  EXPECT_TRUE(any_number().contains(-1e300));
  EXPECT_EQ(at_least(2).text(), "at least 2");
  EXPECT_EQ(above(0).text(), "above 0");
  EXPECT_EQ(between(0, 1).text(), "from 0 to 1");
}

TEST(Options, DefaultsPassAndBecomeJson) {
  EXPECT_EQ(complaint({}), "");
  const nlohmann::json expected = {{"count", 3},
                                   {"rate", 0.5},
                                   {"loud", false},
                                   {"colour", "red"},
                                   {"sizes", {1, 2}},
                                   {"levels", {0.1}},
                                   {"colours", {"green", "red"}},
                                   {"grid", {5, 5}}};
  EXPECT_EQ(to_json_object(Example{}), expected);
}

TEST(Options, EveryKindOfFieldIsChecked) {
  const auto with = [](auto change) {
    Example example;
    change(example);
    return complaint(example);
  };
  EXPECT_NE(with([](Example& e) { e.count = 1; }).find("count must be at least 2, is 1"), std::string::npos);
  EXPECT_NE(with([](Example& e) { e.rate = 0; }).find("rate must be above 0, is 0"), std::string::npos);
  EXPECT_NE(with([](Example& e) { e.rate = std::nan(""); }).find("rate"), std::string::npos);
  EXPECT_NE(with([](Example& e) { e.colour = "gren"; }).find("did you mean \"green\""), std::string::npos);
  EXPECT_NE(with([](Example& e) { e.sizes.push_back(10); }).find("sizes"), std::string::npos);
  EXPECT_NE(with([](Example& e) { e.levels.push_back(-1); }).find("levels"), std::string::npos);
  EXPECT_NE(with([](Example& e) { e.colours.push_back("blue"); }).find("colours"), std::string::npos);
  EXPECT_NE(with([](Example& e) { e.count = 1; }).find("here"), std::string::npos);
  EXPECT_EQ(with([](Example& e) { e.rate = INFINITY; }), "[here] rate must be a finite number, is inf");
}

TEST(Options, ListsNameNoValueTwiceUnlessTheySaySo) {
  const auto with = [](auto change) {
    Example example;
    change(example);
    return complaint(example);
  };
  EXPECT_EQ(with([](Example& e) {
              e.sizes = {3, 1, 3};
            }),
            "[here] sizes must differ from one another, 3 is given twice");
  EXPECT_EQ(with([](Example& e) {
              e.levels = {0.0, -0.0};
            }).substr(0, 45),
            "[here] levels must differ from one another, 0");
  EXPECT_EQ(with([](Example& e) {
              e.colours = {"red", "green", "red"};
            }),
            "[here] colours must differ from one another, \"red\" is given twice");
  EXPECT_EQ(with([](Example& e) { e.grid = {7, 7, 7}; }), "");
  EXPECT_NE(with([](Example& e) { e.grid = {7, 0}; }), "");
}

TEST(Options, WholeNumbersHaveAnEndUnlessTheyAreSeeds) {
  Example example;
  example.count = kMostWhole;
  EXPECT_EQ(complaint(example), "");
  example.count = kMostWhole + 1;
  EXPECT_EQ(complaint(example), "[here] count must be at most 1000000000, is 1000000001");
  std::int64_t seed = std::numeric_limits<std::int64_t>::max();
  EXPECT_NO_THROW(OptionChecker("here").field("seed", seed, any_seed(), ""));
  seed = -1;
  EXPECT_THROW(OptionChecker("here").field("seed", seed, any_seed(), ""), Error);
  EXPECT_EQ(any_seed().text(), "at least 0");
}

}  // namespace
}  // namespace nwedge
