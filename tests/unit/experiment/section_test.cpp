#include "nwedge/experiment/section.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/network/network.hpp"
#include "tests/unit/experiment/wedge_study.hpp"

namespace nwedge::experiment {
namespace {

const io::Tensor& tensor(const Record& record, std::string_view name) {
  for (const io::Tensor& one : record.arrays)
    if (one.name == name) return one;
  throw std::out_of_range(std::string(name));
}
const std::vector<double>& numbers(const Record& record, std::string_view name) {
  return std::get<std::vector<double>>(tensor(record, name).values);
}
const std::vector<float>& weights(const Record& record, std::string_view name) {
  return std::get<std::vector<float>>(tensor(record, name).values);
}
bool has(const Record& record, std::string_view name) {
  for (const io::Tensor& one : record.arrays)
    if (one.name == name) return true;
  return false;
}

/// Checks every loss of a planar record against the landscape at the stored origin and directions.
void expect_plane_of(const Record& record, const Landscape& landscape) {
  const AffineFamily family{weights(record, "points.origin"), weights(record, "points.directions")};
  const std::vector<double>& x = numbers(record, "axis-1");
  const std::vector<double>& y = numbers(record, "axis-2");
  const std::vector<double>& loss = numbers(record, "loss-train");
  ASSERT_EQ(tensor(record, "loss-train").shape, (std::vector<std::int64_t>{std::ssize(x), std::ssize(y)}));
  std::vector<float> theta(family.origin.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < y.size(); ++j) {
      const std::vector<float> c = {static_cast<float>(x[i]), static_cast<float>(y[j])};
      family.point(c, theta);
      const double expected = landscape.evaluate(theta).loss;
      EXPECT_NEAR(loss[i * y.size() + j], expected, 1e-5 * (1 + expected));
    }
}

wedge::WedgeOptions small_model() {
  wedge::WedgeOptions options;
  options.dimension = 120;
  options.wedges = 4;
  options.short_directions = 12;
  options.gradient_noise = 0.1;
  return options;
}

/// Four optima of a small wedge model, reached by descents with a recorded trajectory.
struct Descents {
  wedge::WedgeModel model{small_model()};
  optimize::Options training;
  std::vector<optimize::Result> optima;
  Monitor monitor;

  Descents() {
    training.steps = 60;
    training.learning_rate = 0.2;
    training.record_points = 12;
    for (std::uint64_t seed = 0; seed < 4; ++seed)
      optima.push_back(optimize::minimize(model, model.initial_point(seed), training, seed, monitor));
  }
  Record run(const Section& section, std::size_t count = 1) {
    return section.run({model, training, std::span(optima).first(count), 7, {}}, monitor);
  }
};

Section with(std::string directions, std::vector<std::int64_t> grid) {
  Section section;
  section.directions = std::move(directions);
  section.grid = std::move(grid);
  section.validate("section");
  return section;
}

TEST(Section, RandomPlaneIsScaledToItsCentre) {
  Descents descents;
  const Record record = descents.run(with("random", {7, 5}));
  expect_plane_of(record, descents.model);
  const double length = norm(descents.optima[0].point);
  EXPECT_NEAR(record.result["direction-lengths"][0].get<double>(), length, 1e-4);
  EXPECT_NEAR(record.result["direction-lengths"][1].get<double>(), length, 1e-4);
  EXPECT_NEAR(record.result["train"]["at-centre"].get<double>(),
              descents.model.evaluate(descents.optima[0].point).loss, 1e-9);
  EXPECT_EQ(numbers(record, "axis-1").front(), -1);
  EXPECT_EQ(numbers(record, "axis-2").back(), 1);
  EXPECT_NEAR(numbers(record, "optima")[0], 0, 1e-6);
  EXPECT_NEAR(numbers(record, "optima-distance")[0], 0, 1e-4);
  EXPECT_FALSE(has(record, "accuracy-train"));
  EXPECT_FALSE(has(record, "loss-test"));
}

/// 1/2 sum_i lambda_i theta_i^2 + offset.
class Bowl : public CurvedLandscape {
 public:
  Bowl(std::vector<double> curvatures, double offset)
      : CurvedLandscape(std::ssize(curvatures)), curvatures_(std::move(curvatures)), offset_(offset) {}

 private:
  class Diagonal final : public Curvature {
   public:
    explicit Diagonal(const std::vector<double>& values) : Curvature(std::ssize(values)), values_(values) {}

