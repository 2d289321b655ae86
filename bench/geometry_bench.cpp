// Training through a geometry: of a curve's bend, and in a random section.
#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "bench/row.hpp"
#include "bench/workload.hpp"
#include "nwedge/geometry/paths.hpp"
#include "nwedge/geometry/subspace.hpp"
#include "nwedge/optimize/optimizer.hpp"

namespace nwedge::bench {
namespace {

constexpr std::int64_t kImages = 10'000;
constexpr std::int64_t kBatch = 128;

void train(const Landscape& landscape, const std::vector<float>& start, std::int64_t steps) {
  optimize::Options options;
  options.batch_size = kBatch;
  options.steps = steps;
  Monitor monitor;
  optimize::minimize(landscape, start, options, 0, monitor);
}

/// The bend of a quadratic Bezier curve; takes turns with the training of one network.
void curve(benchmark::State& state, const Workload& workload, std::int64_t steps) {
  const network::Network network = make(workload, kImages);
  const std::vector<float> start = network.initial_point(0);
  const auto path = geometry::straight_path(geometry::Curve::bezier, start, network.initial_point(1), 1);
  const auto landscape = geometry::path_landscape(network, path);
  const std::vector<float> bend = landscape->initial_point(0);
  const Row row{"images/s",
                static_cast<double>(steps * kBatch),
                Bound::other,
                workload.training,
                0.9,
                "",
                "training one network",
                [&] { train(network, start, steps); }};
  measure(state, row, [&] { train(*landscape, bend, steps); });
}

/// In the section of `columns` directions, at `steps` steps an iteration. The cost is that of one step.
void section(benchmark::State& state, const char* kind, std::int64_t columns, std::int64_t steps, Row row) {
  const network::Network network = make(kMlp, kImages);
  const geometry::Subspace subspace(network, network.initial_point(0),
                                    geometry::make_random_projection(kind, network.dimension(), columns, 0));
  const std::vector<float> start = subspace.initial_point(0);
  row.unit = "steps/s";
  row.items = static_cast<double>(steps);
  measure(state, row, [&] { train(subspace, start, steps); });
}

// The aims are steps a second of a machine with 452 GFLOP/s and 80 GB/s of read bandwidth, as shares of them.
constexpr double kAimPeak = 452e9;
constexpr double kAimRead = 80e9;
constexpr double kStep = kBatch * kMlp.training;  // FLOP of the network alone
constexpr double kWeights = 199'210;

Row structured(double steps) {
  return {"", 1, Bound::peak, kStep, steps * kStep / kAimPeak, "the network's FLOP only"};
}

/// The matrix is read twice a step.
Row floats(double columns, double steps) {
  const double bytes = 2 * 4 * kWeights * columns;
  return {"", 1, Bound::read_large, bytes, steps * bytes / kAimRead, "the matrix is read twice a step"};
}

/// An addition for every sign and way counts as a multiply-add.
Row signs(double columns, double steps) {
  const double flop = kStep + 2 * 2 * kWeights * columns;
  return {"", 1, Bound::peak, flop, steps * flop / kAimPeak, "every sign counts as a multiply-add"};
}

const bool registered = [] {
  add("cnn: training a curve, batch 128", [](benchmark::State& state) { curve(state, kCnn, 16); });
  add("mlp: training a curve, batch 128", [](benchmark::State& state) { curve(state, kMlp, 200); });
  add("mlp: training in a section, d 1,000, structured",
      [](benchmark::State& state) { section(state, "hadamard", 1000, 100, structured(600)); });
  add("mlp: training in a section, d 1,000, floats",
      [](benchmark::State& state) { section(state, "gaussian", 1000, 5, floats(1000, 45)); });
  add("mlp: training in a section, d 1,000, signs",
      [](benchmark::State& state) { section(state, "signs", 1000, 20, signs(1000, 150)); });
  add("mlp: training in a section, d 100, structured",
      [](benchmark::State& state) { section(state, "hadamard", 100, 100, structured(900)); });
  add("mlp: training in a section, d 100, floats",
      [](benchmark::State& state) { section(state, "gaussian", 100, 30, floats(100, 350)); });
  return true;
}();

}  // namespace
}  // namespace nwedge::bench
