#include "nwedge/core/instruction_set.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "nwedge/core/vectorise.hpp"
#include "nwedge/core/vectors.hpp"
#include "tests/support/expect_error.hpp"

namespace nwedge {
namespace {

/// Gives back the instruction set that was there.
struct Restored {
  InstructionSet before = instruction_set();
  ~Restored() { limit_instruction_set(name_of(before)); }
};

TEST(InstructionSet, CanBeLimitedAndRaisedAgain) {
  const Restored restored;
  limit_instruction_set("baseline");
  EXPECT_EQ(instruction_set(), InstructionSet::baseline);
  limit_instruction_set(name_of(restored.before));
  EXPECT_EQ(instruction_set(), restored.before);
}

TEST(InstructionSet, AnUnknownNameIsRefused) {
  test::expect_error([] { limit_instruction_set("avx9"); }, "instruction set",
                     "must be baseline, avx2 or avx512", "avx9");
}

TEST(Vectorise, GivesTheSameSumsWithEveryInstructionSet) {
  const Restored restored;
  std::vector<float> a(1003);
  std::iota(a.begin(), a.end(), 1.0f);  // whole numbers: no rounding
  for (const InstructionSet set : {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512}) {
    if (set > restored.before) break;
    limit_instruction_set(name_of(set));
    EXPECT_EQ(dot(a, a), 1003.0 * 1004 * 2007 / 6) << name_of(set);
    EXPECT_EQ(vectorise([&] { return std::accumulate(a.begin(), a.end(), 0.0); }), 1003.0 * 1004 / 2);
  }
}

}  // namespace
}  // namespace nwedge
