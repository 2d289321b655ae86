#include "nwedge/network/network.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "nwedge/core/parallel.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/network/engine/hessian.hpp"
#include "nwedge/network/families/family.hpp"
#include "nwedge/network/losses/cross_entropy.hpp"
#include "tests/reference/network.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/threads.hpp"

namespace nwedge::network {
namespace {

struct Case {
  std::string model;
  std::string activation;
  std::string data;
  std::int64_t examples;
};

void PrintTo(const Case& c, std::ostream* stream) {
  *stream << c.model << " " << c.activation << " on " << c.data << " x " << c.examples;
}

std::shared_ptr<const DataSet> make_data(const std::string& data, std::int64_t examples) {
  return std::make_shared<const DataSet>(load_data({data, examples, 20, 3}));
}

Network make_network(const Case& c, double dropout = 0) {
  const auto data = make_data(c.data, c.examples);
  return {data, make_model({c.model, c.activation, dropout}, *data)};
}

std::vector<double> widen(std::span<const float> values) { return {values.begin(), values.end()}; }

double largest(const std::vector<double>& values) {
  double most = 0;
  for (const double v : values) most = std::max(most, std::abs(v));
  return most;
}

class NetworkAgainstReference : public ::testing::TestWithParam<Case> {};

// Widths that are no multiple of a register, odd image sizes whose last row pooling leaves out, and numbers
// of examples that end inside a micro-batch.
INSTANTIATE_TEST_SUITE_P(Models, NetworkAgainstReference,
                         ::testing::Values(Case{"mlp:13,9", "relu", "synthetic:1x6x7,5", 70},
                                           Case{"mlp:13,9", "tanh", "synthetic:1x6x7,5", 65},
                                           Case{"mlp:33", "relu", "synthetic:3x4x4,3", 1},
                                           Case{"mlp:20,17,18", "tanh", "synthetic:1x4x4", 192},
                                           Case{"cnn:5,3", "relu", "synthetic:1x9x7,5", 37},
                                           Case{"cnn:5,3", "tanh", "synthetic:2x9x7,5", 17},
                                           Case{"cnn:4,6,7", "relu", "synthetic:3x16x20,4", 16},
                                           Case{"cnn:1", "tanh", "synthetic:1x2x2,2", 3},
                                           Case{"cnn:3", "relu", "synthetic:1x5x38,2", 18}));

TEST_P(NetworkAgainstReference, LossAndAccuracy) {
  const Network network = make_network(GetParam());
  for (const Split split : {Split::train, Split::test}) {
    const reference::Network reference(network.graph(),
                                       split == Split::train ? network.data().train : network.data().test);
    const std::vector<float> point = network.initial_point(1);
    const Metrics metrics = network.evaluate(point, split);
    EXPECT_NEAR(metrics.loss, reference.loss(widen(point)), 1e-6);
    EXPECT_DOUBLE_EQ(metrics.accuracy, reference.accuracy(widen(point)));
  }
}

TEST_P(NetworkAgainstReference, Gradient) {
  const Network network = make_network(GetParam());
  const reference::Network reference(network.graph(), network.data().train);
  const std::vector<float> point = network.initial_point(1);
  std::vector<float> gradient(point.size(), 17.0f);
  EXPECT_NEAR(network.gradient(point, gradient), reference.loss(widen(point)), 1e-6);
  const std::vector<double> expected = reference.gradient(widen(point));
  const double tolerance = 3e-6 * largest(expected);
  for (std::size_t i = 0; i < point.size(); ++i) ASSERT_NEAR(gradient[i], expected[i], tolerance) << i;
}

TEST_P(NetworkAgainstReference, HessianVectorProduct) {
  const Network network = make_network(GetParam());
  const reference::Network reference(network.graph(), network.data().train);
  const std::vector<float> point = network.initial_point(1);
  const std::unique_ptr<Curvature> curvature = network.curvature_at(point);
  std::vector<float> vector(point.size());
  std::vector<float> product(point.size(), 17.0f);
  for (std::uint64_t index = 0; index < 2; ++index) {  // the second one finds what the first one left
    RandomStream(1, "vector", index).fill_normal(vector);
    curvature->multiply(vector, product);
    const std::vector<double> expected = reference.hessian_product(widen(point), widen(vector));
    const double tolerance = 1e-5 * largest(expected);
    for (std::size_t i = 0; i < point.size(); ++i) ASSERT_NEAR(product[i], expected[i], tolerance) << i;
  }
}

TEST_P(NetworkAgainstReference, GaussNewtonProduct) {
  const Network network = make_network(GetParam());
  const reference::Network reference(network.graph(), network.data().train);
  const std::vector<float> point = network.initial_point(1);
  const std::unique_ptr<Curvature> matrix = network.matrix_at(CurvatureMatrix::gauss_newton, point);
  ASSERT_NE(matrix, nullptr);
  const std::unique_ptr<Curvature> hessian = network.curvature_at(point);
  std::vector<float> vector(point.size());
  std::vector<float> product(point.size(), 17.0f);
  for (std::uint64_t index = 0; index < 2; ++index) {
    RandomStream(1, "vector", index).fill_normal(vector);
    hessian->multiply(vector, product);  // shares the passes' scratch: must leave nothing behind
    matrix->multiply(vector, product);
    const std::vector<double> expected = reference.gauss_newton_product(widen(point), widen(vector));
    const double tolerance = 1e-5 * largest(expected);
    double form = 0;
    for (std::size_t i = 0; i < point.size(); ++i) {
      ASSERT_NEAR(product[i], expected[i], tolerance) << i;
      form += static_cast<double>(vector[i]) * product[i];
    }
    EXPECT_GT(form, 0);
  }
}

/// sum over the examples of weight(n) g_n (g_n v), g_n the gradient of example n alone with that label.
void add_outer_products(const Network& network, std::span<const double> point, std::span<const double> vector,
                        const std::function<double(std::int64_t, std::int32_t)>& weight,
                        std::vector<double>& sum) {
  const Examples& all = network.data().train;
  const auto size = static_cast<std::ptrdiff_t>(network.data().shape.size());
  for (std::int64_t n = 0; n < all.count(); ++n)
    for (std::int32_t label = 0; label < network.classes(); ++label) {
      const double share = weight(n, label);
      if (share == 0) continue;
      Examples one;
      one.images.assign(all.images.begin() + n * size, all.images.begin() + (n + 1) * size);
      one.labels = {label};
      const std::vector<double> gradient =
          reference::Network(network.graph(), one).gradient({point.begin(), point.end()});
      double along = 0;
      for (std::size_t i = 0; i < gradient.size(); ++i) along += gradient[i] * vector[i];
      for (std::size_t i = 0; i < gradient.size(); ++i) sum[i] += share * along * gradient[i];
    }
}

TEST_P(NetworkAgainstReference, FisherProductsAreSumsOverExamplesAndLabels) {
  const Network network = make_network(GetParam());
  const Examples& train = network.data().train;
  const std::vector<float> point = network.initial_point(1);
  const std::vector<float> probabilities = network.probabilities(point, Split::train);
  std::vector<float> vector(point.size());
  RandomStream(1, "vector").fill_normal(vector);
  const double share = 1.0 / static_cast<double>(train.count());
  for (const CurvatureMatrix matrix : {CurvatureMatrix::empirical_fisher, CurvatureMatrix::fisher}) {
    const auto weight = [&](std::int64_t n, std::int32_t label) {
      if (matrix == CurvatureMatrix::empirical_fisher)
        return label == train.labels[static_cast<std::size_t>(n)] ? share : 0.0;
      return share *
             static_cast<double>(probabilities[static_cast<std::size_t>(n * network.classes() + label)]);
    };
    std::vector<double> expected(point.size());
    add_outer_products(network, widen(point), widen(vector), weight, expected);
    std::vector<float> product(point.size());
    network.matrix_at(matrix, point)->multiply(vector, product);
    const double tolerance = 2e-5 * largest(expected);
    for (std::size_t i = 0; i < point.size(); ++i) ASSERT_NEAR(product[i], expected[i], tolerance) << i;
  }
}

TEST_P(NetworkAgainstReference, CurvatureRunsAgainThePassesItMayNotKeep) {
  const Network network = make_network(GetParam());
  const std::vector<float> point = network.initial_point(1);
  std::vector<float> kept(point.size());
  std::vector<float> run_again(point.size());
  network.curvature_at(point)->multiply(point, kept);
  const auto loss = std::make_shared<const CrossEntropy>(network.graph().outputs(), 0);
  Engine engine(std::make_shared<const Graph>(network.graph()), loss, loss);
  const std::int64_t all = std::int64_t{1} << 40;
  EXPECT_LT(engine.reserve_passes(all), all);
  EXPECT_EQ(engine.reserve_passes(1), 0);
  make_curvature(engine, network.data().train, point, {}, CurvatureMatrix::hessian)
      ->multiply(point, run_again);
  EXPECT_EQ(kept, run_again);
}

TEST_P(NetworkAgainstReference, ManyPointsAreThoseOneByOne) {
  const Network network = make_network(GetParam());
  std::vector<float> points;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const std::vector<float> point = network.initial_point(seed);
    points.insert(points.end(), point.begin(), point.end());
  }
  const std::vector<Metrics> many = network.evaluate_many(points);
  ASSERT_EQ(many.size(), 3u);
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    EXPECT_EQ(many[seed].loss, network.evaluate(network.initial_point(seed)).loss);
    EXPECT_EQ(many[seed].accuracy, network.evaluate(network.initial_point(seed)).accuracy);
  }
}

