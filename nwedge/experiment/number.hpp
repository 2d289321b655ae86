#pragma once
#include <limits>
#include <nlohmann/json.hpp>

namespace nwedge::experiment {

/// A number of a record; NaN where it was not finite, which records hold as null.
inline double number(const nlohmann::json& value) {
  return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace nwedge::experiment
