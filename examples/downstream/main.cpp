// A landscape of your own, descended with nwedge's optimisers: L(x, y) = (x - 1)^2 + 10 (y - x^2)^2.
#include <cmath>
#include <cstdio>

#include "nwedge/landscape.hpp"
#include "nwedge/optimize/optimizer.hpp"

class Valley final : public nwedge::Landscape {
 public:
  Valley() : Landscape(2) {}

 private:
  std::vector<float> do_initial_point(std::uint64_t) const override { return {-1.0f, 1.0f}; }
  nwedge::Metrics do_evaluate(std::span<const float> p, nwedge::Split) const override {
    return {std::pow(p[0] - 1, 2) + 10 * std::pow(p[1] - p[0] * p[0], 2)};
  }
  double do_gradient(std::span<const float> p, std::span<float> g, nwedge::Split split) const override {
    const float bend = p[1] - p[0] * p[0];
    g[0] = 2 * (p[0] - 1) - 40 * bend * p[0];
    g[1] = 20 * bend;
    return do_evaluate(p, split).loss;
  }
};

int main() {
  const Valley valley;
  nwedge::optimize::Options options;
  options.learning_rate = 0.005;
  options.steps = 2000;
  nwedge::Monitor monitor;
  const auto result = nwedge::optimize::minimize(valley, valley.initial_point(0), options, 0, monitor);
  std::printf("minimum near (%.3f, %.3f), loss %.2g\n", result.point[0], result.point[1],
              valley.evaluate(result.point).loss);
  return valley.evaluate(result.point).loss < 1e-3 ? 0 : 1;
}
