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

/// "27.4 ± 0.1", the error that of a Monte Carlo estimate.
std::string value_of(const wedge::Prediction& prediction) {
  if (!prediction.known()) return "none";
  if (prediction.source == wedge::Prediction::Source::closed_form)
    return fmt::format("{:.6g}", prediction.value);
  return fmt::format("{:.4g} ± {:.1g}", prediction.value, prediction.standard_error);
}

void print_table(const std::vector<wedge::theory::PredictedNumber>& predictions) {
  for (const auto& one : predictions)
    fmt::print("{:4} {:24} {:>18}  {}\n", one.number, one.name, value_of(one.prediction),
               one.prediction.known() ? one.meaning : one.meaning + ": " + one.prediction.reason);
  fmt::print("\nWith an error: Monte Carlo on the model; without: closed form.\n");
}

void run_predict_command(const PredictArguments& arguments) {
  const std::vector<wedge::theory::PredictedNumber> predictions = wedge::theory::predict(arguments.options);
  if (!arguments.as_json) {
    print_table(predictions);
    return;
  }
  nlohmann::json document = {{"options", to_json_object(arguments.options)}};
  for (const auto& [number, name, prediction, meaning] : predictions) {
    if (!prediction.known()) {
      document["absent"][number][name] = prediction.reason;
      continue;
    }
    document["predictions"][number][name] = prediction.value;
    if (prediction.source == wedge::Prediction::Source::monte_carlo)
      document["monte-carlo"][number][name] = {{"standard-error", prediction.standard_error},
                                               {"deviation", prediction.deviation},
                                               {"samples", prediction.samples}};
  }
  print_json(document);
}

}  // namespace

void add_predict_command(CLI::App& program) {
  CLI::App& command =
      add_command(program, "predict", "What experiments on a wedge model should measure.",
                  "nwedge predict --dimension 1000 --short-directions 50 --wedges 20 --half-width 0.5");
  const auto arguments = std::make_shared<PredictArguments>();
  bind_options(command, "Model and experiments", arguments->options);
  command.add_flag("--json", arguments->as_json, "print JSON");
  command.callback([arguments] { run_predict_command(*arguments); });
}

}  // namespace nwedge::cli
