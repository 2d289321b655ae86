#pragma once
#include <nlohmann/json.hpp>
#include <span>

#include "nwedge/experiment/claim.hpp"

namespace nwedge::report {

/// The table of claims as the page reads it: [{key, title, statement, verdict, findings: […]}], every claim
/// once. The one about the model as a whole also has a summary: {prediction, criterion, landscapes: {NAME:
/// {verdict, measurement}}}.
nlohmann::json claims_table(std::span<const experiment::Finding> findings);

}  // namespace nwedge::report
