// Spectra of Hessians: the top of a network's, and the density and the top of a large wedge model's.
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <memory>
#include <vector>

#include "bench/row.hpp"
#include "bench/workload.hpp"
#include "nwedge/optimize/optimizer.hpp"
#include "nwedge/spectrum/eigenpairs.hpp"
#include "nwedge/spectrum/quadrature.hpp"
#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::bench {
namespace {

constexpr double kAimPeak = 452e9;  // of the machine that the aims are seconds of
constexpr double kImages = 2000;

/// Ten eigenvalues to a residual of 1e-3 of each, at a trained point, the passes at it included.
void top(benchmark::State& state, const Workload& workload, double seconds) {
  const network::Network network = make_real(workload, static_cast<std::int64_t>(kImages));
  optimize::Options options;
  options.steps = 300;
  Monitor monitor;
  const std::vector<float> point =
      optimize::minimize(network, network.initial_point(0), options, 0, monitor).point;
  std::int64_t products = 0;
  const auto body = [&] {
    const std::unique_ptr<Curvature> hessian = network.curvature_at(point);
    products = spectrum::extremal_eigenpairs(*hessian, {}, 0, monitor).products;
  };
  body();
  const double flop = kImages * (workload.forward + (workload.training - workload.forward) / 2 +
                                 static_cast<double>(products) * workload.product);
  measure(state,
          {"s", 1, Bound::peak, flop, flop / (seconds * kAimPeak), fmt::format("{} products", products)},
          body);
}

/// Ten eigenvalues and the density from four probes of sixty steps, D 1,000,000.
void wedge_spectrum(benchmark::State& state) {
  wedge::WedgeOptions options;
  options.dimension = 1'000'000;
  options.wedges = 50;
  options.short_directions = 1000;
  options.stiffness_spread = 1000;
  const wedge::WedgeModel model(options);
  const std::vector<float> point = model.initial_point(0);
  Monitor monitor;
  std::int64_t products = 0;
  const auto body = [&] {
    const std::unique_ptr<Curvature> hessian = model.curvature_at(point);
    products = spectrum::extremal_eigenpairs(*hessian, {}, 0, monitor).products;
    products += spectrum::stochastic_quadrature(*hessian, {}, 0, monitor).products;
  };
  body();
  measure(state, {"s", 1, Bound::none, 0, 0, fmt::format("{} products", products)}, body);
}

const bool registered = [] {
  add("cnn: top 10 eigenvalues, 2,000 images", [](benchmark::State& state) { top(state, kCnn, 3.5); });
  add("mlp: top 10 eigenvalues, 2,000 images", [](benchmark::State& state) { top(state, kMlp, 0.3); });
  add("wedge model, D 1,000,000: density and top 10 eigenvalues", wedge_spectrum);
  return true;
}();

}  // namespace
}  // namespace nwedge::bench
