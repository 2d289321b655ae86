#include "nwedge/optimize/options.hpp"

#include <gtest/gtest.h>

#include "nwedge/core/error.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/quadratic_landscape.hpp"

namespace nwedge::optimize {
namespace {

Options valid() {
  Options options;
  options.steps = 10;
  return options;
}

std::string complaint(const Options& options) {
  try {
    options.validate("training");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(OptimizeOptions, DefaultsWithStepsAreValid) { EXPECT_EQ(complaint(valid()), ""); }

TEST(OptimizeOptions, ExactlyOneOfEpochsAndSteps) {
  Options options = valid();
  options.epochs = 1;
  EXPECT_NE(complaint(options).find("exactly one of epochs and steps"), std::string::npos);
  options.epochs = 0;
  options.steps = 0;
  EXPECT_NE(complaint(options).find("exactly one of epochs and steps"), std::string::npos);
}

TEST(OptimizeOptions, RangesAndChoices) {
  Options options = valid();
  options.learning_rate = 0;
  EXPECT_NE(complaint(options).find("learning-rate must be above 0"), std::string::npos);
  options = valid();
  options.method = "sgdd";
  EXPECT_NE(complaint(options).find("did you mean \"sgd\""), std::string::npos);
}

TEST(OptimizeOptions, NoOptionIsReadAndIgnored) {
  Options options = valid();
  options.nesterov = true;
  EXPECT_EQ(complaint(options), "");
  options.method = "adam";
  EXPECT_NE(complaint(options).find("nesterov"), std::string::npos);
  options = valid();
  options.cycle_steps = 5;
  EXPECT_NE(complaint(options).find("cycle-steps"), std::string::npos);
  options = valid();
  options.schedule = "cyclic";
  EXPECT_NE(complaint(options).find("cycle-steps"), std::string::npos);
  options = valid();
  options.schedule = "constant";
  options.final_fraction = 0.5;
  EXPECT_NE(complaint(options).find("final-fraction"), std::string::npos);
}

TEST(OptimizeOptions, AWarmupIsAShareOrWholeStepsBelowAll) {
  const test::QuadraticLandscape landscape({1, 2});
  Options options = valid();
  for (const double good : {0.0, 0.5, 0.99, 1.0, 9.0}) {
    options.warmup = good;
    EXPECT_EQ(complaint(options), "");
    EXPECT_EQ(options.total_steps(landscape), 10);
  }
  EXPECT_EQ(options.warmup_steps(10), 9);
  options.warmup = 0.26;
  EXPECT_EQ(options.warmup_steps(10), 3);
  options.warmup = 2.5;
  EXPECT_NE(complaint(options).find("warmup must be below 1 or a whole number of steps, is 2.5"),
            std::string::npos);
  options.warmup = 10;
  test::expect_error([&] { options.total_steps(landscape); }, "[warmup]", "below the 10 steps", "is 10");
}

TEST(OptimizeOptions, AdamNeedsMomentaBelowOne) {
  for (const char* method : {"adam", "adamw"}) {
    Options options = valid();
    options.method = method;
    options.momentum = 1;
    EXPECT_NE(complaint(options).find(std::string(method) + " needs momentum"), std::string::npos);
  }
}

TEST(OptimizeOptions, EpochsNeedExamples) {
  const test::QuadraticLandscape landscape({1, 2});
  Options options;
  options.epochs = 2;
  EXPECT_THROW(options.total_steps(landscape), Error);
  options.epochs = 0;
  options.steps = 7;
  EXPECT_EQ(options.total_steps(landscape), 7);
}

}  // namespace
}  // namespace nwedge::optimize
