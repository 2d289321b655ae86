#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "nwedge/network/onnx/onnx_model.hpp"
#include "tests/fuzz/one_line.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nwedge;
  test::expect_result_or_one_line([&] {
    const network::OnnxModel model = network::parse_onnx({data, size}, "fuzz", "/nonexistent");
    if (static_cast<std::int64_t>(model.weights.size()) != model.graph.dimension) std::abort();
    if (static_cast<std::int64_t>(model.buffers.size()) != model.graph.buffer_size) std::abort();
  });
  return 0;
}
