#include <fmt/format.h>
#include <fmt/ranges.h>

#include "nwedge/network/families/modules.hpp"
#include "nwedge/network/families/table.hpp"

namespace nwedge::network {
namespace {

/// nn.Sequential(Conv2d, activation, MaxPool2d, …, Flatten, Linear); names are positions in it, dropout takes
/// none.
Graph build(const ModelRequest& request) {
  const std::vector<std::int64_t> widths = request.widths();
  const Shape& image = request.image();
  Modules modules(request);
  ValueId x = modules.input();
  int position = 0;
  for (const std::int64_t width : widths) {
    if (modules.shape(x)[1] < 2 || modules.shape(x)[2] < 2)
      request.refuse(fmt::format("images of {}x{} are too small to be pooled {} times", image[1], image[2],
                                 widths.size()));
    if (position > 0) x = modules.dropout(x);
    x = modules.activation(modules.convolution(x, std::to_string(position), {width}));
    x = modules.max_pool(x, 2, 2);
    position += 3;
  }
  x = modules.dropout(modules.flatten(x));
  x = modules.linear(x, std::to_string(position + 1), request.outputs);
  return modules.finish(x, fmt::format("{}", fmt::join(widths, ",")));
}

}  // namespace

Family cnn_family() {
  return {"cnn",
          "cnn:C1,C2,…",
          "for each entry a 3x3 convolution with that many channels, the activation and 2x2 max-pooling; "
          "flatten; a linear layer",
          "16,32,32",
          "relu",
          build};
}

}  // namespace nwedge::network
