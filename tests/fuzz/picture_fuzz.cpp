#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "nwedge/io/picture.hpp"
#include "tests/fuzz/one_line.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nwedge;
  test::expect_result_or_one_line([&] {
    const io::Picture picture = io::parse_picture({data, size}, "fuzz");
    if (picture.channels != 1 && picture.channels != 3) std::abort();
    if (picture.width > io::kLargestPictureSide || picture.height > io::kLargestPictureSide) std::abort();
    const std::int64_t pixels = picture.channels * picture.height * picture.width;
    if (static_cast<std::int64_t>(picture.pixels.size()) != pixels) std::abort();
  });
  return 0;
}
