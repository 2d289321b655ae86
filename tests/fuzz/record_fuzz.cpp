#include <cstddef>
#include <cstdint>
#include <string_view>

#include "nwedge/study/documents.hpp"
#include "tests/fuzz/one_line.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nwedge::test::expect_result_or_one_line([&] {
    nwedge::study::parse_record({reinterpret_cast<const char*>(data), size}, "fuzz", "");
  });
  return 0;
}
