#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "nwedge/landscape.hpp"
#include "nwedge/wedge/predictor.hpp"
#include "nwedge/wedge/theory.hpp"
#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::experiment {

/// A landscape seen as a wedge model for which the closed forms hold.
struct WedgeForms {
  const wedge::WedgeModel& model;
  wedge::theory::Parameters parameters;

  /// Half-width and opening 0: descent then ends on the wedge itself and not at the edge of a core, as the
  /// closed forms for optima take it.
  bool optima_on_wedge() const { return parameters.half_width == 0 && parameters.opening == 0; }
};

/// Empty for any other landscape, and for variants of the model without closed forms. Refers to `landscape`.
std::optional<WedgeForms> wedge_forms(const Landscape& landscape);

/// The landscape as a wedge model, of any variant; null for another landscape.
const wedge::WedgeModel* wedge_model(const Landscape& landscape);

/// Adds a prediction to an object of predictions: its value under `name`; for a Monte Carlo one its
/// {standard-error, deviation, samples} under monte-carlo.NAME; where there is none the reason under
/// absent.NAME.
void add_prediction(nlohmann::json& to, const std::string& name, const wedge::Prediction& prediction);
/// The same for a list under one name: all values, or the first reason why one is missing.
void add_predictions(nlohmann::json& to, const std::string& name,
                     std::span<const wedge::Prediction> predictions);

}  // namespace nwedge::experiment