TEST_P(NetworkAgainstReference, ProbabilitiesGiveTheLossAndTheAccuracy) {
  const Network network = make_network(GetParam());
  const std::vector<float> point = network.initial_point(1);
  const std::vector<float> probabilities = network.probabilities(point, Split::train);
  const auto labels = network.labels(Split::train);
  const auto classes = static_cast<std::size_t>(network.classes());
  ASSERT_EQ(probabilities.size(), labels.size() * classes);
  double loss = 0;
  double accuracy = 0;
  for (std::size_t n = 0; n < labels.size(); ++n) {
    const std::span row = std::span(probabilities).subspan(n * classes, classes);
    double sum = 0;
    for (const float p : row) sum += p;
    EXPECT_NEAR(sum, 1, 1e-6);
    loss -= std::log(row[static_cast<std::size_t>(labels[n])]) / static_cast<double>(labels.size());
    accuracy += std::max_element(row.begin(), row.end()) - row.begin() == labels[n];
  }
  const Metrics metrics = network.evaluate(point);
  EXPECT_NEAR(loss, metrics.loss, 1e-5 * metrics.loss);
  EXPECT_NEAR(accuracy / static_cast<double>(labels.size()), metrics.accuracy, 1e-12);
}

TEST_P(NetworkAgainstReference, SameBitsOnAnyNumberOfThreads) {
  const Network network = make_network(GetParam(), 0.25);
  const std::vector<float> point = network.initial_point(2);
  const auto run = [&](int threads) {
    const test::WithThreads limit(threads);
    std::vector<float> gradient(point.size());
    std::vector<float> batch(point.size());
    const double whole = network.gradient(point, gradient);
    const double part = network.batch_gradient(point, {4, 2, 50}, batch);
    gradient.insert(gradient.end(), batch.begin(), batch.end());
    std::vector<float> product(point.size());
    network.curvature_at(point)->multiply(point, product);
    gradient.insert(gradient.end(), product.begin(), product.end());
    return std::tuple(network.evaluate(point).loss, whole, part, gradient);
  };
  const auto one = run(1);
  EXPECT_EQ(one, run(2));
  EXPECT_EQ(one, run(3));
}

