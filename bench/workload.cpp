#include "bench/workload.hpp"

#include <memory>

#include "nwedge/core/random.hpp"

namespace nwedge::bench {
namespace {

network::Network network_of(const Workload& workload, network::DataSet data) {
  network::Model model = network::make_model({workload.model}, data);
  return {std::make_shared<const network::DataSet>(std::move(data)), std::move(model)};
}

}  // namespace

network::Network make(const Workload& workload, std::int64_t examples) {
  network::DataSet data{"noise", {1, 28, 28}, 10, {}, {}};
  data.train.images.resize(static_cast<std::size_t>(examples * data.shape.size()));
  RandomStream stream(1, "images");
  for (float& pixel : data.train.images) pixel = static_cast<float>(stream.uniform()) - 0.5f;
  for (std::int64_t i = 0; i < examples; ++i)
    data.train.labels.push_back(static_cast<std::int32_t>(stream.below(10)));
  return network_of(workload, std::move(data));
}

network::Network make_real(const Workload& workload, std::int64_t examples) {
  network::DataOptions options;
  options.train_examples = examples;
  return network_of(workload, network::load_data(options));
}

void add(const char* name, void (*body)(benchmark::State&)) {
  benchmark::RegisterBenchmark(name, body)
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond)
      ->ReportAggregatesOnly();
}

}  // namespace nwedge::bench
