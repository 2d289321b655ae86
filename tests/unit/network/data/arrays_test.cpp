#include "nwedge/network/data/arrays.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "nwedge/io/safetensors.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/npy_file.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/network/data/load.hpp"

namespace nwedge::network {
namespace {

using test::expect_error;
using test::npy;
using test::TemporaryFolder;

class Arrays : public ::testing::Test {
 protected:
  std::vector<io::Tensor> tensors_ = {
      {"train_images", {3, 1, 2, 2}, std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
      {"train_labels", {3}, std::vector<std::int64_t>{1, 0, 1}},
      {"test_images", {1, 2, 2}, std::vector<std::uint8_t>{0, 1, 2, 3}},
      {"test_labels", {1}, std::vector<std::uint8_t>{1}}};
  TemporaryFolder folder_;

  DataSet load_them() {
    io::write_safetensors(folder_ / "arrays", tensors_);
    return load("arrays", folder_ / "arrays");
  }
};

TEST_F(Arrays, LoadFromOneFile) {
  const DataSet data = load_them();
  EXPECT_EQ(data.shape, (ImageShape{1, 2, 2}));
  EXPECT_EQ(data.classes, 2);
  EXPECT_EQ(data.train.labels, (std::vector<std::int32_t>{1, 0, 1}));
  EXPECT_FLOAT_EQ(data.train.images[11], static_cast<float>(5.5 / std::sqrt(143.0 / 12)));
  EXPECT_EQ(data.test.images[3], data.train.images[3]);
}

TEST_F(Arrays, LoadFromMemoryAsFromAFile) {
  const DataSet from_file = load_them();
  DataOptions options;
  options.data = "arrays:given";
  const DataSet data = load_data(options, {tensors_, {}}, "memory");
  EXPECT_EQ(data.name, "arrays:given");
  EXPECT_EQ(data.train.images, from_file.train.images);
  EXPECT_EQ(data.test.labels, from_file.test.labels);
  options.standardise = "given";
  expect_error([&] { load_data(options, {tensors_, {}}, "memory"); }, "memory", "mean");
}

TEST_F(Arrays, BadTensorsAreErrors) {
  const std::vector<io::Tensor> good = tensors_;
  const auto with = [&](std::size_t i, io::Tensor tensor) {
    tensors_ = good;
    tensors_[i] = std::move(tensor);
    load_them();
  };
  expect_error(
      [&] {
        with(3, {"other", {1}, std::vector<std::int32_t>{1}});
      },
      "tensor \"test_labels\" is missing");
  expect_error(
      [&] {
        with(1, {"train_labels", {2}, std::vector<std::int32_t>{1, 0}});
      },
      "must have shape [3]", "has [2]");
  expect_error(
      [&] {
        with(1, {"train_labels", {3}, std::vector<float>{1, 0, 1}});
      },
      "must be of type I64, I32 or U8");
  expect_error([&] { with(1, {"train_labels", {3}, std::vector<std::int64_t>{1, -1, 1}}); }, "entry 1 is -1");
  expect_error(
      [&] {
        with(1, {"train_labels", {3}, std::vector<std::int64_t>{1, 1ll << 40, 1}});
      },
      "entry 1 is 1099511627776");
  expect_error([&] { with(3, {"test_labels", {1}, std::vector<std::int32_t>{2}}); }, "test label 0 is 2");
  expect_error(
      [&] {
        with(2, {"test_images", {4}, std::vector<float>(4)});
      },
      "[N, C, H, W], [N, H, W] or [N, F]", "has [4]");
  expect_error(
      [&] {
        with(2, {"test_images", {1, 2, 2}, std::vector<std::int32_t>(4)});
      },
      "type F32, F64 or U8");
  expect_error(
      [&] {
        with(2, {"test_images", {1, 2, 2}, std::vector<float>{0, 1, NAN, 3}});
      },
      "finite", "entry 2 is nan");
  expect_error([&] { with(0, {"train_images", {0, 1, 2, 2}, std::vector<float>{}}); }, "without zeros");
}

TEST_F(Arrays, ChannelsAtTheEndAreRefused) {
  tensors_[0] = {"train_images", {3, 2, 2, 1}, std::vector<float>(12)};
  expect_error([&] { load_them(); }, "must have shape [N, C, H, W], has [3, 2, 2, 1]",
               "transpose(0, 3, 1, 2)");
}

TEST_F(Arrays, RowsOfFeaturesWithTargets) {
  tensors_ = {{"train_images", {3, 2}, std::vector<float>{0, 1, 3, 5, 9, 9}},
              {"train_targets", {3, 2}, std::vector<double>{1.5, -2, 0, 4, 1e6, 7}},
              {"x_test", {1, 2}, std::vector<float>{4, 5}},
              {"y_test", {1, 2}, std::vector<std::int64_t>{3, -4}}};
  io::write_safetensors(folder_ / "arrays", tensors_);
  DataOptions options{"arrays:" + (folder_ / "arrays").string()};
  options.task = "regression";
  const DataSet data = load_data(options);
  EXPECT_EQ(data.shape, (ImageShape{2, 1, 1}));
  EXPECT_EQ(data.classes, 0);
  EXPECT_EQ(data.target_size, 2);
  EXPECT_TRUE(data.train.labels.empty());
  EXPECT_EQ(data.train.targets, (std::vector<float>{1.5f, -2, 0, 4, 1e6f, 7}));
  EXPECT_EQ(data.train.count(), 3);
  EXPECT_EQ(data.test.targets, (std::vector<float>{3, -4}));
  EXPECT_EQ(data.test.count(), 1);
  EXPECT_FLOAT_EQ(data.test.images[0], 0) << "each feature is standardised by itself";
  options.train_examples = 2;
  EXPECT_EQ(load_data(options).train.targets.size(), 4u);
  tensors_[3].shape = {1, 1};
  tensors_[3].values = std::vector<float>{3};
  io::write_safetensors(folder_ / "arrays", tensors_);
  expect_error([&] { load_data(options); }, "targets must have one size, have 2 and 1");
}

TEST(ArrayFolder, ReadsKerasNamesAndBytes) {
  const TemporaryFolder folder;
  folder.write("x_train.npy", npy("|u1", "(2, 2, 2)", Bytes{0, 255, 51, 102, 0, 0, 0, 255}));
  folder.write("y_train.npy", npy("<i8", "(2,)", std::vector<std::int64_t>{1, 0}));
  folder.write("x_test.npy", npy("|u1", "(1, 2, 2)", Bytes{255, 0, 0, 0}));
  folder.write("y_test.npy", npy("<i4", "(1, 1)", std::vector<std::int32_t>{1}));
  DataOptions options{"arrays:" + folder.path().string()};
  EXPECT_EQ(data_files(options).size(), 4u);
  options.standardise = "none";
  const DataSet data = load_data(options);
  EXPECT_EQ(data.shape, (ImageShape{1, 2, 2}));
  EXPECT_EQ(data.train.images, (std::vector<float>{0, 1, 0.2f, 0.4f, 0, 0, 0, 1}));
  EXPECT_EQ(data.train.labels, (std::vector<std::int32_t>{1, 0}));
  EXPECT_EQ(data.test.labels, (std::vector<std::int32_t>{1}));
  expect_error([&] { load("arrays", folder / "x_train.npy"); }, "an .npy file holds one array", "folder");
  std::filesystem::remove(folder / "y_test.npy");
  expect_error([&] { load_data(options); }, "\"test_labels\" is missing", "unless validation is set");
  options.validation = 1;
  EXPECT_EQ(load_data(options).test.count(), 1);
}

TEST(ArrayArchive, ReadsWhatNumpyWrites) {
  const DataSet data = load("arrays", NWEDGE_SOURCE_DIR "/tests/fuzz/corpus/npz/numpy.npz");
  EXPECT_EQ(data.shape, (ImageShape{1, 2, 2}));
  EXPECT_EQ(data.classes, 3);
  EXPECT_EQ(data.train.labels, (std::vector<std::int32_t>{0, 1, 2}));
  EXPECT_EQ(data.test.labels, (std::vector<std::int32_t>{2}));
}

}  // namespace
}  // namespace nwedge::network
