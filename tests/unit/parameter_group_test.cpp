#include "nwedge/parameter_group.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace nwedge {
namespace {

TEST(ParameterGroup, NormAndScaleActOnItsEntriesAlone) {
  std::vector<float> values = {9, 3, 9, 4, 9, 12, 9};
  const ParameterGroup every_other{1, 3, ParameterGroup::Kind::weight, 2};
  EXPECT_FLOAT_EQ(static_cast<float>(group_norm(values, every_other)), 13);
  EXPECT_FLOAT_EQ(static_cast<float>(group_norm(values, {1, 3})), std::sqrt(9.0f + 81 + 16));
  scale_group(values, every_other, 0.5);
  EXPECT_EQ(values, (std::vector<float>{9, 1.5f, 9, 2, 9, 6, 9}));
  scale_group(values, {5, 2}, 0);
  EXPECT_EQ(values, (std::vector<float>{9, 1.5f, 9, 2, 9, 0, 0}));
}

}  // namespace
}  // namespace nwedge
