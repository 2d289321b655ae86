#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace nwedge::report {

/// The whole page as text: the template with its style, scripts, Plotly.js and `records` in it. It needs
/// nothing from outside. `records` is what the scripts read (docs/report.md); bytes that are not UTF-8 are
/// replaced, a NaN is null.
std::string assemble_page(const nlohmann::json& records);

}  // namespace nwedge::report