   private:
    void do_multiply(std::span<const float> vector, std::span<float> product) override {
      for (std::size_t i = 0; i < values_.size(); ++i)
        product[i] = static_cast<float>(values_[i] * vector[i]);
    }
    const std::vector<double>& values_;
  };

  std::vector<float> do_initial_point(std::uint64_t) const override {
    return std::vector<float>(curvatures_.size(), 1.0f);
  }
  Metrics do_evaluate(std::span<const float> point, Split) const override {
    double loss = offset_;
    for (std::size_t i = 0; i < curvatures_.size(); ++i) loss += 0.5 * curvatures_[i] * point[i] * point[i];
    return {loss, std::nan("")};
  }
  double do_gradient(std::span<const float> point, std::span<float> gradient, Split split) const override {
    for (std::size_t i = 0; i < curvatures_.size(); ++i)
      gradient[i] = static_cast<float>(curvatures_[i] * point[i]);
    return do_evaluate(point, split).loss;
  }
  double do_batch_gradient(std::span<const float> point, const Batch&,
                           std::span<float> gradient) const override {
    return do_gradient(point, gradient, Split::train);
  }
  std::unique_ptr<Curvature> do_curvature_at(std::span<const float>, Split) const override {
    return std::make_unique<Diagonal>(curvatures_);
  }

  std::vector<double> curvatures_;
  double offset_;
};

/// A section around (0, 0, 0, 0, 2) of the bowl, where the last direction is flat.
Record section_of(const Bowl& bowl, const Section& section) {
  std::vector<optimize::Result> optima(1);
  optima[0].point = {0, 0, 0, 0, 2};
  optima[0].initial = {1, 1, 1, 1, 1};
  optimize::Options training;
  Monitor silent;
  return section.run({bowl, training, optima, 3, {}}, silent);
}

TEST(Section, EigenvectorsSpanTheSteepestPlane) {
  const Bowl bowl({1, 30, 0.1, 7, 0}, 0.5);
  const Record record = section_of(bowl, with("eigenvectors", {5, 5}));
  expect_plane_of(record, bowl);
  const std::vector<float>& directions = weights(record, "points.directions");
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(std::abs(directions[i]), i == 1 ? 2 : 0, 1e-3) << i;
    EXPECT_NEAR(std::abs(directions[5 + i]), i == 3 ? 2 : 0, 1e-3) << i;
  }
  EXPECT_NEAR(record.result["eigenvalues"][0].get<double>(), 30, 1e-3);
  EXPECT_NEAR(record.result["eigenvalues"][1].get<double>(), 7, 1e-3);
  EXPECT_LT(record.result["eigenvalue-residuals"][0].get<double>(), 0.03);
  EXPECT_EQ(numbers(record, "axis-1").front(), -1);
}

TEST(Section, AutomaticRangeEndsHalfAsFarAgainAsWhereTheLossDoubles) {
  const Bowl bowl({1, 30, 0.1, 7, 0}, 0.5);
  Section section = with("eigenvectors", {5, 5});
  section.range = "auto";
  section.validate("section");
  const Record record = section_of(bowl, section);
  expect_plane_of(record, bowl);
  for (const std::size_t j : {0, 1}) {
    const double curvature = 4 * (j == 0 ? 30.0 : 7.0);  // directions are two long
    const double doubles = std::sqrt(2 * 0.5 / curvature);
    const auto& reach = record.result["reaches"][j];
    EXPECT_NEAR(reach["curvature"].get<double>(), curvature, 1e-3 * curvature);
    EXPECT_NEAR(reach["above"].get<double>(), doubles, 0.02 * doubles);
    EXPECT_NEAR(reach["below"].get<double>(), doubles, 0.02 * doubles);
    const std::vector<double>& axis = numbers(record, j == 0 ? "axis-1" : "axis-2");
    EXPECT_NEAR(axis.front(), -1.5 * doubles, 0.03 * doubles);
    EXPECT_NEAR(axis.back(), 1.5 * doubles, 0.03 * doubles);
  }
}

TEST(Section, AutomaticRangeSaysWhereNothingDoubles) {
  Section section = with("random", {3});
  section.range = "auto";
  const Record flat = section_of(Bowl({0, 0, 0, 0, 0}, 0.5), section);
  EXPECT_TRUE(flat.result["reaches"][0]["above"].is_null());
  EXPECT_EQ(numbers(flat, "axis-1").back(), 4);
  const Record zero = section_of(Bowl({1, 1, 1, 1, 0}, 0), section);
  EXPECT_TRUE(zero.result["reaches"].empty());
  EXPECT_EQ(numbers(zero, "axis-1").back(), 1);
}

TEST(Section, AutomaticRangeTellsTheSidesOfASlopeApart) {
  Section section = with("gradient", {3});
  section.range = "auto";
  section.centre = "initial";
  const Record record = section_of(Bowl({1, 1, 1, 1, 1}, 0), section);  // down to 0 along c > 0
  const auto& reach = record.result["reaches"][0];
  EXPECT_NEAR(reach["below"].get<double>(), std::sqrt(2) - 1, 0.01);
  EXPECT_NEAR(reach["above"].get<double>(), std::sqrt(2) + 1, 0.03);
}

TEST(Section, RefusesARangeItCannotFind) {
  Section section = with("points", {3});
  section.range = "auto";
  EXPECT_THROW(section.validate("section"), Error);
  section.directions = "random";
  section.least = {-1};
  section.most = {1};
  EXPECT_THROW(section.validate("section"), Error);
}

TEST(Section, RandomPlaneThroughAnOptimumGrowsAsTheTraceSays) {
  // Far from the other wedges L(c d) = 1/2 sum over the s short axes of (c d)_i^2, on average s/D c^2 ||d||^2
  // / 2.
  Descents descents;
  Section section = with("random", {3, 3});
  section.least = {-0.05, -0.05};
  section.most = {0.05, 0.05};
  std::vector<double> ratios;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Record record = section.run(
        {descents.model, descents.training, std::span(descents.optima).first(1), seed, {}}, descents.monitor);
    const double length = 0.05 * record.result["direction-lengths"][0].get<double>();
    ratios.push_back(numbers(record, "loss-train")[1] / (0.5 * length * length));  // c = (-0.05, 0)
  }
  double mean = 0;
  double square = 0;
  for (const double r : ratios) mean += r / 60;
  for (const double r : ratios) square += (r - mean) * (r - mean) / 59;
  EXPECT_NEAR(mean, 12.0 / 120, 5 * std::sqrt(square / 60));
}

