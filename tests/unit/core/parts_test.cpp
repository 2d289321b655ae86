#include "nwedge/core/parts.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace nwedge {
namespace {

constexpr std::int64_t kItems = 7;

/// Sums k^2 over the items, in order, as text that shows the order.
std::string squares(Parts& parts) {
  std::string taken;
  parts.for_each(
      kItems,
      [](std::int64_t i) {
        const double square[] = {static_cast<double>(i * i)};
        return pack(square);
      },
      [&](std::int64_t i, const Parts::Bytes& bytes) {
        taken += std::to_string(i) + ":" + std::to_string(static_cast<int>(unpack(bytes).at(0))) + " ";
      });
  return taken;
}

std::map<std::int64_t, Parts::Bytes> computed_by(std::int64_t part, std::int64_t parts) {
  SomeParts some(part, parts);
  EXPECT_THROW(squares(some), PartDone);
  return some.items();
}

TEST(Parts, JoinedGiveWhatOneProcessGives) {
  const std::string here = squares(this_process());
  EXPECT_EQ(here, "0:0 1:1 2:4 3:9 4:16 5:25 6:36 ");
  for (const std::int64_t parts : {1, 2, 3, 9}) {
    std::map<std::int64_t, Parts::Bytes> items;
    for (std::int64_t part = 0; part < parts; ++part) items.merge(computed_by(part, parts));
    EXPECT_EQ(std::ssize(items), kItems) << parts;
    ComputedParts joined(items);
    EXPECT_EQ(squares(joined), here) << parts;
  }
}

TEST(Parts, WhatIsMissingIsComputedAndLaterLoopsAre) {
  ComputedParts joined(computed_by(1, 3));
  EXPECT_EQ(squares(joined), squares(this_process()));
  EXPECT_EQ(squares(joined), squares(this_process()));
}

TEST(Parts, ItemsThatAreGivenAreNotComputed) {
  const double other[] = {100};
  ComputedParts joined({{2, pack(other)}});
  EXPECT_EQ(squares(joined), "0:0 1:1 2:100 3:9 4:16 5:25 6:36 ");
}

TEST(Parts, NumbersKeepTheirBits) {
  const std::vector<double> numbers = {0.1, -0.0, std::numeric_limits<double>::infinity(),
                                       std::numeric_limits<double>::denorm_min()};
  const std::vector<double> back = unpack(pack(numbers));
  EXPECT_EQ(back, numbers);
  EXPECT_TRUE(std::signbit(back[1]));
  EXPECT_TRUE(unpack({}).empty());
}

}  // namespace
}  // namespace nwedge
