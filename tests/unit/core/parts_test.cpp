#include "nwedge/core/parts.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
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

struct Measured {
  double highest = std::numeric_limits<double>::infinity();
  double missing = std::numeric_limits<double>::quiet_NaN();
  double third = 1.0 / 3;
  std::optional<std::int64_t> steps;
  std::string kind;

  void visit(FieldVisitor& visitor) {
    visitor.field("highest", highest, "");
    visitor.field("missing", missing, "");
    visitor.field("third", third, "");
    visitor.field("steps", steps, "");
    visitor.field("kind", kind, "");
  }
};

TEST(Parts, ItemsKeepNumbersAndResultsInTheirOrder) {
  const std::vector<float> floats = {0.1F, -0.0F, std::numeric_limits<float>::max()};
  const std::vector<double> doubles = {1.0 / 3};
  Measured measured;
  measured.kind = "chain";
  const Parts::Bytes item =
      ItemWriter().put(floats).put_result(measured).put(std::span<const double>()).put(doubles).take();
  ItemReader reader(item);
  EXPECT_EQ(reader.floats(), floats);
  const auto back = reader.result<Measured>();
  EXPECT_EQ(back.highest, measured.highest);
  EXPECT_TRUE(std::isnan(back.missing));
  EXPECT_EQ(back.third, measured.third);
  EXPECT_FALSE(back.steps);
  EXPECT_EQ(back.kind, "chain");
  EXPECT_TRUE(reader.doubles().empty());
  EXPECT_FALSE(reader.at_end());
  EXPECT_EQ(reader.doubles(), doubles);
  EXPECT_TRUE(reader.at_end());
  EXPECT_THROW(reader.doubles(), std::out_of_range);
}

TEST(Parts, AnItemCutShortIsRefused) {
  const double numbers[] = {1, 2, 3};
  Parts::Bytes item = ItemWriter().put(numbers).take();
  item.pop_back();
  EXPECT_THROW(ItemReader(item).doubles(), std::out_of_range);
}

}  // namespace
}  // namespace nwedge
