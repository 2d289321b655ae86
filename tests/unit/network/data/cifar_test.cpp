#include "nwedge/network/data/cifar.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/network/data/load.hpp"

namespace nwedge::network {
namespace {

using test::expect_error;
using test::TemporaryFolder;

Bytes cifar(std::size_t records, std::uint8_t first_label) {
  Bytes bytes;
  for (std::size_t i = 0; i < records; ++i) {
    bytes.push_back(static_cast<std::uint8_t>((first_label + i) % 10));
    for (std::size_t p = 0; p < 3072; ++p)
      bytes.push_back(static_cast<std::uint8_t>(p / 1024 * 50 + (p + i) % 7));
  }
  return bytes;
}

void write_cifar_folder(const TemporaryFolder& folder) {
  for (std::uint8_t b = 1; b <= 5; ++b) folder.write("data_batch_" + std::to_string(b) + ".bin", cifar(2, b));
  folder.write("test_batch.bin", cifar(3, 0));
}

TEST(Cifar10, LoadsFiveBatchesAndStandardisesByChannel) {
  const TemporaryFolder folder;
  write_cifar_folder(folder);
  const DataSet data = load("cifar10", folder.path());
  EXPECT_EQ(data.shape, (ImageShape{3, 32, 32}));
  EXPECT_EQ(data.classes, 10);
  EXPECT_EQ(data.train.labels, (std::vector<std::int32_t>{1, 2, 2, 3, 3, 4, 4, 5, 5, 6}));
  EXPECT_EQ(data.test.count(), 3);
  for (std::size_t c = 0; c < 3; ++c) {
    double sum = 0;
    for (std::size_t i = 0; i < 10; ++i)
      for (std::size_t p = 0; p < 1024; ++p) sum += data.train.images[i * 3072 + c * 1024 + p];
    EXPECT_NEAR(sum / 10240, 0, 1e-6);
  }
}

TEST(Cifar10, DamageIsAnError) {
  const TemporaryFolder folder;
  write_cifar_folder(folder);
  Bytes wrong = cifar(2, 3);
  wrong[3073] = 10;
  folder.write("data_batch_3.bin", wrong);
  expect_error([&] { load("cifar10", folder.path()); }, "data_batch_3.bin]", "label must be from 0 to 9",
               "record 1 has 10");
  wrong.pop_back();
  folder.write("data_batch_3.bin", wrong);
  expect_error([&] { load("cifar10", folder.path()); }, "records of 3073 bytes", "has 6145 bytes");
  folder.write("data_batch_3.bin", Bytes{});
  expect_error([&] { load("cifar10", folder.path()); }, "has 0 bytes");
  std::filesystem::remove(folder / "data_batch_3.bin");
  expect_error([&] { load("cifar10", folder.path()); }, "data_batch_3.bin]", "cannot read: No such file");
}

/// Two records of one colour each: coarse label, fine label, pixels.
Bytes cifar100(std::uint8_t fine) {
  Bytes bytes;
  for (int i = 0; i < 2; ++i) {
    bytes.push_back(19);
    bytes.push_back(fine);
    for (std::size_t p = 0; p < 3072; ++p) bytes.push_back(static_cast<std::uint8_t>(p / 1024 * 10 + i));
  }
  return bytes;
}

TEST(Cifar100, TakesTheFineLabels) {
  const TemporaryFolder folder;
  folder.write("train.bin", cifar100(99));
  folder.write("test.bin", cifar100(7));
  const DataSet data = load("cifar100", folder.path());
  EXPECT_EQ(data.shape, (ImageShape{3, 32, 32}));
  EXPECT_EQ(data.classes, 100);
  EXPECT_EQ(data.train.labels, (std::vector<std::int32_t>{99, 99}));
  EXPECT_EQ(data.test.labels, (std::vector<std::int32_t>{7, 7}));
  EXPECT_FLOAT_EQ(data.train.images[2048], -1);  // channel 2 of the first image: 20, of the second: 21
  EXPECT_EQ(data_files({"cifar100:" + folder.path().string()}).size(), 2u);
}

TEST(Cifar100, DamageIsAnError) {
  const TemporaryFolder folder;
  folder.write("train.bin", cifar100(100));
  expect_error([&] { load("cifar100", folder.path()); }, "train.bin]", "from 0 to 99", "record 0 has 100");
  folder.write("train.bin", Bytes(3073));
  expect_error([&] { load("cifar100", folder.path()); }, "CIFAR-100", "records of 3074 bytes", "has 3073");
}

}  // namespace
}  // namespace nwedge::network
