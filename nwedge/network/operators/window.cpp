#include "nwedge/network/operators/window.hpp"

#include <algorithm>

namespace nwedge::network {

std::int64_t WindowAxis::zeros_behind() const {
  return std::max<std::int64_t>(0, (output - 1) * stride + reach() + 1 - before - input);
}
std::int64_t WindowAxis::slope_zeros_before() const {
  return std::max<std::int64_t>(0, reach() - before + stride - 1) / stride;
}
std::int64_t WindowAxis::slope_zeros_behind() const {
  return std::max<std::int64_t>(0, (input - 1 + before) / stride - (output - 1));
}

Window make_window(const NodeShapes& node, const std::vector<std::int64_t>& kernel,
                   const std::vector<std::int64_t>& default_stride) {
  const auto strides = node.node.attributes.integers("stride", default_stride);
  const auto padding = node.node.attributes.integers("padding", {0, 0, 0, 0});
  const auto dilations = node.node.attributes.integers("dilation", {1, 1});
  const bool ceil = node.node.attributes.integer("ceil", 0) != 0;
  node.require(node.inputs[0].size() == 3, "the input must be an image [C, H, W]");
  node.require(kernel.size() == 2 && strides.size() == 2 && dilations.size() == 2 && padding.size() == 4,
               "kernel, stride and dilation must have 2 entries, padding 4");
  const auto positive = [](std::int64_t v) { return v >= 1 && v <= (1 << 20); };
  node.require(std::all_of(kernel.begin(), kernel.end(), positive) &&
                   std::all_of(strides.begin(), strides.end(), positive) &&
                   std::all_of(dilations.begin(), dilations.end(), positive),
               "kernel, stride and dilation must be at least 1");
  node.require(
      std::all_of(padding.begin(), padding.end(), [](std::int64_t v) { return v >= 0 && v <= (1 << 20); }),
      "padding must be at least 0");
  const auto axis = [&](std::size_t k) {
    WindowAxis one;
    one.input = node.inputs[0][k + 1];
    one.kernel = kernel[k];
    one.stride = strides[k];
    one.dilation = dilations[k];
    one.before = padding[k];
    const std::int64_t room = one.input + padding[k] + padding[k + 2] - one.reach() - 1;
    node.require(room >= 0, "the kernel must fit into the padded image");
    one.output = room / one.stride + 1;
    if (ceil && room % one.stride != 0 && one.output * one.stride < one.input + one.before) ++one.output;
    return one;
  };
  return {axis(0), axis(1)};
}

}  // namespace nwedge::network
