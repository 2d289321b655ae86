#include "nwedge/network/families/patches.hpp"

#include <fmt/format.h>

namespace nwedge::network {

std::int64_t count_patches(const ModelRequest& request, std::int64_t patch) {
  const Shape& image = request.image();
  if (image[1] % patch != 0 || image[2] % patch != 0)
    request.refuse(fmt::format("patch must divide the image's height and width, {}x{}, is {}", image[1],
                               image[2], patch));
  return image[1] / patch * (image[2] / patch);
}

ValueId embed_patches(Modules& modules, const std::string& name, std::int64_t patch, std::int64_t width) {
  const std::int64_t count = count_patches(modules.request(), patch);
  const ValueId x = modules.convolution(modules.input(), name, {width, patch, patch, 0});
  return modules.transpose(modules.reshape(x, {width, count}), {1, 0});
}

ValueId perceptron(Modules& modules, ValueId x, const std::string& name, std::int64_t hidden) {
  const std::int64_t width = modules.shape(x).back();
  x = modules.dropout(modules.activation(modules.linear(x, name + ".fc1", hidden)));
  return modules.dropout(modules.linear(x, name + ".fc2", width));
}

}  // namespace nwedge::network
