#include "nwedge/io/gzip.hpp"

#include <gtest/gtest.h>

#include "tests/support/compress.hpp"
#include "tests/support/expect_error.hpp"

namespace nwedge::io {
namespace {

using test::compress;
using test::expect_error;

std::vector<std::uint8_t> pattern(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * i >> 3);
  return bytes;
}

TEST(Gzip, GivesBackWhatWasCompressed) {
  for (const std::size_t size : {0u, 1u, 1000u, 200000u}) {
    const auto bytes = pattern(size);
    const auto packed = compress(bytes);
    EXPECT_TRUE(is_gzip(packed));
    EXPECT_EQ(inflate_gzip(packed, size + 1, "test"), bytes);
  }
}

TEST(Gzip, StopsAtTheLimit) {
  const auto bytes = pattern(100000);
  const auto start = inflate_gzip(compress(bytes), 70000, "test");
  EXPECT_TRUE(std::equal(start.begin(), start.end(), bytes.begin()));
  EXPECT_EQ(start.size(), 70000u);
}

TEST(Gzip, ReadsSeveralMembers) {
  const auto bytes = pattern(1000);
  auto packed = compress(std::span(bytes).first(400));
  const auto second = compress(std::span(bytes).subspan(400));
  packed.insert(packed.end(), second.begin(), second.end());
  EXPECT_EQ(inflate_gzip(packed, 2000, "test"), bytes);
}

TEST(Gzip, DamageIsAnError) {
  const auto packed = compress(pattern(5000));
  for (const std::size_t size : {2ul, 10ul, packed.size() / 2, packed.size() - 1})
    expect_error([&] { inflate_gzip(std::span(packed).first(size), 6000, "place"); }, "[place]", "truncated");
  auto wrong_sum = packed;
  wrong_sum[packed.size() - 8] ^= 1;
  expect_error([&] { inflate_gzip(wrong_sum, 6000, "place"); }, "[place]", "damaged", "incorrect data check");
  auto wrong_method = packed;
  wrong_method[2] = 77;
  expect_error([&] { inflate_gzip(wrong_method, 6000, "place"); }, "[place]", "damaged");
}

}  // namespace
}  // namespace nwedge::io
