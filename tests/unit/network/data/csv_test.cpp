#include "nwedge/network/data/csv.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/network/data/load.hpp"

namespace nwedge::network {
namespace {

using test::expect_error;
using test::TemporaryFolder;
using Names = std::vector<std::string>;
using Labels = std::vector<std::int32_t>;

struct Parsed {
  FloatImages images;
  Names names;
};

Parsed parse(std::string_view text, bool with_targets = false, Names names = {}) {
  FloatImages images = parse_csv(text, with_targets, names, "place");
  return {std::move(images), std::move(names)};
}

TEST(CsvExamples, NumbersAsLabels) {
  const Parsed parsed = parse("1.5,-2,0\n3,+4e1,2\n");
  EXPECT_EQ(parsed.images.shape, (ImageShape{2, 1, 1}));
  EXPECT_EQ(parsed.images.pixels, (std::vector<float>{1.5f, -2, 3, 40}));
  EXPECT_EQ(parsed.images.labels, (Labels{0, 2}));
  EXPECT_TRUE(parsed.names.empty());
  EXPECT_EQ(parse("1,1.0\n2,0.0\n").images.labels, (Labels{1, 0})) << "as pandas writes whole numbers";
}

TEST(CsvExamples, NamesAsLabelsAreSorted) {
  const Parsed parsed = parse("1,setosa\n2,\"iris, wild\"\n3,setosa\n");
  EXPECT_EQ(parsed.names, (Names{"iris, wild", "setosa"}));
  EXPECT_EQ(parsed.images.labels, (Labels{1, 0, 1}));
  EXPECT_EQ(parse("1,7\n2,b\n").names, (Names{"7", "b"}));
}

TEST(CsvExamples, AHeaderIsLeftOut) {
  EXPECT_EQ(parse("a,b,kind\n1,2,0\n").images.pixels, (std::vector<float>{1, 2}));
  EXPECT_EQ(parse("0,1,kind\n1,2,0\n3,4,1\n").images.labels, (Labels{0, 1})) << "pixels are often numbered";
  EXPECT_EQ(parse("length,price\n1,2.5\n", true).images.targets, (std::vector<float>{2.5f}));
  EXPECT_EQ(parse("1,2,setosa\n3,4,other\n").images.labels.size(), 2u);
}

TEST(CsvExamples, Targets) {
  const Parsed parsed = parse("1,2,0.25\n3,4,-7\n", true);
  EXPECT_EQ(parsed.images.target_size, 1);
  EXPECT_EQ(parsed.images.targets, (std::vector<float>{0.25f, -7}));
  EXPECT_TRUE(parsed.images.labels.empty());
}

TEST(CsvExamples, MistakesNameTheLine) {
  expect_error([] { parse("1,2,0\n1,0\n"); }, "[place:2]", "must hold 3 values", "holds 2");
  expect_error([] { parse("1,2,0\n\n1,NA,0\n"); }, "[place:3]", "finite numbers, one is \"NA\"");
  expect_error([] { parse("NA,2,0\n1,2,0\n"); }, "[place:1]", "one is \"NA\"");
  expect_error([] { parse("1,,0\n"); }, "[place:1]", "one is \"\"");
  expect_error([] { parse("1,inf,0\n"); }, "one is \"inf\"");
  expect_error([] { parse("1,1e39,0\n"); }, "one is \"1e39\"");
  expect_error([] { parse("1,2,0.5\n"); }, "[place:1]", "whole numbers from 0", "is 0.5", "regression");
  expect_error([] { parse("1,2,-1\n"); }, "is -1");
  expect_error([] { parse("1,2,65536\n"); }, "to 65535", "is 65536");
  expect_error([] { parse("1,a\n2,\n"); }, "[place:2]", "must not be empty");
  expect_error(
      [] {
        parse("1,a\n2,c\n", false, {"a", "b"});
      },
      "[place:2]", "\"c\" must be one of the training");
  expect_error([] { parse("1\n"); }, "[place:1]", "holds 1 value");
  expect_error([] { parse(""); }, "[place]", "must hold rows of numbers");
  expect_error([] { parse("a,b\n"); }, "must hold rows of numbers");
}

void write(const TemporaryFolder& folder, const std::string& name, const std::string& text) {
  folder.write(name, Bytes(text.begin(), text.end()));
}

TEST(CsvFile, TheTestSplitIsHeldOut) {
  const TemporaryFolder folder;
  std::string text = "x,y\n";
  for (int i = 0; i < 10; ++i) text += std::to_string(i) + "," + std::to_string(10 * i) + ".5\n";
  write(folder, "a.csv", text);
  DataOptions options{"csv:" + (folder / "a.csv").string()};
  options.task = "regression";
  options.standardise = "none";
  expect_error([&] { load_data(options); }, "a.csv]", "no test split; set validation");
  options.validation = 0.2;
  const DataSet data = load_data(options);
  EXPECT_EQ(data.target_size, 1);
  EXPECT_EQ(data.train.count(), 8);
  EXPECT_EQ(data.test.count(), 2);
  for (const Examples* split : {&data.train, &data.test})
    for (std::size_t i = 0; i < split->images.size(); ++i)
      EXPECT_EQ(split->targets[i], 10 * split->images[i] + 0.5f) << "each row keeps its target";
  EXPECT_EQ(data_files(options).size(), 1u);
}

TEST(CsvFile, AFolderHoldsBothSplits) {
  const TemporaryFolder folder;
  write(folder, "train.csv", "a,b,kind\n1,2,cat\n3,4,dog\n5,0,ant\n");
  write(folder, "test.csv", "9,9,dog\n");
  const DataSet data = load("csv", folder.path());
  EXPECT_EQ(data.classes, 3);
  EXPECT_EQ(data.train.labels, (Labels{1, 2, 0}));
  EXPECT_EQ(data.test.labels, (Labels{2}));
  EXPECT_FLOAT_EQ(data.train.images[2], 0) << "3 of 1, 3, 5";
  write(folder, "test.csv", "9,9,0\n");
  expect_error([&] { load("csv", folder.path()); }, "test.csv:1]", "\"0\" must be one of");
}

}  // namespace
}  // namespace nwedge::network
