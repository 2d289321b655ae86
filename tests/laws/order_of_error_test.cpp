#include "tests/laws/order_of_error.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

namespace nwedge::test {
namespace {

std::vector<StepError> sweep(const std::function<double(double)>& error) {
  std::vector<StepError> all;
  for (double h = 1; h > 1e-5; h /= 2) all.push_back({h, error(h) + 1e-7 / h, 1e-7 / h});
  return all;
}

TEST(OrderOfError, AcceptsSecondOrderAndExactness) {
  EXPECT_EQ(second_order_complaint(sweep([](double h) { return 3 * h * h; })), "");
  EXPECT_EQ(second_order_complaint(sweep([](double h) { return h * h + 5 * std::pow(h, 4); })), "");
  EXPECT_EQ(second_order_complaint(sweep([](double) { return 0.0; })), "");
  EXPECT_EQ(second_order_complaint(sweep([](double h) { return h > 0.1 ? 1 / h : 0.0; })), "");
}

TEST(OrderOfError, RejectsAWrongDerivative) {
  EXPECT_NE(second_order_complaint(sweep([](double) { return 0.01; })), "");
  EXPECT_NE(second_order_complaint(sweep([](double h) { return 0.01 + h * h; })), "");
  EXPECT_NE(second_order_complaint(sweep([](double h) { return h; })), "");
  EXPECT_NE(second_order_complaint(sweep([](double h) { return h > 0.1 ? 1 / h : 0.01; })), "");
  EXPECT_NE(second_order_complaint(sweep([](double) { return std::nan(""); })), second_order_complaint({}));
}

TEST(OrderOfError, BestStep) {
  EXPECT_EQ(best_step_complaint(sweep([](double h) { return std::sqrt(h); }), 0.02, 1), "");
  EXPECT_NE(best_step_complaint(sweep([](double) { return 0.05; }), 0.01, 1), "");
}

}  // namespace
}  // namespace nwedge::test
