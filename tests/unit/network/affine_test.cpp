#include "nwedge/network/engine/affine.hpp"

#include <gtest/gtest.h>

#include "nwedge/core/random.hpp"
#include "nwedge/network/losses/cross_entropy.hpp"
#include "nwedge/network/network.hpp"
#include "nwedge/restriction.hpp"
#include "tests/support/threads.hpp"

namespace nwedge::network {
namespace {

struct Case {
  std::string model;
  std::string activation;
  std::string data;
  std::int64_t examples;
  std::int64_t directions;
  bool fast;
};

void PrintTo(const Case& c, std::ostream* stream) {
  *stream << c.model << " " << c.activation << " on " << c.data << " x " << c.examples << ", " << c.directions
          << " directions";
}

AffineFamily random_family(const Network& network, std::int64_t count) {
  AffineFamily family{network.initial_point(0), {}};
  for (std::int64_t j = 1; j <= count; ++j) {
    const std::vector<float> direction = network.initial_point(static_cast<std::uint64_t>(j));
    family.directions.insert(family.directions.end(), direction.begin(), direction.end());
  }
  return family;
}

class AffineNetwork : public ::testing::TestWithParam<Case> {
 protected:
  AffineNetwork()
      : data_(std::make_shared<const DataSet>(load_data({GetParam().data, GetParam().examples, 21, 3}))),
        network_(data_, make_model({GetParam().model, GetParam().activation, 0.0}, *data_)),
        family_(std::make_shared<const AffineFamily>(random_family(network_, GetParam().directions))),
        grid_(static_cast<std::size_t>(70 * GetParam().directions)) {  // more points than are taken at once
    RandomStream(2, "grid").fill_normal(grid_, 0.5);
  }

  std::span<const float> coordinates(std::size_t p) const {
    const auto d = static_cast<std::size_t>(GetParam().directions);
    return std::span(grid_).subspan(p * d, d);
  }

  std::shared_ptr<const DataSet> data_;
  Network network_;
  std::shared_ptr<const AffineFamily> family_;
  std::vector<float> grid_;
};

// Linear and convolutional first layers; fan-ins on both sides of where it pays; numbers of examples that end
// inside a micro-batch.
INSTANTIATE_TEST_SUITE_P(Models, AffineNetwork,
                         ::testing::Values(Case{"mlp:13,9", "relu", "synthetic:1x6x7,5", 70, 1, true},
                                           Case{"mlp:13,9", "tanh", "synthetic:1x6x7,5", 64, 3, true},
                                           Case{"mlp:20", "relu", "synthetic:3x5x5,3", 130, 2, true},
                                           Case{"cnn:4,3", "relu", "synthetic:3x9x7,4", 19, 2, true},
                                           Case{"cnn:4,3", "tanh", "synthetic:4x6x8,4", 33, 3, true},
                                           Case{"cnn:3", "relu", "synthetic:1x6x6,4", 20, 1, false},
                                           Case{"mlp:9", "relu", "synthetic:1x6x7,4", 20, 4, false}));

TEST_P(AffineNetwork, IsMadeWhereItPays) {
  const auto loss = std::make_shared<const CrossEntropy>(network_.graph().outputs(), 0);
  Engine engine(std::make_shared<const Graph>(network_.graph()), loss, loss);
  EXPECT_EQ(make_affine_network(network_, engine, *data_, family_) != nullptr, GetParam().fast);
}

TEST_P(AffineNetwork, LossesAreThoseOfTheComposition) {
  const std::unique_ptr<Landscape> fast = network_.restrict_to(*family_);
  const CurvedRestriction plain(network_, family_);
  for (const Split split : {Split::train, Split::test}) {
    const std::vector<Metrics> found = fast->evaluate_many(grid_, split);
    const std::vector<Metrics> expected = plain.evaluate_many(grid_, split);
    ASSERT_EQ(found.size(), expected.size());
    const double flip = 1.5 / static_cast<double>(network_.examples(split));
    for (std::size_t p = 0; p < found.size(); ++p) {
      EXPECT_NEAR(found[p].loss, expected[p].loss, 3e-6 * (1 + expected[p].loss)) << p;
      EXPECT_NEAR(found[p].accuracy, expected[p].accuracy, flip) << p;
    }
  }
}

TEST_P(AffineNetwork, MakesAgainWhatIsTooLargeToKeep) {
  if (!GetParam().fast) GTEST_SKIP() << "composed";
  const auto loss = std::make_shared<const CrossEntropy>(network_.graph().outputs(), 0);
  Engine engine(std::make_shared<const Graph>(network_.graph()), loss, loss);
  const auto kept = make_affine_network(network_, engine, *data_, family_);
  const auto made_again = make_affine_network(network_, engine, *data_, family_, 0);
  EXPECT_EQ(kept->evaluate(coordinates(3)).loss, made_again->evaluate(coordinates(3)).loss);
  EXPECT_EQ(kept->evaluate(coordinates(4)).loss, made_again->evaluate(coordinates(4)).loss);
}

TEST_P(AffineNetwork, ManyPointsAreThoseOneByOneOnAnyNumberOfThreads) {
  const std::unique_ptr<Landscape> fast = network_.restrict_to(*family_);
  const std::vector<Metrics> many = fast->evaluate_many(grid_);
  for (int threads = 1; threads <= 2; ++threads) {
    const test::WithThreads limit(threads);
    const std::unique_ptr<Landscape> again = network_.restrict_to(*family_);
    for (const std::size_t p : {std::size_t{0}, std::size_t{68}})
      EXPECT_EQ(again->evaluate(coordinates(p)).loss, many[p].loss);
    EXPECT_EQ(again->evaluate_many(grid_).back().loss, many.back().loss);
  }
}

}  // namespace
}  // namespace nwedge::network