TEST(Section, ThroughPointsHoldsThemAndProjectsTheOthers) {
  Descents descents;
  const Section section = with("points", {9, 8});
  EXPECT_EQ(section.grain(), Grain::all_optima);
  const Record record = descents.run(section, 4);
  expect_plane_of(record, descents.model);
  const std::vector<double>& at = numbers(record, "optima");
  EXPECT_NEAR(at[0], 0, 1e-6);
  EXPECT_NEAR(at[1], 0, 1e-6);
  EXPECT_NEAR(at[2], 1, 1e-6);
  EXPECT_NEAR(at[3], 0, 1e-6);
  const std::vector<double>& away = numbers(record, "optima-distance");
  for (std::size_t i = 0; i < 3; ++i) EXPECT_LT(away[i], 1e-4);
  EXPECT_GT(away[3], 1);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_LE(numbers(record, "axis-1").front(), at[2 * i]);
    EXPECT_GE(numbers(record, "axis-1").back(), at[2 * i]);
  }
  EXPECT_EQ(tensor(record, "trajectory").shape, (std::vector<std::int64_t>{4, 13, 2}));
  EXPECT_EQ(record.result["explained-variance"].size(), 4u);
  EXPECT_THROW(descents.run(section, 2), Error);
}

TEST(Section, ALineBetweenTwoOptimaIsTheStraightLine) {
  Descents descents;
  Section section = with("points", {5});
  section.least = {0};
  section.most = {1};
  const Record record = descents.run(section, 2);
  const std::vector<double>& loss = numbers(record, "loss-train");
  ASSERT_EQ(loss.size(), 5u);
  EXPECT_NEAR(loss[0], descents.model.evaluate(descents.optima[0].point).loss, 1e-6);
  EXPECT_NEAR(loss[4], descents.model.evaluate(descents.optima[1].point).loss, 1e-6);
}

