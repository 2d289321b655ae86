#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "nwedge/network/data/labelled_images.hpp"

namespace nwedge::network {

/// The two binary formats of [krizhevsky2009]: records of label bytes and 3x32x32 pixels, channel by channel.
struct CifarFormat {
  std::string_view name;
  std::size_t label_bytes = 1;  ///< the last one is the label
  int classes = 10;
};
inline constexpr CifarFormat kCifar10{"CIFAR-10", 1, 10};
inline constexpr CifarFormat kCifar100{"CIFAR-100", 2, 100};  // coarse label, fine label

/// Appends the records of a file. Errors at `place`: a size that is no number of records, a label out of
/// range.
void parse_cifar(const CifarFormat& format, std::span<const std::uint8_t> bytes, std::string_view place,
                 ByteImages& examples);

}  // namespace nwedge::network
