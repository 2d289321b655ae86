#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/commands.hpp"
#include "nwedge/cli/option_binder.hpp"
#include "nwedge/wedge/predict.hpp"

namespace nwedge::cli {
namespace {

struct PredictArguments {
  wedge::theory::PredictOptions options;
  bool as_json = false;
};

void run_predict_command(const PredictArguments& arguments) {
  const std::vector<wedge::theory::Prediction> predictions = wedge::theory::predict(arguments.options);
  if (!arguments.as_json) {
    for (const auto& one : predictions)
      fmt::print("{:4} {:24} {:>12.6g}  {}\n", one.number, one.name, one.value, one.meaning);
    return;
  }
  nlohmann::json document = {{"options", to_json_object(arguments.options)}};
  for (const auto& one : predictions) document["predictions"][one.number][one.name] = one.value;
  print_json(document);
}

}  // namespace

void add_predict_command(CLI::App& program) {
  CLI::App& command =
      add_command(program, "predict", "The wedge model's closed forms.",
                  "nwedge predict --dimension 1000 --short-directions 50 --wedges 20 --half-width 0.5");
  const auto arguments = std::make_shared<PredictArguments>();
  bind_options(command, "Model and experiments", arguments->options);
  command.add_flag("--json", arguments->as_json, "print JSON");
  command.callback([arguments] { run_predict_command(*arguments); });
}

}  // namespace nwedge::cli