TEST(Network, BatchesVisitEveryExampleOncePerEpoch) {
  const Network network = make_network({"mlp:6", "tanh", "synthetic:1x3x3,3", 60});
  const std::vector<float> point = network.initial_point(0);
  std::vector<float> whole(point.size());
  const double loss = network.gradient(point, whole);
  std::vector<double> mean(point.size());
  double mean_loss = 0;
  for (std::int64_t step = 4; step < 8; ++step) {  // the second epoch
    std::vector<float> part(point.size());
    mean_loss += network.batch_gradient(point, {5, step, 15}, part) / 4;
    for (std::size_t i = 0; i < part.size(); ++i) mean[i] += part[i] / 4.0;
  }
  EXPECT_NEAR(mean_loss, loss, 1e-6);
  for (std::size_t i = 0; i < mean.size(); ++i) EXPECT_NEAR(mean[i], whole[i], 1e-6);
}

TEST(Network, ABatchMayRunOverTheEndOfAnEpoch) {
  const Network network = make_network({"mlp:6", "tanh", "synthetic:1x3x3,3", 10});
  const std::vector<float> point = network.initial_point(0);
  std::vector<float> gradient(point.size());
  const double three_epochs = network.batch_gradient(point, {5, 1, 30}, gradient);
  EXPECT_NEAR(three_epochs, network.evaluate(point).loss, 1e-6);
  std::vector<float> other(point.size());
  EXPECT_NE(network.batch_gradient(point, {5, 0, 4}, gradient),
            network.batch_gradient(point, {5, 1, 4}, other));
  EXPECT_EQ(network.batch_gradient(point, {5, 1, 4}, gradient),
            network.batch_gradient(point, {5, 1, 4}, other));
  EXPECT_EQ(gradient, other);
}

