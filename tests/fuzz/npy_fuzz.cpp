#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "nwedge/io/npy.hpp"
#include "tests/fuzz/one_line.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nwedge;
  test::expect_result_or_one_line([&] {
    const io::Tensor tensor = io::parse_npy({data, size}, "x", "fuzz");
    const auto held = std::visit([](const auto& values) { return values.size(); }, tensor.values);
    if (static_cast<std::uint64_t>(tensor.size()) != held) std::abort();
  });
  return 0;
}
