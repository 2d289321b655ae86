#include "nwedge/network/families/residual.hpp"

namespace nwedge::network {
namespace {

/// A convolution without bias and its batch normalisation: "conv1", "bn1" for number 1.
ValueId convolution(Modules& modules, ValueId x, const std::string& name, int number,
                    const Filters& filters) {
  const std::string end = std::to_string(number);
  return modules.batch_norm(modules.convolution(x, name + ".conv" + end, filters), name + ".bn" + end);
}

ValueId shortened(Modules& modules, ValueId x, const std::string& name, std::int64_t channels,
                  std::int64_t stride, const Shortcut& shortcut) {
  const Shape from = modules.shape(x);
  if (stride == 1 && from[0] == channels) return x;
  if (shortcut.projection) {
    const std::string module = name + "." + std::string(shortcut.name);
    x = modules.convolution(x, module + ".0", {channels, 1, stride, 0, false});
    return modules.batch_norm(x, module + ".1");
  }
  x = modules.slice(x, 1, 0, from[1], stride);
  x = modules.slice(x, 2, 0, from[2], stride);
  const std::int64_t zeros = channels - from[0];
  return modules.apply("pad", {x},
                       {{"before", Shape{zeros / 2, 0, 0}}, {"after", Shape{zeros - zeros / 2, 0, 0}}});
}

}  // namespace

ValueId basic_block(Modules& modules, ValueId x, const std::string& name, std::int64_t channels,
                    std::int64_t stride, const Shortcut& shortcut) {
  ValueId y = convolution(modules, x, name, 1, {channels, 3, stride, 1, false});
  y = convolution(modules, modules.activation(y), name, 2, {channels, 3, 1, 1, false});
  return modules.activation(modules.add(y, shortened(modules, x, name, channels, stride, shortcut)));
}

ValueId bottleneck_block(Modules& modules, ValueId x, const std::string& name, std::int64_t channels,
                         std::int64_t stride, const Shortcut& shortcut) {
  ValueId y = convolution(modules, x, name, 1, {channels, 1, 1, 0, false});
  y = convolution(modules, modules.activation(y), name, 2, {channels, 3, stride, 1, false});
  y = convolution(modules, modules.activation(y), name, 3, {4 * channels, 1, 1, 0, false});
  return modules.activation(modules.add(y, shortened(modules, x, name, 4 * channels, stride, shortcut)));
}

}  // namespace nwedge::network
