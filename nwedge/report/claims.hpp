#pragma once
#include <nlohmann/json.hpp>
#include <span>

#include "nwedge/experiment/claim.hpp"

namespace nwedge::report {

/// The table of claims as the page reads it: [{key, title, statement, verdict, findings: […]}], every claim
/// once. "contribution-2", the model as a whole, gets one more finding for each wedge model (whether the
/// other claims are reproduced on it; no experiment) and summary: {prediction, criterion, landscapes: {NAME:
/// {verdict, measurement}}}.
nlohmann::json claims_table(std::span<const experiment::Finding> findings);

}  // namespace nwedge::report
