#include "nwedge/network/losses/loss_options.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/expect_error.hpp"

namespace nwedge::network {
namespace {

using test::expect_error;

DataSet labelled(std::int64_t classes) {
  DataSet data;
  data.classes = classes;
  data.train.labels = {0, 1};
  return data;
}

DataSet valued(std::vector<float> train, std::vector<float> test, std::int64_t size) {
  DataSet data;
  data.target_size = data.train.target_size = data.test.target_size = size;
  data.train.targets = std::move(train);
  data.test.targets = std::move(test);
  return data;
}

TEST(LossOptions, ALossKnowsWhatANetworkMustGive) {
  EXPECT_EQ(make_loss({}, labelled(10))->outputs(), 10);
  EXPECT_TRUE(make_loss({}, labelled(10))->has_accuracy());
  EXPECT_EQ(make_loss({"mean-squared", 0}, valued({1, -7, 3, 2}, {}, 2))->outputs(), 2);
  EXPECT_EQ(make_loss({"binary-cross-entropy", 0}, labelled(2))->outputs(), 1);
  EXPECT_EQ(make_loss({"binary-cross-entropy", 0}, valued({0, 1, 0.5f}, {}, 3))->outputs(), 3);
  EXPECT_EQ(make_loss({}, labelled(3))->kept_rows(), 0);
  EXPECT_EQ(make_loss({"cross-entropy", 0.1}, labelled(3))->kept_rows(), 3);
}

TEST(LossOptions, DataThatDoNotFitAreErrors) {
  const DataSet values = valued({1, 2}, {}, 2);
  expect_error([&] { make_loss({}, values, "--loss"); }, "[--loss] cross-entropy needs labels",
               "2 numbers an example", "choose the loss mean-squared");
  expect_error([] { make_loss({}, labelled(1)); }, "at least 2 classes, the data have 1");
  expect_error(
      [] {
        make_loss({"mean-squared", 0}, labelled(3));
      },
      "[loss] mean-squared needs numbers", "choose the loss cross-entropy");
  expect_error([] { make_loss({"binary-cross-entropy", 0}, labelled(3)); }, "2 classes, the data have 3");
  expect_error([&] { make_loss({"binary-cross-entropy", 0}, values); }, "from 0 to 1, the data have 2");
  expect_error([] { make_loss({"binary-cross-entropy", 0}, valued({0, 1}, {0, -0.5f}, 1)); }, "have -0.5");
  expect_error([] { make_loss({"binary-cross-entropy", 0}, valued({NAN}, {}, 1)); }, "have nan");
  expect_error(
      [] {
        make_loss({"mean-squared", 0}, valued({0}, {INFINITY}, 1));
      },
      "must be finite, the data have inf");
}

TEST(LossOptions, BadOptionsAreErrors) {
  expect_error([] { make_loss({"hinge", 0}, labelled(2), "here"); }, "[here]", "loss", "hinge");
  expect_error([] { make_loss({"cross-entropy", 1.5}, labelled(2)); }, "label-smoothing", "from 0 to 1");
  expect_error([] { make_loss({"cross-entropy", -0.1}, labelled(2)); }, "label-smoothing");
  expect_error(
      [] {
        make_loss({"mean-squared", 0.1}, valued({1}, {}, 1));
      },
      "label-smoothing belongs to the loss cross-entropy, is 0.1 with mean-squared");
}

}  // namespace
}  // namespace nwedge::network
