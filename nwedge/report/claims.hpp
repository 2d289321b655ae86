#pragma once
#include <nlohmann/json.hpp>
#include <span>

#include "nwedge/experiment/claim.hpp"

namespace nwedge::report {

/// A finding as the page, the terminal and exports read it: {claim, landscape, experiment, criterion, null,
/// prediction, measurement, verdict, reason, controls: [{name, measurement, verdict, fails}]}.
nlohmann::json to_json(const experiment::Finding& finding);

/// The table of claims as the page reads it: [{key, title, statement, verdict, reason, findings: […],
/// controls: [{name, measurement, verdict, fails}]}], every claim that has findings once. The one about the
/// model as a whole also has a summary: {prediction, criterion, landscapes: {NAME: {verdict, measurement}}}.
nlohmann::json claims_table(std::span<const experiment::Finding> findings);

}  // namespace nwedge::report
