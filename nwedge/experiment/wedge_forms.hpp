#pragma once
#include <optional>

#include "nwedge/landscape.hpp"
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

}  // namespace nwedge::experiment
