#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "nwedge/network/data/idx.hpp"
#include "tests/fuzz/one_line.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nwedge;
  for (const int dimensions : {1, 3})
    test::expect_result_or_one_line([&] {
      const network::IdxArray array = network::parse_idx({data, size}, dimensions, "fuzz");
      std::int64_t count = 1;
      for (const std::int64_t extent : array.extents) count *= extent;
      if (count != static_cast<std::int64_t>(array.values.size())) std::abort();
    });
  return 0;
}
