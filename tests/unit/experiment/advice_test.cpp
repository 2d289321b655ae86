#include "nwedge/experiment/advice.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "nwedge/network/model.hpp"
#include "nwedge/optimize/optimizer.hpp"

namespace nwedge::experiment {
namespace {

/// Networks that are sure of their mistakes, judged by few examples: their losses are then uncertain by more
/// than what stands between them.
class FewExamples : public testing::Test {
 protected:
  FewExamples()
      : data_(std::make_shared<const network::DataSet>(network::load_data({"synthetic:1x6x6,4", 200, 120}))),
        model_(network::make_model({.model = "mlp:16"}, *data_)) {}

  Checkpoint trained(const std::string& name, std::uint64_t seed, std::int64_t epochs) const {
    const network::Network network(data_, model_);
    optimize::Options training;
    training.epochs = epochs;
    training.learning_rate = 0.1;
    training.schedule = "constant";
    Monitor monitor;
    return {name, optimize::minimize(network, network.initial_point(seed), training, seed, monitor).point};
  }
  Advice advise(const std::vector<Checkpoint>& checkpoints) const {
    Monitor monitor;
    return experiment::advise(*data_, model_, {}, checkpoints, {}, monitor).advice;
  }

  std::shared_ptr<const network::DataSet> data_;
  network::Model model_;
};

TEST_F(FewExamples, DoNotJoinWhatABarrierSeparates) {
  const std::vector<Checkpoint> checkpoints = {trained("a", 0, 30), trained("b", 1, 30)};
  const Advice advice = this->advise(checkpoints);
  const LineAdvice& line = advice.pairs.at(0).line;
  EXPECT_GT(line.barrier.value, 0.02);
  // Two standard errors of the loss itself are more than the whole interval: no measure of what separates.
  const Estimate& loss = advice.candidates.at(0).loss;
  EXPECT_GT((loss.high - loss.low) / 2, line.barrier.high);
  EXPECT_FALSE(line.one_wedge);
  EXPECT_EQ(advice.wedges.size(), 2u);
  EXPECT_EQ(advice.tolerance, 0.02);
}

TEST_F(FewExamples, ShowThatSnapshotsShareAWedge) {
  const Advice advice = this->advise({trained("a", 0, 30), trained("b", 0, 31), trained("c", 0, 32)});
  EXPECT_EQ(advice.wedges, (std::vector<std::vector<std::int64_t>>{{0, 1, 2}}));
  const auto made = [&](const std::string& name) {
    return std::count_if(advice.candidates.begin(), advice.candidates.end(),
                         [&](const CandidateAdvice& candidate) { return candidate.name == name; });
  };
  EXPECT_EQ(made("average of a, b, c"), 1);
  EXPECT_EQ(made("Fisher average of a, b, c"), 1);
}

}  // namespace
}  // namespace nwedge::experiment
