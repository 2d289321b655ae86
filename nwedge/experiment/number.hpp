#pragma once
#include <limits>
#include <nlohmann/json.hpp>

#include "nwedge/spectrum/trace.hpp"

namespace nwedge::experiment {

/// A number of a record; NaN where it was not finite, which records hold as null.
inline double number(const nlohmann::json& value) {
  return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

/// {value, standard-error}
inline nlohmann::json to_json(const spectrum::Estimate& estimate) {
  return {{"value", estimate.value}, {"standard-error", estimate.standard_error}};
}

}  // namespace nwedge::experiment
