#include "nwedge/experiment/wedge_forms.hpp"

#include "nwedge/core/error.hpp"

namespace nwedge::experiment {

std::optional<WedgeForms> wedge_forms(const Landscape& landscape) {
  const auto* model = dynamic_cast<const wedge::WedgeModel*>(&landscape);
  if (model == nullptr) return {};
  try {
    return WedgeForms{*model, wedge::theory::parameters_of(model->options())};
  } catch (const Error&) {
    return {};
  }
}

const wedge::WedgeModel* wedge_model(const Landscape& landscape) {
  return dynamic_cast<const wedge::WedgeModel*>(&landscape);
}

void add_prediction(nlohmann::json& to, const std::string& name, const wedge::Prediction& prediction) {
  if (!prediction.known()) {
    to["absent"][name] = prediction.reason;
    return;
  }
  to[name] = prediction.value;
  if (prediction.source == wedge::Prediction::Source::monte_carlo)
    to["monte-carlo"][name] = {{"standard-error", prediction.standard_error},
                               {"deviation", prediction.deviation},
                               {"samples", prediction.samples}};
}

void add_predictions(nlohmann::json& to, const std::string& name,
                     std::span<const wedge::Prediction> predictions) {
  nlohmann::json values = nlohmann::json::array();
  nlohmann::json errors = nlohmann::json::array();
  bool sampled = false;
  for (const wedge::Prediction& prediction : predictions) {
    if (!prediction.known()) {
      to["absent"][name] = prediction.reason;
      return;
    }
    values.push_back(prediction.value);
    errors.push_back(prediction.standard_error);
    sampled = sampled || prediction.source == wedge::Prediction::Source::monte_carlo;
  }
  to[name] = std::move(values);
  if (sampled) to["monte-carlo"][name] = {{"standard-error", std::move(errors)}};
}

}  // namespace nwedge::experiment
