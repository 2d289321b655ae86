#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "nwedge/io/npz.hpp"
#include "nwedge/network/data/arrays.hpp"
#include "tests/fuzz/one_line.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nwedge;
  test::expect_result_or_one_line([&] {
    const io::TensorFile file = io::parse_npz({data, size}, network::array_names(), "fuzz");
    for (const char* split : {"train", "test"})
      for (const bool with_targets : {false, true})
        test::expect_result_or_one_line([&] {
          const network::FloatImages images = network::read_array_split(file, split, with_targets, "fuzz");
          const std::size_t answers = with_targets ? images.targets.size() : images.labels.size();
          if (answers < static_cast<std::size_t>(images.count())) std::abort();
        });
  });
  return 0;
}
