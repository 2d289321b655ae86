#pragma once
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "nwedge/experiment/experiment.hpp"

namespace nwedge::report {

/// Every finding of the finished records, experiment by experiment in the registry's order, then landscape by
/// landscape. Records of an experiment that this program does not know give none.
std::vector<experiment::Finding> findings(std::span<const experiment::StoredRecord> records);

/// The table of claims as the page reads it: [{key, title, statement, verdict, findings: […]}], every claim
/// once.
nlohmann::json claims_table(std::span<const experiment::Finding> findings);

}  // namespace nwedge::report
