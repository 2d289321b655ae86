#include "nwedge/network/data/idx.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/support/compress.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/network/data/load.hpp"

namespace nwedge::network {
namespace {

using test::compress;
using test::expect_error;
using test::TemporaryFolder;

Bytes idx(const std::vector<std::uint32_t>& extents, const Bytes& values, std::uint8_t type = 8) {
  Bytes bytes = {0, 0, type, static_cast<std::uint8_t>(extents.size())};
  for (const std::uint32_t extent : extents)
    for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(extent >> shift));
  bytes.insert(bytes.end(), values.begin(), values.end());
  return bytes;
}

Bytes ramp(std::size_t size, std::size_t modulus = 256) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i % modulus);
  return bytes;
}

/// A folder in MNIST's format with `train` and `test` images of 2x3 pixels and labels 0, 1, 2, 0, ….
void write_idx_folder(const TemporaryFolder& folder, std::uint32_t train, std::uint32_t test) {
  folder.write("train-images-idx3-ubyte.gz", compress(idx({train, 2, 3}, ramp(std::size_t{6} * train))));
  folder.write("train-labels-idx1-ubyte", idx({train}, ramp(train, 3)));
  folder.write("t10k-images.idx3-ubyte", idx({test, 2, 3}, ramp(std::size_t{6} * test)));
  folder.write("t10k-labels.idx1-ubyte.gz", compress(idx({test}, ramp(test, 3))));
}

TEST(Idx, PlainAndCompressedGiveTheSame) {
  const Bytes plain = idx({2, 2, 3}, ramp(12));
  const IdxArray array = parse_idx(plain, 3, "place");
  EXPECT_EQ(array.extents, (std::vector<std::int64_t>{2, 2, 3}));
  EXPECT_EQ(array.values, ramp(12));
  EXPECT_EQ(parse_idx(compress(plain), 3, "place").values, array.values);
}

TEST(Idx, DamageIsAnError) {
  const Bytes good = idx({2, 2, 3}, ramp(12));
  expect_error([&] { parse_idx(good, 1, "place"); }, "[place]", "magic number must be 00000801",
               "is 00000803");
  expect_error([&] { parse_idx(idx({4}, ramp(4), 0x0d), 1, "place"); }, "is 00000d01");
  expect_error([&] { parse_idx(Bytes{0, 0}, 1, "place"); }, "begins with 4 bytes", "has 2 bytes");
  expect_error([&] { parse_idx(Bytes{}, 1, "place"); }, "has 0 bytes");
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_THROW(parse_idx(std::span(good).first(size), 3, "place"), Error) << size;
    EXPECT_THROW(parse_idx(compress(std::span(good).first(size)), 3, "place"), Error) << size;
  }
  Bytes longer = good;
  longer.push_back(0);
  expect_error([&] { parse_idx(longer, 3, "place"); }, "promises 12 bytes", "has more");
  expect_error([&] { parse_idx(idx({0, 2, 3}, {}), 3, "place"); }, "extent 1 must be at least 1", "is 0");
}

TEST(Idx, AHugeClaimCostsNothing) {
  const std::uint32_t huge = 0xffffffff;
  expect_error([&] { parse_idx(idx({huge, huge, huge}, {}), 3, "place"); }, "extent 2", "is 4294967295");
  expect_error([&] { parse_idx(idx({huge}, ramp(5)), 1, "place"); }, "promises 4294967295 bytes", "has 5");
  expect_error([&] { parse_idx(compress(idx({huge}, ramp(5))), 1, "place"); }, "promises 4294967295 bytes",
               "has 5");
}

TEST(IdxFolder, LoadsEveryNameOfTheFiles) {
  const TemporaryFolder folder;
  write_idx_folder(folder, 9, 6);
  const DataSet data = load("idx", folder.path());
  EXPECT_EQ(data.shape, (ImageShape{1, 2, 3}));
  EXPECT_EQ(data.classes, 3);
  EXPECT_EQ(data.train.labels, (std::vector<std::int32_t>{0, 1, 2, 0, 1, 2, 0, 1, 2}));
  EXPECT_EQ(data.test.count(), 6);
  // Pixels 0, 1, …, 53: mean 26.5, variance (54^2 - 1)/12.
  EXPECT_FLOAT_EQ(data.train.images[7], static_cast<float>((7 - 26.5) / std::sqrt((54.0 * 54 - 1) / 12)));
  EXPECT_EQ(data.test.images[7], data.train.images[7]);
}

TEST(IdxFolder, SubsetsAreNested) {
  const TemporaryFolder folder;
  write_idx_folder(folder, 40, 6);
  const auto first_pixels = [&](std::int64_t count, std::int64_t seed) {
    const DataSet data = load("idx", folder.path(), count, 0, seed);
    std::set<float> pixels;
    for (std::size_t i = 0; i < data.train.images.size(); i += 6) pixels.insert(data.train.images[i]);
    EXPECT_EQ(static_cast<std::int64_t>(pixels.size()), count);
    return pixels;
  };
  const std::set<float> all = first_pixels(40, 0);
  const std::set<float> large = first_pixels(20, 1);
  const std::set<float> small = first_pixels(7, 1);
  EXPECT_TRUE(std::includes(all.begin(), all.end(), large.begin(), large.end()));
  EXPECT_TRUE(std::includes(large.begin(), large.end(), small.begin(), small.end()));
  EXPECT_NE(large, first_pixels(20, 2));
}

TEST(IdxFolder, BadFoldersAreErrors) {
  const TemporaryFolder folder;
  expect_error([] { load("idx", "/nonexistent"); }, "[/nonexistent]", "must hold train-images-idx3-ubyte");
  write_idx_folder(folder, 9, 6);
  expect_error([&] { load("idx", folder.path(), 10); }, "train-examples must be at most 9", "is 10");
  expect_error([&] { load("idx", folder.path(), 0, 7); }, "test-examples must be at most 6", "is 7");
  folder.write("train-labels-idx1-ubyte", idx({8}, ramp(8, 3)));
  expect_error([&] { load("idx", folder.path()); }, "equally many, are 9 and 8");
  folder.write("train-labels-idx1-ubyte", idx({9}, ramp(9, 2)));
  expect_error([&] { load("idx", folder.path()); }, "label must be from 0 to 1", "test label 2 is 2");
  write_idx_folder(folder, 9, 6);
  folder.write("train-images-idx3-ubyte.gz", compress(idx({9, 2, 3}, Bytes(54, 5))));
  expect_error([&] { load("idx", folder.path()); }, "channel 0", "must not be constant", "is 5");
  folder.write("train-images-idx3-ubyte.gz", compress(idx({9, 3, 3}, ramp(81))));
  expect_error([&] { load("idx", folder.path()); }, "one shape, have 1x3x3 and 1x2x3");
}

}  // namespace
}  // namespace nwedge::network
