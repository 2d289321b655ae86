#include "nwedge/study/option_reader.hpp"

#include <gtest/gtest.h>

#include "nwedge/core/error.hpp"

namespace nwedge::study {
namespace {

struct Options {
  std::int64_t count = 3;
  double rate = 0.5;
  bool bold = false;
  std::string method = "sgd";
  std::vector<std::int64_t> sizes = {1};
  std::vector<double> levels = {0.1};
  std::vector<std::string> names;

  void visit(OptionVisitor& visitor) {
    static constexpr std::string_view kMethods[] = {"sgd", "adam"};
    visitor.field("count", count, at_least(1), "");
    visitor.field("rate", rate, above(0), "");
    visitor.field("bold", bold, "");
    visitor.field("method", method, kMethods, "");
    visitor.field("sizes", sizes, at_least(0), "");
    visitor.field("levels", levels, between(0, 1), "");
    visitor.field("names", names, {}, "");
  }
};

Options read(const nlohmann::json& object) {
  Options options;
  const OptionTable table = option_table(object, "file:7");
  read_options(options, table);
  return options;
}

std::string error_of(const nlohmann::json& object) {
  try {
    read(object);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(OptionReader, FillsWhatIsGivenAndKeepsTheRest) {
  const Options options = read({{"count", 5},
                                {"bold", true},
                                {"method", "adam"},
                                {"sizes", {4, 5}},
                                {"levels", {0, 0.5}},
                                {"names", {"a"}}});
  EXPECT_EQ(options.count, 5);
  EXPECT_EQ(options.rate, 0.5);
  EXPECT_TRUE(options.bold);
  EXPECT_EQ(options.method, "adam");
  EXPECT_EQ(options.sizes, (std::vector<std::int64_t>{4, 5}));
  EXPECT_EQ(options.levels, (std::vector<double>{0, 0.5}));
  EXPECT_EQ(options.names, (std::vector<std::string>{"a"}));
}

TEST(OptionReader, TakesWholeNumbersWrittenAsFloatsAndFloatsWrittenAsWhole) {
  EXPECT_EQ(read({{"count", 1e6}}).count, 1000000);
  EXPECT_EQ(read({{"rate", 2}}).rate, 2.0);
}

TEST(OptionReader, NamesPlaceRuleValueAndNearestKey) {
  EXPECT_EQ(error_of({{"cuont", 5}}), "[file:7] unknown key \"cuont\"; did you mean \"count\"?");
  EXPECT_EQ(error_of({{"count", 0}}), "[file:7] count must be at least 1, is 0");
  EXPECT_EQ(error_of({{"count", 1.5}}), "[file:7] count must be a whole number, is 1.5");
  EXPECT_EQ(error_of({{"count", "5"}}), "[file:7] count must be a whole number, is \"5\"");
  EXPECT_EQ(error_of({{"count", 1e300}}), "[file:7] count must be a whole number, is 1e+300");
  EXPECT_EQ(error_of({{"rate", INFINITY}}), "[file:7] rate must be a finite number, is null");
  EXPECT_EQ(error_of({{"bold", 1}}), "[file:7] bold must be true or false, is 1");
  EXPECT_EQ(error_of({{"method", "adma"}}),
            "[file:7] method must be one of sgd, adam, is \"adma\"; did you mean \"adam\"?");
  EXPECT_EQ(error_of({{"levels", 0.5}}), "[file:7] levels must be a list of finite numbers, is 0.5");
  EXPECT_EQ(error_of({{"levels", {0.5, 2}}}), "[file:7] levels must be from 0 to 1, is 2");
  EXPECT_EQ(error_of({{"sizes", {1, true}}}), "[file:7] sizes must be a list of whole numbers, is [1,true]");
}

}  // namespace
}  // namespace nwedge::study
