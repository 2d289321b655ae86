#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/commands.hpp"
#include "nwedge/cli/option_binder.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/wedge/wedge_file.hpp"

namespace nwedge::cli {
namespace {

struct WedgesArguments {
  wedge::WedgeOptions options;
  std::string output;
  bool as_json = false;
};

void run_wedges_command(const WedgesArguments& arguments) {
  arguments.options.validate("nwedge wedges");
  io::require_writable(arguments.output);
  const wedge::WedgeModel model(arguments.options);
  wedge::save_wedges(arguments.output, model);
  if (arguments.as_json)
    print_json({{"options", to_json_object(arguments.options)}, {"model", arguments.output}});
  else
    fmt::print("{} wedges of {} short directions ({} frames) in {} dimensions, in {}\n", model.wedges(),
               model.short_directions(), arguments.options.frames, model.dimension(), arguments.output);
}

}  // namespace

void add_wedges_command(CLI::App& program) {
  CLI::App& command = add_command(
      program, "wedges", "Make an explicit n-wedge model and write it as safetensors.",
      "nwedge wedges --dimension 1000 --wedges 20 --short-directions 50 --seed 0 -o model.safetensors");
  const auto arguments = std::make_shared<WedgesArguments>();
  bind_options(command, "Model", arguments->options);
  command.add_option("-o,--output", arguments->output, "the model as safetensors")->required();
  command.add_flag("--json", arguments->as_json, "print JSON");
  command.callback([arguments] { run_wedges_command(*arguments); });
}

}  // namespace nwedge::cli
