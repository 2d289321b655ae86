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

}  // namespace nwedge::experiment
