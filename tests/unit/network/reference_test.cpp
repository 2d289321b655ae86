#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "nwedge/core/random.hpp"
#include "nwedge/network/families/family.hpp"
#include "tests/reference/network.hpp"

namespace nwedge {
namespace {

struct Case {
  const char* model;
  const char* activation;
};

class ReferenceNetwork : public ::testing::TestWithParam<Case> {
 protected:
  static network::DataSet data() { return network::load_data({"synthetic:2x5x6,3", 7, 1, 4}); }
  static network::Graph graph() {
    return network::make_graph({GetParam().model, GetParam().activation}, {2, 5, 6}, 3);
  }
  static std::vector<double> normal(std::size_t size, std::uint64_t index) {
    RandomStream stream(11, "reference test", index);
    std::vector<double> values(size);
    for (double& x : values) x = 0.3 * stream.normal();
    return values;
  }
  static double dot(std::span<const double> a, std::span<const double> b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  }
  static std::vector<double> shifted(std::vector<double> a, double h, std::span<const double> b) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] += h * b[i];
    return a;
  }
};

// With a step of 1e-5 the error of a central difference in double is of order 1e-10 unless a kink of ReLU
// lies in between; the seeds are such that none does.
TEST_P(ReferenceNetwork, GradientEqualsCentralDifferences) {
  const network::DataSet set = data();
  const reference::Network net(graph(), set.train);
  const std::vector<double> w = normal(static_cast<std::size_t>(graph().dimension), 0);
  const std::vector<double> g = net.gradient(w);
  for (std::uint64_t k = 1; k <= 5; ++k) {
    const std::vector<double> v = normal(w.size(), k);
    const double h = 1e-5;
    const double slope = (net.loss(shifted(w, h, v)) - net.loss(shifted(w, -h, v))) / (2 * h);
    EXPECT_NEAR(dot(g, v), slope, 1e-8 * (1 + std::abs(slope)));
  }
}

TEST_P(ReferenceNetwork, HessianProductEqualsDifferencesOfGradientsAndIsSymmetric) {
  const network::DataSet set = data();
  const reference::Network net(graph(), set.train);
  const std::vector<double> w = normal(static_cast<std::size_t>(graph().dimension), 0);
  const std::vector<double> u = normal(w.size(), 1);
  const std::vector<double> v = normal(w.size(), 2);
  const std::vector<double> hv = net.hessian_product(w, v);
  const double h = 1e-5;
  const std::vector<double> ahead = net.gradient(shifted(w, h, v));
  const std::vector<double> behind = net.gradient(shifted(w, -h, v));
  double largest = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    largest = std::max(largest, std::abs(hv[i]));
    EXPECT_NEAR(hv[i], (ahead[i] - behind[i]) / (2 * h), 1e-7);
  }
  EXPECT_GT(largest, 1e-3);
  EXPECT_NEAR(dot(u, hv), dot(v, net.hessian_product(w, u)), 1e-12 * (1 + std::abs(dot(u, hv))));
}

INSTANTIATE_TEST_SUITE_P(Models, ReferenceNetwork,
                         ::testing::Values(Case{"mlp:7,5", "relu"}, Case{"mlp:7,5", "tanh"},
                                           Case{"cnn:3,4", "relu"}, Case{"cnn:3,4", "tanh"},
                                           Case{"mlp:4", "relu"}));

TEST(ReferenceNetworkByHand, OneNeuronByHand) {
  // One pixel x = 2, no hidden unit that is off: z = (1*relu(0.5*2+0.25)+0.1, -1*relu(...)+0.2), label 1.
  network::Examples one{{2.0f}, {1}};
  const network::Graph net = network::make_graph({"mlp:1"}, {1, 1, 1}, 2);
  const std::vector<double> w = {0.5, 0.25, 1.0, -1.0, 0.1, 0.2};
  const double z0 = 1.25 + 0.1;
  const double z1 = -1.25 + 0.2;
  EXPECT_DOUBLE_EQ(reference::Network(net, one).loss(w), std::log(std::exp(z0) + std::exp(z1)) - z1);
  EXPECT_EQ(reference::Network(net, one).accuracy(w), 0.0);
}

}  // namespace
}  // namespace nwedge
