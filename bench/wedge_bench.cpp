// The wedge model at D 10,000, K 50, s 500, axis frames: losses of many points, one gradient, one Hessian
// product.
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/row.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::wedge {
namespace {

const WedgeModel& model() {
  static const WedgeModel instance([] {
    WedgeOptions options;
    options.dimension = 10000;
    options.wedges = 50;
    options.short_directions = 500;
    return options;
  }());
  return instance;
}

std::vector<float> random_points(std::size_t count) {
  std::vector<float> points(count * static_cast<std::size_t>(model().dimension()));
  RandomStream(0, "wedge bench").fill_normal(points);
  return points;
}

/// Every loss reads its whole point.
bench::Row points_row(double points, bench::Bound bound, double target, const char* note) {
  bench::Row row;
  row.unit = "points/s";
  row.items = points;
  row.bound = bound;
  row.cost = 4.0 * static_cast<double>(model().dimension());
  row.target = target;
  row.note = note;
  return row;
}

void WedgeLossOfManyPoints(benchmark::State& state) {
  constexpr std::size_t kPoints = 8192;  // 328 MB: from memory, not from a cache
  const std::vector<float> points = random_points(kPoints);
  bench::measure(state, points_row(kPoints, bench::Bound::read, 0.5, "8,192 points from memory"),
                 [&] { benchmark::DoNotOptimize(model().evaluate_many(points)); });
}
BENCHMARK(WedgeLossOfManyPoints)
    ->Name("wedge model, D 10,000, K 50, s 500, axis: losses of many points")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->ReportAggregatesOnly();

void WedgeLossOfOnePoint(benchmark::State& state) {
  const std::vector<float> point = random_points(1);
  bench::measure(state, points_row(1, bench::Bound::none, 0, ""),
                 [&] { benchmark::DoNotOptimize(model().evaluate(point)); });
}
BENCHMARK(WedgeLossOfOnePoint)
    ->Name("wedge model: one loss")
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond)
    ->ReportAggregatesOnly();

void WedgeGradient(benchmark::State& state) {
  const std::vector<float> point = random_points(1);
  std::vector<float> gradient(point.size());
  bench::measure(state, points_row(1, bench::Bound::none, 0, ""),
                 [&] { benchmark::DoNotOptimize(model().gradient(point, gradient)); });
}
BENCHMARK(WedgeGradient)
    ->Name("wedge model: one gradient")
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond)
    ->ReportAggregatesOnly();

void WedgeHessianProduct(benchmark::State& state) {
  const std::vector<float> point = random_points(1);
  std::vector<float> product(point.size());
  const auto curvature = model().curvature_at(point);
  bench::measure(state, points_row(1, bench::Bound::none, 0, ""),
                 [&] { curvature->multiply(point, product); });
}
BENCHMARK(WedgeHessianProduct)
    ->Name("wedge model: one Hessian-vector product")
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond)
    ->ReportAggregatesOnly();

}  // namespace
}  // namespace nwedge::wedge
