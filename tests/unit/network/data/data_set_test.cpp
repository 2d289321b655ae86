#include "nwedge/network/data/data_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "tests/support/expect_error.hpp"

namespace nwedge::network {
namespace {

using test::expect_error;

DataOptions synthetic(std::int64_t train, std::int64_t test, std::int64_t seed = 0) {
  return {"synthetic:2x6x5,4", train, test, seed};
}

/// Within five standard errors of N(0, 1).
void expect_standard_normal(const Examples& examples, const ImageShape& shape) {
  const auto area = static_cast<std::size_t>(shape.height * shape.width);
  for (std::size_t c = 0; c < static_cast<std::size_t>(shape.channels); ++c) {
    double sum = 0;
    double square = 0;
    const auto count = static_cast<double>(examples.count()) * static_cast<double>(area);
    for (std::size_t i = 0; i < examples.images.size(); ++i)
      if (i / area % static_cast<std::size_t>(shape.channels) == c) {
        sum += examples.images[i] / count;
        square += static_cast<double>(examples.images[i]) * examples.images[i] / count;
      }
    EXPECT_NEAR(sum, 0, 5 / std::sqrt(count));
    EXPECT_NEAR(square, 1, 5 * std::sqrt(2 / count));
  }
}

TEST(Synthetic, SizesAndDistribution) {
  const DataSet data = load_data(synthetic(300, 40));
  EXPECT_EQ(data.shape, (ImageShape{2, 6, 5}));
  EXPECT_EQ(data.classes, 4);
  EXPECT_EQ(data.train.count(), 300);
  EXPECT_EQ(data.test.count(), 40);
  EXPECT_EQ(data.train.images.size(), 300u * 60u);
  expect_standard_normal(data.train, data.shape);
  EXPECT_EQ(load_data({"synthetic", 0, 0, 0}).train.count(), 2000);
}

TEST(Synthetic, SeedNamesEverything) {
  const DataSet a = load_data(synthetic(50, 20, 1));
  const DataSet b = load_data(synthetic(50, 20, 1));
  EXPECT_EQ(a.train.images, b.train.images);
  EXPECT_EQ(a.test.labels, b.test.labels);
  EXPECT_NE(a.train.images, load_data(synthetic(50, 20, 2)).train.images);
}

/// Shares of the classes among labels.
std::vector<double> shares(const std::vector<std::int32_t>& labels, std::int64_t classes) {
  std::vector<double> found(static_cast<std::size_t>(classes));
  for (const std::int32_t label : labels)
    found[static_cast<std::size_t>(label)] += 1 / static_cast<double>(labels.size());
  return found;
}

/// The share of labels that two sets of the same images have in common.
double agreement(const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b) {
  double equal = 0;
  for (std::size_t i = 0; i < a.size(); ++i) equal += a[i] == b[i];
  return equal / static_cast<double>(a.size());
}

TEST(RandomLabels, LeaveTheImagesAndTheShareOfEveryClass) {
  const DataSet given = load_data(synthetic(3000, 20, 1));
  DataOptions options = synthetic(3000, 20, 1);
  options.labels = "random";
  const DataSet random = load_data(options);
  EXPECT_EQ(random.train.images, given.train.images);
  EXPECT_EQ(random.test.images, given.test.images);
  EXPECT_EQ(random.test.labels, given.test.labels);
  EXPECT_EQ(random.train.labels, load_data(options).train.labels) << "named by the seed";
  const std::vector<double> before = shares(given.train.labels, 4);
  const std::vector<double> after = shares(random.train.labels, 4);
  double chance = 0;
  for (std::size_t c = 0; c < 4; ++c) {
    EXPECT_NEAR(after[c], before[c], 5 * std::sqrt(2 * before[c] / 3000));
    chance += before[c] * before[c];
  }
  EXPECT_NEAR(agreement(random.train.labels, given.train.labels), chance, 5 * std::sqrt(chance / 3000));
}

TEST(RandomLabels, AreThoseOfTheWholeSplitInEverySubset) {
  DataOptions options = synthetic(50, 5, 1);
  options.labels = "random";
  const DataSet large = load_data(options);
  options.train_examples = 20;
  const DataSet small = load_data(options);
  EXPECT_TRUE(std::equal(small.train.labels.begin(), small.train.labels.end(), large.train.labels.begin()));
}

TEST(RandomLabels, AnUnknownKindIsRefused) {
  DataOptions options = synthetic(5, 5);
  options.labels = "shuffled";
  expect_error([&] { load_data(options); }, "labels", "shuffled", "random");
}

TEST(Synthetic, ASmallerSetBeginsALargerOne) {
  const DataSet small = load_data(synthetic(20, 5, 1));
  const DataSet large = load_data(synthetic(50, 20, 1));
  EXPECT_TRUE(std::equal(small.train.images.begin(), small.train.images.end(), large.train.images.begin()));
  EXPECT_TRUE(std::equal(small.test.labels.begin(), small.test.labels.end(), large.test.labels.begin()));
}

TEST(Synthetic, EveryClassOccurs) {
  const DataSet data = load_data({"synthetic", 2000, 1, 0});
  std::vector<int> counts(10);
  for (const std::int32_t label : data.train.labels) ++counts[static_cast<std::size_t>(label)];
  EXPECT_GE(*std::min_element(counts.begin(), counts.end()), 60);
}

TEST(DataOptions, BadValuesAreErrors) {
  expect_error(
      [] {
        load_data({"fashion-minst", 0, 0, 0});
      },
      "unknown data \"fashion-minst\"", "did you mean \"fashion-mnist\"");
  expect_error([] { load_data({"cvs:flowers.csv"}); }, "unknown data", "did you mean \"csv:\"");
  expect_error([] { load_data({""}); }, "unknown data \"\"");
  expect_error([] { load_data({"fashion-mnist:x"}); }, "unknown data");
  expect_error([] { load_data({"csv:"}); }, "a file must follow \"csv:\"");
  expect_error([] { load_data({"idx:", 0, 0, 0}); }, "a folder must follow \"idx:\"");
  expect_error([] { load_data(synthetic(-1, 0)); }, "train-examples must be from 0");
  for (const char* sizes : {"synthetic:1x8", "synthetic:0x8x8", "synthetic:1x8x8,1", "synthetic:1x8x8,3,",
                            "synthetic:1x8x9999999999999", "synthetic:axbxc"})
    expect_error([&] { load_data({sizes, 0, 0, 0}); }, "synthetic sizes must be CxHxW");
}

class FashionMnist : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist"))
      GTEST_SKIP() << "Debian's dataset-fashion-mnist is not installed";
  }
};

TEST_F(FashionMnist, IsStandardisedByTheWholeTrainingSplit) {
  const DataSet data = load_data({"fashion-mnist", 1000, 200, 3});
  EXPECT_EQ(data.shape, (ImageShape{1, 28, 28}));
  EXPECT_EQ(data.classes, 10);
  EXPECT_EQ(data.train.count(), 1000);
  EXPECT_EQ(data.test.count(), 200);
  // A black pixel is -mean/deviation of the 60,000 training images, which are known: 0.2860 and 0.3530 of
  // white.
  EXPECT_NEAR(*std::min_element(data.train.images.begin(), data.train.images.end()), -0.2860 / 0.3530, 2e-4);
  expect_error([] { load_data({"fashion-mnist", 60001, 0, 0}); }, "train-examples must be at most 60000");
}

}  // namespace
}  // namespace nwedge::network