class DropoutGradient : public ::testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(Models, DropoutGradient,
                         ::testing::Values(Case{"mlp:30,20", "tanh", "synthetic:1x5x5,4", 90},
                                           Case{"cnn:6,5", "tanh", "synthetic:1x8x8,4", 40}));

// The masks are a function of the batch's name, so its loss can be differenced.
TEST_P(DropoutGradient, IsThatOfTheLossWithItsMasks) {
  const Network network = make_network(GetParam(), 0.3);
  const Network plain = make_network(GetParam());
  const std::vector<float> point = network.initial_point(3);
  const Batch batch{7, 3, 33};
  std::vector<float> gradient(point.size());
  std::vector<float> ignored(point.size());
  EXPECT_NE(network.batch_gradient(point, batch, gradient), plain.batch_gradient(point, batch, ignored));
  double norm = 0;
  for (const float g : gradient) norm += static_cast<double>(g) * g;
  norm = std::sqrt(norm);
  const auto loss_at = [&](double h) {
    std::vector<float> moved = point;
    for (std::size_t i = 0; i < point.size(); ++i) moved[i] += static_cast<float>(h * gradient[i] / norm);
    return network.batch_gradient(moved, batch, ignored);
  };
  // Kinks of pooling within h and float rounding leave less than a hundredth; a mask left out leaves a third.
  EXPECT_NEAR((loss_at(0.005) - loss_at(-0.005)) / 0.01, norm, 0.01 * norm);
}

TEST(Network, DropoutKeepsTheStatedShareAndTheMean) {
  // Without hidden biases or kinks a tanh network near 0 is linear in x, so the mean over masks is the plain
  // loss.
  const Network network = make_network({"mlp:40", "tanh", "synthetic:1x4x4,3", 50}, 0.5);
  const Network plain = make_network({"mlp:40", "tanh", "synthetic:1x4x4,3", 50});
  std::vector<float> point = network.initial_point(0);
  for (float& w : point) w *= 0.1f;
  std::vector<float> gradient(point.size());
  double mean = 0;
  for (std::int64_t step = 0; step < 200; ++step)
    mean += network.batch_gradient(point, {1, step, 50}, gradient) / 200;
  EXPECT_NEAR(mean, plain.evaluate(point).loss, 2e-3);
}

class AugmentedTraining : public ::testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Models, AugmentedTraining, ::testing::Values("mlp:9", "cnn:4", "resnet:8"));

TEST_P(AugmentedTraining, IsThatOfTheChangedImages) {
  const auto data = std::make_shared<const DataSet>(load_data({"synthetic:2x8x9,4", 50, 20, 3}));
  const AugmentationOptions options = {2, true};
  const Network network(data, make_model({GetParam()}, *data), {.augmentation = options});
  const Batch batch = {7, 1, 37};  // the rest of the first epoch and the beginning of the next
  DataSet changed = *data;
  changed.train.labels.resize(37);
  changed.train.images.resize(static_cast<std::size_t>(37 * data->shape.size()));
  const auto size = static_cast<std::size_t>(data->shape.size());
  for (std::uint64_t k = 0; k < 37; ++k) {
    const std::uint64_t place = 37 + k;
    const auto index = static_cast<std::size_t>(RandomPermutation(50, 7, "epoch", place / 50)(place % 50));
    augment(std::span(data->train.images).subspan(index * size, size), {data->shape, options}, {7, 1, k},
            std::span(changed.train.images).subspan(k * size, size));
    changed.train.labels[k] = data->train.labels[index];
  }
  const Network plain(std::make_shared<const DataSet>(changed), make_model({GetParam()}, changed));
  const std::vector<float> point = network.initial_point(1);
  std::vector<float> found(point.size());
  std::vector<float> expected(point.size());
  const double loss = network.batch_gradient(point, batch, found);
  EXPECT_NEAR(loss, plain.batch_gradient(point, {5, 0, 37}, expected),
              1e-5);  // all of it once, in some order
  const double most = largest(widen(expected));
  for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], 2e-5 * most) << i;
  // What is measured sees the images as they are.
  const Network still(data, make_model({GetParam()}, *data));
  EXPECT_EQ(network.evaluate(point).loss, still.evaluate(point).loss);
  EXPECT_NE(loss, still.batch_gradient(point, batch, expected));
}

