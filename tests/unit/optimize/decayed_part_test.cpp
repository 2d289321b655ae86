#include "nwedge/optimize/decayed_part.hpp"

#include <gtest/gtest.h>

#include "tests/support/quadratic_landscape.hpp"

namespace nwedge::optimize {
namespace {

using Kind = ParameterGroup::Kind;

/// Coordinate by coordinate whether it decays; every stretch is as long as it can be.
std::vector<bool> mask(const DecayedPart& part, std::size_t begin, std::size_t end) {
  std::vector<bool> decays;
  part.for_each_stretch(begin, end, [&](std::size_t from, std::size_t to, bool decay) {
    EXPECT_EQ(from, begin + decays.size());
    EXPECT_LT(from, to);
    EXPECT_TRUE(decays.empty() || decays.back() != decay);
    decays.insert(decays.end(), to - from, decay);
  });
  EXPECT_EQ(decays.size(), end - begin);
  return decays;
}

TEST(DecayedPart, IsAllOfADimension) {
  EXPECT_EQ(mask(DecayedPart(7), 0, 7), std::vector<bool>(7, true));
  EXPECT_EQ(DecayedPart(7).dimension(), 7u);
}

TEST(DecayedPart, IsWhatIsAWeightFromAnyBeginningToAnyEnd) {
  const std::vector<ParameterGroup> groups = {{0, 2, Kind::bias},      {2, 2, Kind::weight, 2},
                                              {3, 2, Kind::weight, 2}, {6, 1, Kind::normalisation},
                                              {7, 2, Kind::embedding}, {9, 1, Kind::weight}};
  const DecayedPart part(10, groups);
  const std::vector<bool> expected = {false, false, true, true, true, true, false, false, false, true};
  EXPECT_EQ(part.dimension(), 10u);
  for (std::size_t begin = 0; begin < 10; ++begin)
    for (std::size_t end = begin; end <= 10; ++end)
      EXPECT_EQ(mask(part, begin, end),
                std::vector<bool>(expected.begin() + static_cast<std::ptrdiff_t>(begin),
                                  expected.begin() + static_cast<std::ptrdiff_t>(end)));
}

TEST(DecayedPart, OfALandscapeWithoutStructureIsAll) {
  const test::QuadraticLandscape landscape({1, 2, 3});
  Options options;
  for (const char* decay : {"all", "weights"}) {
    options.decay = decay;
    EXPECT_EQ(mask(decayed_part(options, landscape), 0, 3), std::vector<bool>(3, true));
  }
}

}  // namespace
}  // namespace nwedge::optimize
