#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/network/data/csv.hpp"
#include "tests/fuzz/one_line.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nwedge;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool with_targets : {false, true})
    test::expect_result_or_one_line([&] {
      std::vector<std::string> names;
      const network::FloatImages images = network::parse_csv(text, with_targets, names, "fuzz");
      const std::size_t answers = with_targets ? images.targets.size() : images.labels.size();
      if (images.pixels.size() != answers * static_cast<std::size_t>(images.shape.size())) std::abort();
      for (const std::int32_t label : images.labels)
        if (label < 0 || (!names.empty() && label >= static_cast<std::int32_t>(names.size()))) std::abort();
    });
  return 0;
}
