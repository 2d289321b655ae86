#include "tests/laws/operator_cases.hpp"

#include <algorithm>

#include "nwedge/core/random.hpp"
#include "tests/laws/operator_blocks.hpp"

namespace nwedge::test {

using namespace network;
using blocks::weight;

const std::vector<OperatorCase>& operator_cases() {
  static const std::vector<OperatorCase> cases = [] {
    std::vector<OperatorCase> all;
    blocks::add_products(all);
    blocks::add_elements(all);
    blocks::add_fused(all);
    blocks::add_pools(all);
    blocks::add_binaries(all);
    blocks::add_views(all);
    blocks::add_reductions(all);
    blocks::add_norms(all);
    blocks::add_networks(all);
    return all;
  }();
  return cases;
}

OperatorSetting::OperatorSetting(const OperatorCase& one) {
  GraphBuilder builder(one.input, "test");
  ValueId v = one.build(builder, builder.input());
  if (!one.bare) {
    const std::int64_t size = size_of(builder.shape(v));
    v = builder.add("reshape", "", {v}, {}, {{"shape", Shape{size}}});
    v = builder.add(
        "linear", "head", {v},
        {weight(builder, "head.weight", {3, size}), weight(builder, "head.bias", {3}, Role::bias)});
  }
  graph = std::make_shared<const Graph>(builder.finish(v, "test"));
  const auto normal = [&](std::string_view name, std::int64_t count, double scale) {
    std::vector<float> numbers(static_cast<std::size_t>(count));
    RandomStream(7, one.name + std::string(name)).fill_normal(numbers, scale);
    return numbers;
  };
  data.images = normal("images", kExamples * size_of(one.input), 1);
  weights = normal("weights", graph->dimension, 0.5);
  direction = normal("direction", graph->dimension, 1);
  other = normal("other", graph->dimension, 1);
  for (std::int64_t n = 0; n < kExamples; ++n) {
    data.labels.push_back(static_cast<std::int32_t>(n % 3));
    indices.push_back(n);
  }
  for (const BufferPlace& buffer : graph->buffers)
    buffers.insert(buffers.end(), static_cast<std::size_t>(buffer.count), buffer.initial);
}

}  // namespace nwedge::test
