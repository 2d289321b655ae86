#include "nwedge/network/onnx/windows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nwedge/core/error.hpp"

namespace nwedge::network::onnx {
namespace {

constexpr std::int64_t kMostPixels = std::int64_t{1} << 20;  // of a setting; keeps sums of them in range

/// A setting of one number an axis, height first.
Integers per_axis(const Translation& t, const FileNode& step, std::string_view name, std::size_t axes,
                  std::int64_t least) {
  Integers given = step.integers(name, Integers(axes, 1));
  if (given.size() != axes ||
      std::any_of(given.begin(), given.end(), [&](std::int64_t n) { return n < least || n > kMostPixels; }))
    throw Error(t.place(), fmt::format("{} must be {} numbers of {} to {}", name, axes, least, kMostPixels));
  if (axes == 1) given.insert(given.begin(), 1);
  return given;
}

/// Zeros so that the output has ceil(extent / stride) entries; an odd one goes to the end or the start.
void pad_to_same(Place& place, const Shape& extents, bool to_end) {
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t outputs = (extents[i] + place.stride[i] - 1) / place.stride[i];
    const std::int64_t reach = (place.kernel[i] - 1) * place.dilation[i] + 1;
    const std::int64_t zeros =
        std::max<std::int64_t>((outputs - 1) * place.stride[i] + reach - extents[i], 0);
    place.padding[i] = to_end ? zeros / 2 : zeros - zeros / 2;
    place.padding[i + 2] = zeros - place.padding[i];
  }
}

}  // namespace

SlidingWindow window_of(Translation& t, const FileNode&, const Flow& x) {
  SlidingWindow window;
  window.x = t.flows().leading(x, t.place());
  if (x.shape.size() != 3 && x.shape.size() != 4)
    throw Error(
        t.place(),
        fmt::format("the input must have shape [N, C, H, W] or [N, C, L], has {}; volumes are not read",
                    text_of(x.shape)));
  window.axes = x.shape.size() - 2;
  window.image = window.x.id;
  Shape image = t.builder().shape(window.image);
  if (window.axes == 1) {
    image.insert(image.begin() + 1, 1);
    window.image = t.builder().add("reshape", "", {window.image}, {}, {{"shape", image}});
  }
  window.extents = {image[1], image[2]};
  return window;
}

Integers kernel_of(Translation& t, const FileNode& step, const SlidingWindow& window) {
  return per_axis(t, step, "kernel_shape", window.axes, 1);
}

Place place_of(Translation& t, const FileNode& step, const SlidingWindow& window, const Integers& kernel) {
  Place place;
  place.kernel = kernel;
  place.stride = per_axis(t, step, "strides", window.axes, 1);
  place.dilation = per_axis(t, step, "dilations", window.axes, 1);
  const std::string automatic = step.text("auto_pad", "NOTSET");
  place.padding = {0, 0, 0, 0};
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    pad_to_same(place, window.extents, automatic == "SAME_UPPER");
  } else if (automatic == "NOTSET" || automatic.empty()) {
    Integers given = step.integers("pads", Integers(2 * window.axes, 0));
    if (given.size() != 2 * window.axes ||
        std::any_of(given.begin(), given.end(), [](std::int64_t n) { return n < 0 || n > kMostPixels; }))
      throw Error(t.place(), fmt::format("pads must be {} numbers of 0 to {}", 2 * window.axes, kMostPixels));
    if (window.axes == 1) given = {0, given[0], 0, given[1]};
    place.padding = given;
  } else if (automatic != "VALID") {
    throw Error(t.place(),
                fmt::format("auto_pad must be NOTSET, VALID, SAME_UPPER or SAME_LOWER, is {}", automatic));
  }
  return place;
}

Flow window_result(Translation& t, const SlidingWindow& window, ValueId image) {
  const Shape& made = t.builder().shape(image);
  Shape shape = {window.x.shape[0], made[0]};
  ValueId value = image;
  if (window.axes == 1) {
    value =
        t.builder().add("reshape", "", {image}, {}, {{"shape", Shape{made[0], t.builder().shape(image)[2]}}});
    shape.push_back(t.builder().shape(value)[1]);
  } else {
    shape.insert(shape.end(), {made[1], made[2]});
  }
  Flow result{value, shape, std::size_t{0}, 1};
  return result;
}

}  // namespace nwedge::network::onnx
