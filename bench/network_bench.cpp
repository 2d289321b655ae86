#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <memory>
#include <vector>

#include "bench/row.hpp"
#include "bench/workload.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/network/network.hpp"
#include "nwedge/optimize/optimizer.hpp"

namespace nwedge::bench {
namespace {

constexpr std::int64_t kSectionImages = 10'000;

void section(benchmark::State& state, const Workload& workload, std::int64_t side, Row row) {
  const network::Network network = make(workload, kSectionImages);
  AffineFamily family{network.initial_point(0), network.initial_point(1)};
  const std::vector<float> second = network.initial_point(2);
  family.directions.insert(family.directions.end(), second.begin(), second.end());
  const std::unique_ptr<Landscape> plane = network.restrict_to(std::move(family));
  std::vector<float> grid;
  for (std::int64_t i = 0; i < side * side; ++i) {
    grid.push_back(static_cast<float>(i % side) / static_cast<float>(side));
    grid.push_back(static_cast<float>(i / side) / static_cast<float>(side));
  }
  row.unit = "points/s";
  row.items = static_cast<double>(side * side);
  measure(state, row, [&] { benchmark::DoNotOptimize(plane->evaluate_many(grid)); });
}

void evaluation(benchmark::State& state, const Workload& workload, std::int64_t images, double aim,
                const char* note) {
  const network::Network network = make(workload, images);
  const std::vector<float> point = network.initial_point(0);
  measure(state, {"images/s", static_cast<double>(images), Bound::peak, workload.forward, aim, note},
          [&] { benchmark::DoNotOptimize(network.evaluate(point)); });
}

/// `seeds` networks at once, SGD with momentum, updates included.
void training(benchmark::State& state, const Workload& workload, std::int64_t seeds, std::int64_t steps,
              double aim) {
  const network::Network network = make(workload, kSectionImages);
  optimize::Options options;
  options.batch_size = 128;
  options.steps = steps;
  Monitor monitor;
  const Row row{"images/s", static_cast<double>(seeds * steps * 128), Bound::peak, workload.training, aim,
                ""};
  measure(state, row, [&] {
    parallel_for(seeds, [&](std::int64_t seed) {
      const auto s = static_cast<std::uint64_t>(seed);
      optimize::minimize(network, network.initial_point(s), options, s, monitor);
    });
  });
}

void gradient(benchmark::State& state, const Workload& workload, std::int64_t images = 2000) {
  const network::Network network = make(workload, images);
  const std::vector<float> point = network.initial_point(0);
  std::vector<float> slope(point.size());
  measure(state, {"gradients/s", 1, Bound::peak, static_cast<double>(images) * workload.training, 0, ""},
          [&] { network.gradient(point, slope); });
}

/// Passes kept between products at one point.
void hessian(benchmark::State& state, const Workload& workload, std::int64_t images = 2000) {
  const network::Network network = make(workload, images);
  const std::vector<float> point = network.initial_point(0);
  const std::vector<float> vector = network.initial_point(1);
  std::vector<float> product(point.size());
  const std::unique_ptr<Curvature> curvature = network.curvature_at(point);
  measure(state, {"products/s", 1, Bound::peak, static_cast<double>(images) * workload.product, 0.75, ""},
          [&] { curvature->multiply(vector, product); });
}

/// The same for the Gauss-Newton matrix: the products of a Hessian's forward pass and of a gradient's
/// backward one.
void gauss_newton(benchmark::State& state, const Workload& workload) {
  const network::Network network = make(workload, 2000);
  const std::vector<float> point = network.initial_point(0);
  const std::vector<float> vector = network.initial_point(1);
  std::vector<float> product(point.size());
  const std::unique_ptr<Curvature> matrix = network.matrix_at(CurvatureMatrix::gauss_newton, point);
  measure(state, {"products/s", 1, Bound::peak, 2000 * workload.gauss_newton, 0.75, ""},
          [&] { matrix->multiply(vector, product); });
}

const bool registered = [] {
  add("cnn: 2-D section, 10,000 images a point", [](benchmark::State& state) {
    section(state, kCnn, 2, {"", 1, Bound::peak, kSectionImages * kCnn.forward, 0.70, ""});
  });
  add("mlp: 2-D section, 10,000 images a point", [](benchmark::State& state) {
    section(state, kMlp, 12,
            {"", 1, Bound::peak, kSectionImages * kMlp.forward, 3.0, "first layer shared by the points"});
  });
  add("cnn: training, batch 128, 4 seeds at once",
      [](benchmark::State& state) { training(state, kCnn, 4, 8, 0.65); });
  add("mlp: training, batch 128, 4 seeds at once",
      [](benchmark::State& state) { training(state, kMlp, 4, 100, 0.65); });
  add("cnn: training one network, batch 128",
      [](benchmark::State& state) { training(state, kCnn, 1, 16, 0.75 * 0.65); });
  add("mlp: training one network, batch 128",
      [](benchmark::State& state) { training(state, kMlp, 1, 200, 0.75 * 0.65); });
  add("resnet:20: evaluation", [](benchmark::State& state) {
    evaluation(state, kResnet, 4096, 0.80, "statistics of 512 more images are not counted");
  });
  add("vit: evaluation", [](benchmark::State& state) { evaluation(state, kVit, kSectionImages, 0.83, ""); });
  add("resnet:20: training one network, batch 128",
      [](benchmark::State& state) { training(state, kResnet, 1, 4, 0.70); });
  add("vit: training one network, batch 128",
      [](benchmark::State& state) { training(state, kVit, 1, 32, 0.59); });
  add("resnet:20: gradient, 500 images", [](benchmark::State& state) { gradient(state, kResnet, 500); });
  add("resnet:20: Hessian-vector product, 500 images",
      [](benchmark::State& state) { hessian(state, kResnet, 500); });
  add("cnn: gradient, 2,000 images", [](benchmark::State& state) { gradient(state, kCnn); });
  add("mlp: gradient, 2,000 images", [](benchmark::State& state) { gradient(state, kMlp); });
  add("cnn: Hessian-vector product, 2,000 images", [](benchmark::State& state) { hessian(state, kCnn); });
  add("mlp: Hessian-vector product, 2,000 images", [](benchmark::State& state) { hessian(state, kMlp); });
  add("cnn: Gauss-Newton product, 2,000 images", [](benchmark::State& state) { gauss_newton(state, kCnn); });
  add("mlp: Gauss-Newton product, 2,000 images", [](benchmark::State& state) { gauss_newton(state, kMlp); });
  return true;
}();

}  // namespace
}  // namespace nwedge::bench
