#include "nwedge/cli/evaluate_wedges.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/output_files.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/io/safetensors.hpp"
#include "nwedge/wedge/wedge_file.hpp"

namespace nwedge::cli {
namespace {

/// The points [P, D] in the file, P >= 1.
std::vector<float> read_points(const std::string& path, std::int64_t dimension) {
  io::TensorFile file = io::read_safetensors(path);
  for (io::Tensor& tensor : file.tensors) {
    if (tensor.name != "points") continue;
    auto* values = std::get_if<std::vector<float>>(&tensor.values);
    if (values == nullptr || tensor.shape.size() != 2 || tensor.shape[0] < 1 || tensor.shape[1] != dimension)
      throw Error(
          path,
          fmt::format("tensor \"points\" must be float32 of shape [P, {}], P at least 1, has shape [{}]",
                      dimension, fmt::join(tensor.shape, ", ")));
    return std::move(*values);
  }
  throw Error(path, fmt::format("must hold a tensor \"points\" of shape [P, {}]", dimension));
}

}  // namespace

void run_evaluate_wedges(const EvaluateWedgesArguments& arguments) {
  require_apart({"--output", arguments.output},
                {{"--wedges", arguments.wedges}, {"--points", arguments.points}});
  io::require_writable(arguments.output);
  const auto model = wedge::load_wedges(arguments.wedges);
  const std::vector<float> points = read_points(arguments.points, model->dimension());
  wedge::WedgeModel::Slopes slopes = model->slopes(points);
  const Spread spread = spread_of(slopes.losses);
  const auto count = std::ssize(slopes.losses);
  const std::vector<io::Tensor> tensors = {
      {"loss", {count}, std::move(slopes.losses)},
      {"gradient", {count, model->dimension()}, std::move(slopes.gradients)},
      {"nearest", {count}, std::move(slopes.nearest)}};
  io::write_safetensors(arguments.output, tensors);
  if (arguments.as_json)
    print_json({{"points", count}, {"loss", to_json(spread)}, {"output", arguments.output}});
  else
    fmt::print("{} points: loss {}, least {:.6g}, most {:.6g}; loss, gradient and nearest wedge in {}\n",
               count, spread.text("points", 4), spread.least, spread.most, arguments.output);
}

}  // namespace nwedge::cli
