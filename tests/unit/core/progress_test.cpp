#include "nwedge/core/progress.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "nwedge/core/error.hpp"

namespace nwedge {
namespace {

class Recording final : public Monitor {
 public:
  std::vector<double> fractions;
  bool stop = false;

 private:
  void do_checkpoint(double fraction) override {
    if (stop) throw Cancelled();
    fractions.push_back(fraction);
  }
};

TEST(Progress, WeighsItsPartsByCost) {
  Recording whole;
  const std::vector<double> costs{1, 3};
  Progress progress(whole, costs);
  progress.part(1).checkpoint(0.5);
  progress.part(0).checkpoint(1);
  progress.part(1).checkpoint(1);
  ASSERT_EQ(whole.fractions.size(), 3u);
  EXPECT_DOUBLE_EQ(whole.fractions[0], 0.375);
  EXPECT_DOUBLE_EQ(whole.fractions[1], 0.625);
  EXPECT_DOUBLE_EQ(whole.fractions[2], 1);
}

TEST(Progress, PassesOnTheWishToStop) {
  Recording whole;
  const std::vector<double> costs{1};
  Progress progress(whole, costs);
  whole.stop = true;
  EXPECT_THROW(progress.part(0).checkpoint(0.1), Cancelled);
}

}  // namespace
}  // namespace nwedge
