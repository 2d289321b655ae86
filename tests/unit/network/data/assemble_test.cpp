#include "nwedge/network/data/assemble.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/support/expect_error.hpp"

namespace nwedge::network {
namespace {

using test::expect_error;

/// Images of one byte per channel: (i, 2 i + 1), labelled i mod 3.
ByteImages counted(std::size_t count) {
  ByteImages images;
  images.shape = {2, 1, 1};
  for (std::size_t i = 0; i < count; ++i) {
    images.pixels.push_back(static_cast<std::uint8_t>(i));
    images.pixels.push_back(static_cast<std::uint8_t>(2 * i + 1));
    images.labels.push_back(static_cast<std::int32_t>(i % 3));
  }
  return images;
}

DataSet assembled(const DataOptions& options, std::size_t train = 100, std::size_t test = 10) {
  return assemble(
      options, counted(train), [&] { return counted(test); }, 0, "place");
}

DataOptions unscaled() {
  DataOptions options;
  options.standardise = "none";
  return options;
}

/// The numbers of the examples, from their first channel.
std::set<int> numbers_of(const Examples& examples) {
  std::set<int> numbers;
  for (std::size_t i = 0; i < examples.images.size(); i += 2)
    numbers.insert(static_cast<int>(std::lround(255 * examples.images[i])));
  return numbers;
}

TEST(Standardisation, NoneScalesBytesAsToTensorDoes) {
  const DataSet data = assembled(unscaled());
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(data.train.images[static_cast<std::size_t>(2 * i)], static_cast<float>(i) / 255.0f);
  FloatImages floats;
  floats.shape = {1, 1, 1};
  floats.pixels = {-3.25f, 255};
  floats.labels = {0, 0};
  const DataSet raw = assemble(
      unscaled(), floats, [&] { return floats; }, 0, "place");
  EXPECT_EQ(raw.train.images, floats.pixels) << "other numbers are as they are";
}

TEST(Standardisation, GivenIsOneNumberOrOnePerChannel) {
  DataOptions options;
  options.standardise = "given";
  options.mean = {0.5};
  options.deviation = {0.25, 2};
  const DataSet data = assembled(options);
  EXPECT_FLOAT_EQ(data.train.images[2 * 51], (51 / 255.0f - 0.5f) / 0.25f);
  EXPECT_FLOAT_EQ(data.train.images[2 * 51 + 1], (103 / 255.0f - 0.5f) / 2);
  EXPECT_EQ(data.test.images[3], data.train.images[3]);
  options.mean = {0.1, 0.2, 0.3};
  expect_error([&] { assembled(options); }, "[place]", "1 or 2 numbers as mean", "has 3");
  options.mean = {};
  expect_error([&] { assembled(options); }, "numbers as mean", "has 0");
}

TEST(Standardisation, ChannelsIsThatOfTheWholeTrainingSplit) {
  DataOptions options;
  options.train_examples = 5;
  const DataSet data = assembled(options);
  const double deviation = std::sqrt((100.0 * 100 - 1) / 12);
  for (std::size_t i = 0; i < 10; i += 2)
    EXPECT_FLOAT_EQ(data.train.images[i], data.train.images[i + 1]) << "2 i + 1 has the same standard score";
  EXPECT_FLOAT_EQ(data.test.images[0], static_cast<float>((0 - 49.5) / deviation));
}

TEST(Validation, HoldsOutAShareOrANumberByTheSeed) {
  DataOptions options = unscaled();
  options.validation = 0.2;
  const DataSet data = assembled(options);
  const std::set<int> held = numbers_of(data.test);
  EXPECT_EQ(held.size(), 20u);
  std::set<int> all = numbers_of(data.train);
  EXPECT_EQ(all.size(), 80u);
  all.insert(held.begin(), held.end());
  EXPECT_EQ(all.size(), 100u) << "no example is in both splits";
  for (std::size_t i = 0; i < 20; ++i)
    EXPECT_EQ(data.test.labels[i], std::lround(255 * data.test.images[2 * i]) % 3);
  EXPECT_EQ(numbers_of(assembled(options).test), held);
  options.train_examples = 7;
  options.validation = 20;
  EXPECT_EQ(numbers_of(assembled(options).test), held) << "whatever subset is kept";
  options.data_seed = 1;
  EXPECT_NE(numbers_of(assembled(options).test), held);
}

TEST(Validation, DoesNotReadTheOwnTestSplit) {
  DataOptions options = unscaled();
  options.validation = 1;
  bool read = false;
  const auto read_test = [&] {
    read = true;
    return counted(3);
  };
  EXPECT_EQ(assemble(options, counted(10), read_test, 0, "place").test.count(), 1);
  EXPECT_FALSE(read);
  EXPECT_EQ(assemble(options, counted(10), nullptr, 0, "place").train.count(), 9);
}

TEST(Validation, WhatIsHeldOutCountsForNoMean) {
  DataOptions options;
  options.validation = 0.5;
  const DataSet data = assembled(options);
  double sum = 0;
  for (const float x : data.train.images) sum += x;
  EXPECT_NEAR(sum / 100, 0, 1e-6);
}

TEST(Validation, RandomLabelsStayOutOfIt) {
  DataOptions options = unscaled();
  options.validation = 0.2;
  options.labels = "random";
  const DataSet data = assembled(options);
  for (std::size_t i = 0; i < 20; ++i)
    EXPECT_EQ(data.test.labels[i], std::lround(255 * data.test.images[2 * i]) % 3);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < 80; ++i)
    kept += data.train.labels[i] == std::lround(255 * data.train.images[2 * i]) % 3;
  EXPECT_LT(kept, 60u) << "of three classes a third stays by chance";
}

TEST(Targets, GoWithTheirExampleAndArePermutedWhole) {
  FloatImages images;
  images.shape = {1, 1, 1};
  images.target_size = 2;
  for (int i = 0; i < 50; ++i) {
    images.pixels.push_back(static_cast<float>(i));
    images.targets.insert(images.targets.end(), {i + 0.5f, -i - 0.5f});
  }
  DataOptions options = unscaled();
  options.validation = 10;
  const DataSet given = assemble(options, images, nullptr, 0, "place");
  options.labels = "random";
  const DataSet random = assemble(options, images, nullptr, 0, "place");
  EXPECT_EQ(given.classes, 0);
  EXPECT_EQ(given.train.count(), 40);
  EXPECT_EQ(random.test.targets, given.test.targets);
  EXPECT_EQ(random.train.images, given.train.images);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(given.train.targets[2 * i], given.train.images[i] + 0.5f);
    EXPECT_EQ(random.train.targets[2 * i], -random.train.targets[2 * i + 1]) << "a row stays a row";
    kept += random.train.targets[2 * i] == given.train.targets[2 * i];
  }
  EXPECT_LT(kept, 10u);
  std::vector<float> before = given.train.targets;
  std::vector<float> after = random.train.targets;
  std::sort(before.begin(), before.end());
  std::sort(after.begin(), after.end());
  EXPECT_EQ(before, after);
}

TEST(Validation, MustLeaveSomethingOnBothSides) {
  DataOptions options = unscaled();
  options.validation = 0.001;
  expect_error([&] { assembled(options); }, "[place]", "from 1 to 99 of the 100", "holds out 0");
  options.validation = 100;
  expect_error([&] { assembled(options); }, "holds out 100");
}

TEST(Options, MustFitTogether) {
  DataOptions options{"synthetic", 5, 5};
  options.validation = 2.5;
  expect_error([&] { load_data(options); }, "[data]", "a share below 1 or a whole number", "is 2.5");
  options.validation = 2;
  expect_error([&] { load_data(options); }, "validation must be 0 with synthetic");
  options.validation = 0;
  options.standardise = "given";
  expect_error([&] { load_data(options); }, "must not be \"given\" with synthetic");
  options.standardise = "channels";
  options.mean = {0.5};
  expect_error([&] { load_data(options); }, "mean and deviation belong to standardise = \"given\"");
  options.mean = {};
  options.deviation = {0};
  expect_error([&] { load_data(options); }, "deviation must be above 0");
  options.deviation = {};
  options.task = "regression";
  expect_error([&] { load_data(options); }, "needs data with targets", "data is synthetic");
}

}  // namespace
}  // namespace nwedge::network
