#include "nwedge/experiment/walk.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/experiment/wedge_study.hpp"

namespace nwedge::experiment {
namespace {

using test::WedgeStudy;

wedge::WedgeOptions wedges(std::int64_t short_directions) {
  wedge::WedgeOptions options;
  options.dimension = 200;
  options.short_directions = short_directions;
  options.wedges = 5;
  return options;
}

/// The records of one walk from each optimum.
std::vector<StoredRecord> walks(const Walk& experiment, const WedgeStudy& study) {
  std::vector<StoredRecord> records;
  optimize::Options training = study.training;
  training.momentum = 0;
  training.learning_rate = 0.5;
  Monitor monitor;
  for (std::size_t i = 0; i < study.optima.size(); ++i) {
    const Input input{study.model, training, std::span(study.optima).subspan(i, 1), i, {}};
    records.push_back(
        WedgeStudy::stored(experiment, experiment.run(input, monitor), to_json_object(experiment)));
  }
  return records;
}

TEST(Walk, KeepsWhatIsLongInAWedge) {
  Walk experiment;
  experiment.walk_steps = 1;  // along a random direction: sqrt(1 - s/D) of it is long
  const WedgeStudy study(wedges(20), 20);
  double sum = 0;
  for (const StoredRecord& record : walks(experiment, study))
    sum += result_of<WalkResult>(record).efficiency / 20;
  EXPECT_NEAR(sum, std::sqrt(0.9), 5 * 0.01);  // a share Beta(10, 90) of the square: deviation .03, of 20
  experiment.walk_steps = 10;
  const std::vector<StoredRecord> records = walks(experiment, WedgeStudy(wedges(20), 4));
  const std::vector<Finding> findings = experiment.judge(records);
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].verdict, Verdict::reproduced) << findings[0].reason;
  EXPECT_EQ(findings[1].verdict, Verdict::reproduced) << findings[1].reason;
  ASSERT_EQ(findings[0].controls.size(), 1u);
  EXPECT_TRUE(findings[0].controls[0].fails());
}

TEST(Walk, IsTakenBackByABowl) {
  Walk experiment;
  experiment.walk_steps = 5;
  wedge::WedgeOptions bowls = wedges(200);
  bowls.centre_spread = 1;  // the norm of an optimum is the unit of a step
  const std::vector<Finding> findings = experiment.judge(walks(experiment, WedgeStudy(bowls, 4)));
  ASSERT_EQ(findings.size(), 1u);  // no closed form above 0
  EXPECT_EQ(findings[0].verdict, Verdict::not_reproduced) << findings[0].measurement;
}

}  // namespace
}  // namespace nwedge::experiment
