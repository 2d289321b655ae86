#include "nwedge/experiment/optima_matching.hpp"

#include <gtest/gtest.h>

#include "nwedge/core/error.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/alignment.hpp"
#include "nwedge/experiment/barriers.hpp"
#include "nwedge/experiment/section.hpp"
#include "nwedge/experiment/tunnel.hpp"
#include "nwedge/network/alignment/unit_groups.hpp"
#include "nwedge/network/network.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/quadratic_landscape.hpp"

namespace nwedge::experiment {
namespace {

class OptimaOfANetwork : public testing::Test {
 protected:
  OptimaOfANetwork()
      : data_(
            std::make_shared<const network::DataSet>(network::load_data({"synthetic:1x6x6,4", 300, 40, 3}))),
        network_(data_, network::make_model({.model = "mlp:12,8"}, *data_)) {
    training_.epochs = 8;
    training_.learning_rate = 0.1;
    training_.record_points = 4;
    for (const std::uint64_t seed : {0, 1})
      optima_.push_back(
          optimize::minimize(network_, network_.initial_point(seed), training_, seed, monitor_));
  }
  Input input() const { return {network_, training_, optima_, 0, {}, true}; }
  /// The first optimum with its units in random order.
  optimize::Result permuted() const {
    const network::UnitGroups groups(network_.graph());
    RandomStream stream(9, "copy");
    const network::Arrangement moved = groups.random(stream);
    optimize::Result copy = optima_.front();
    copy.point = groups.arranged_weights(moved, copy.point);
    copy.initial = groups.arranged_weights(moved, copy.initial);
    return copy;
  }

  std::shared_ptr<const network::DataSet> data_;
  network::Network network_;
  optimize::Options training_;
  std::vector<optimize::Result> optima_;
  mutable Monitor monitor_;
};

TEST_F(OptimaOfANetwork, MatchedComputeTheSameNearerToTheFirst) {
  for (const char* method : {"weights", "activations"}) {
    const std::vector<optimize::Result> matched = OptimaMatching{.align = method}.matched(input(), monitor_);
    ASSERT_EQ(matched.size(), 2u);
    EXPECT_EQ(matched[0].point, optima_[0].point);
    EXPECT_NE(matched[1].point, optima_[1].point);
    EXPECT_NEAR(network_.evaluate(matched[1].point).loss, network_.evaluate(optima_[1].point).loss, 1e-5);
    EXPECT_NEAR(network_.evaluate(matched[1].initial).loss, network_.evaluate(optima_[1].initial).loss, 1e-5);
    EXPECT_LT(distance(matched[0].point, matched[1].point), distance(optima_[0].point, optima_[1].point));
    const auto last = std::span(matched[1].trajectory).last(matched[1].point.size());
    EXPECT_TRUE(std::equal(last.begin(), last.end(), matched[1].point.begin()));
  }
}

TEST_F(OptimaOfANetwork, APermutedCopyLiesAtTheFirst) {
  optima_[1] = permuted();
  const std::vector<optimize::Result> matched = OptimaMatching{.align = "weights"}.matched(input(), monitor_);
  EXPECT_EQ(matched[1].point, optima_[0].point);
  EXPECT_EQ(matched[1].initial, optima_[0].initial);
  // So a tunnel has nothing to join, which without matching it has.
  Tunnel tunnel;
  tunnel.paths = {"chain"};
  tunnel.training.steps = 20;
  tunnel.random_paths = tunnel.plane_points = tunnel.thickness_points = 0;
  EXPECT_FALSE(tunnel.run(input(), monitor_).result["pairs"][0]["coincide"].get<bool>());
  tunnel.matching.align = "weights";
  EXPECT_TRUE(tunnel.run(input(), monitor_).result["pairs"][0]["coincide"].get<bool>());
}

TEST_F(OptimaOfANetwork, SectionsGoThroughTheMatched) {
  Section section;
  section.directions = "points";
  section.grid = {3};
  section.least = {0};
  section.most = {1};
  const double apart = section.run(input(), monitor_).result["direction-lengths"][0].get<double>();
  section.matching.align = "weights";
  const double near = section.run(input(), monitor_).result["direction-lengths"][0].get<double>();
  EXPECT_NEAR(apart, distance(optima_[0].point, optima_[1].point), 1e-4);
  EXPECT_LT(near, apart);
  section.directions = "random";
  EXPECT_THROW(section.validate("here"), Error);
}

TEST_F(OptimaOfANetwork, SectionsThroughTheMatchedAreHandedOutToo) {
  Section section;
  section.directions = "points";
  section.grid = {3};
  section.matching.align = "weights";
  SomeParts first(0, 2);
  EXPECT_THROW(section.run({network_, training_, optima_, 0, {}, true, first}, monitor_), PartDone);
}

TEST_F(OptimaOfANetwork, StoredStatisticsWouldNotFollow) {
  const network::Model model = network::make_model({.model = "resnet:8"}, *data_);
  const network::Network stored(data_, {model.graph, network::initial_buffers(model.graph)},
                                {.statistics = "stored"});
  const Planned planned{stored, "network", training_, 2, true};
  Barriers barriers;
  EXPECT_NO_THROW(barriers.validate_for(planned, "here"));
  barriers.align = "weights";
  test::expect_error([&] { barriers.validate_for(planned, "here"); },
                     "[here] units cannot be matched with statistics");
  EXPECT_THROW(Alignment().validate_for(planned, "here"), Error);
  EXPECT_THROW(OptimaMatching{.align = "weights"}.validate_for(planned, "here"), Error);
}

TEST_F(OptimaOfANetwork, NothingElseIsMatched) {
  const OptimaMatching matching{.align = "weights"};
  matching.validate_for({network_, "network", training_, 2, true}, "here");
  const test::QuadraticLandscape other({1, 2, 3});
  EXPECT_THROW(matching.validate_for({other, "wedge", training_, 2, true}, "here"), Error);
}

}  // namespace
}  // namespace nwedge::experiment