TEST(Section, PrincipalComponentsExplainTheTrajectory) {
  Descents descents;
  const Record record = descents.run(with("components", {6, 6}));
  expect_plane_of(record, descents.model);
  const auto shares = record.result["component-shares"].get<std::vector<double>>();
  EXPECT_NEAR(record.result["explained-variance"][0].get<double>(), shares[0] + shares[1], 1e-5);
  EXPECT_GT(shares[0],
            5 * shares[1]);  // but for the noise, descent goes straight where there is one curvature
  EXPECT_NEAR(record.result["direction-lengths"][0].get<double>(),
              distance(descents.optima[0].initial, descents.optima[0].point), 1e-3);
  descents.optima[0].trajectory_steps.clear();
  descents.optima[0].trajectory.clear();
  EXPECT_THROW(descents.run(with("components", {6, 6})), Error);
}

TEST(Section, GradientGoesDownhillFirst) {
  Descents descents;
  Section section = with("gradient", {3, 1, 3});
  section.centre = "initial";
  section.least = {0, -1, -1};
  section.most = {0.02, 1, 1};
  const Record record = descents.run(section);
  EXPECT_EQ(tensor(record, "loss-train").shape, (std::vector<std::int64_t>{3, 1, 3}));
  const std::vector<double>& loss = numbers(record, "loss-train");
  EXPECT_LT(loss[4], loss[1]);  // middle of the other directions
  EXPECT_LT(loss[7], loss[4]);
  EXPECT_NEAR(loss[1], descents.model.evaluate(descents.optima[0].initial).loss, 1e-5);
}

TEST(Section, OptionsThatDoNotFitAreErrors) {
  EXPECT_THROW(with("random", {}), Error);
  EXPECT_THROW(with("random", {2, 2, 2, 2}), Error);
  const auto invalid = [](auto change) {
    Section section;
    change(section);
    EXPECT_THROW(section.validate("here"), Error);
  };
  invalid([](Section& s) { s.least = {0}; });
  invalid([](Section& s) { s.least = s.most = {0, 0}; });
  invalid([](Section& s) { s.splits = {}; });
  invalid([](Section& s) {
    s.directions = "points";
    s.centre = "initial";
  });
  invalid([](Section& s) {
    s.directions = "filter";
    s.centre = "origin";
  });
}

/// A small network on made-up images.
std::unique_ptr<Landscape> make_network(std::int64_t train, std::int64_t test) {
  const auto data =
      std::make_shared<const network::DataSet>(network::load_data({"synthetic:1x6x6,3", train, test, 0}));
  return std::make_unique<network::Network>(data, network::make_model({"mlp:8"}, *data));
}

TEST(Section, OfANetworkOnBothSplitsAndFewerExamples) {
  const std::unique_ptr<Landscape> network = make_network(60, 30);
  optimize::Options training;
  Monitor monitor;
  optimize::Result optimum;
  optimum.initial = network->initial_point(0);
  optimum.point = network->initial_point(1);
  Section section = with("filter", {3, 3});
  section.splits = {"train", "test"};
  const auto vary = [](const nlohmann::json& changes) {
    return make_network(changes.at("train-examples"), changes.at("test-examples"));
  };
  const Record record = section.run({*network, training, std::span(&optimum, 1), 1, vary}, monitor);
  expect_plane_of(record, *network);
  for (const double accuracy : numbers(record, "accuracy-test")) {
    EXPECT_GE(accuracy, 0);
    EXPECT_LE(accuracy, 1);
  }
  EXPECT_EQ(numbers(record, "loss-test")[4], network->evaluate(optimum.point, Split::test).loss);
  const std::vector<float>& directions = weights(record, "points.directions");
  for (const ParameterGroup& group : network->parameter_groups()) {
    const std::span<const float> first = std::span(directions).first(optimum.point.size());
    const double there = group.kind == ParameterGroup::Kind::bias ? 0 : group_norm(optimum.point, group);
    EXPECT_NEAR(group_norm(first, group), there, 1e-5);
  }
  section.examples = 20;
  const Record fewer = section.run({*network, training, std::span(&optimum, 1), 1, vary}, monitor);
  EXPECT_EQ(fewer.result["examples"], (nlohmann::json{{"train", 20}, {"test", 20}}));
  EXPECT_EQ(numbers(fewer, "loss-train")[4], make_network(20, 20)->evaluate(optimum.point).loss);
  EXPECT_THROW(section.run({*network, training, std::span(&optimum, 1), 1, {}}, monitor), Error);
}

}  // namespace
}  // namespace nwedge::experiment
