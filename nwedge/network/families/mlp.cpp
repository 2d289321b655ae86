#include <fmt/format.h>
#include <fmt/ranges.h>

#include "nwedge/network/families/modules.hpp"
#include "nwedge/network/families/table.hpp"

namespace nwedge::network {
namespace {

/// nn.Sequential(Flatten, Linear, activation, …, Linear); names are positions in it, dropout takes none.
Graph build(const ModelRequest& request) {
  const std::vector<std::int64_t> widths = request.widths();
  Modules modules(request);
  ValueId x = modules.flatten(modules.input());
  int position = 1;
  for (const std::int64_t width : widths) {
    if (position > 1) x = modules.dropout(x);
    x = modules.activation(modules.linear(x, std::to_string(position), width));
    position += 2;
  }
  x = modules.linear(modules.dropout(x), std::to_string(position), request.outputs);
  return modules.finish(x, fmt::format("{}", fmt::join(widths, ",")));
}

}  // namespace

Family mlp_family() {
  return {
      "mlp",     "mlp:W1,W2,…", "flatten; for each width a linear layer and the activation; a linear layer",
      "100,100", "relu",        build};
}

}  // namespace nwedge::network