TEST(Network, AugmentationBelongsToImages) {
  const auto data = make_data("synthetic:6x1x1,3", 20);
  test::expect_error(
      [&] {
        Network(data, make_model({"mlp:3"}, *data), {.augmentation = {0, true}});
      },
      "crop and flip change images");
}

/// What docs/networks.md promises of gradients and Hessians of a split.
TEST(Network, SlopesHoldRecomputedStatisticsStill) {
  const auto data = make_data("synthetic:2x8x8,5", 70);
  const Network recomputed(data, make_model({"resnet:8"}, *data));
  const std::vector<float> point = recomputed.initial_point(1);
  Model held = make_model({"resnet:8"}, *data);
  held.buffers = recomputed.buffers_at(point);
  NetworkOptions options;
  options.statistics = "stored";
  const Network stored(data, held, options);
  std::vector<float> slope(point.size());
  std::vector<float> expected(point.size());
  EXPECT_EQ(recomputed.gradient(point, slope), stored.gradient(point, expected));
  EXPECT_EQ(slope, expected);
  std::vector<float> vector(point.size());
  RandomStream(1, "vector").fill_normal(vector);
  recomputed.curvature_at(point)->multiply(vector, slope);
  stored.curvature_at(point)->multiply(vector, expected);
  EXPECT_EQ(slope, expected);
  // Elsewhere the statistics are others, and so is the loss.
  std::vector<float> away(point);
  for (std::size_t i = 0; i < away.size(); ++i) away[i] += 0.05f * vector[i];
  EXPECT_NE(recomputed.evaluate(away).loss, stored.evaluate(away).loss);
}

TEST(Network, StoredStatisticsMustBeThere) {
  const auto data = make_data("synthetic:1x8x8,3", 20);
  const Model model = make_model({"resnet:8"}, *data);
  test::expect_error([&] { Network(data, model, {.statistics = "stored"}); }, "no file gave any", "resnet:8");
  Network(data, {model.graph, initial_buffers(model.graph)}, {.statistics = "stored"});
  Network(data, make_model({"mlp:3"}, *data), {.statistics = "stored"});  // has none that could be stored
}

TEST(Network, ANaNOrAnInfiniteWeightIsMeasured) {
  for (const char* model : {"mlp:5", "cnn:3"}) {
    const Network network = make_network({model, "relu", "synthetic:1x4x4,3", 20});
    std::vector<float> point = network.initial_point(0);
    std::vector<float> gradient(point.size());
    point[2] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(network.evaluate(point).loss));
    EXPECT_TRUE(std::isnan(network.gradient(point, gradient)));
    point.assign(point.size(), 1e30f);
    EXPECT_FALSE(std::isfinite(network.evaluate(point).loss));
  }
}

TEST(Network, ConfidentExamplesKeepTheirTinyLoss) {
  const Network network = make_network({"mlp:4", "relu", "synthetic:1x2x2,2", 8});
  std::vector<float> point(static_cast<std::size_t>(network.dimension()), 0.0f);
  point[point.size() - 2] = 20.0f;  // the bias of class 0: loss log(1 + exp(-20)) for its examples
  std::int64_t zeros = 0;
  for (const std::int32_t label : network.data().train.labels) zeros += label == 0;
  const double expected =
      (zeros * std::log1p(std::exp(-20.0)) + (8 - zeros) * (20 + std::log1p(std::exp(-20.0)))) / 8;
  EXPECT_NEAR(network.evaluate(point).loss, expected, 1e-7 * expected);
}

TEST(Network, RejectsDataOfAnotherShape) {
  const auto data = make_data("synthetic:1x4x4,3", 10);
  test::expect_error([&] { Network(data, {make_graph({"mlp:3"}, {1, 5, 5}, 3)}); }, "other images");
}

}  // namespace
}  // namespace nwedge::network
