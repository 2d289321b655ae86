#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "nwedge/network/data/cifar.hpp"
#include "tests/fuzz/one_line.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nwedge;
  for (const network::CifarFormat& format : {network::kCifar10, network::kCifar100})
    test::expect_result_or_one_line([&] {
      network::ByteImages images;
      network::parse_cifar(format, {data, size}, "fuzz", images);
      if (images.pixels.size() != images.labels.size() * 3072) std::abort();
      for (const std::int32_t label : images.labels)
        if (label < 0 || label >= format.classes) std::abort();
    });
  return 0;
}
