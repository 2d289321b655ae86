#include "nwedge/report/claims.hpp"

#include <algorithm>

namespace nwedge::report {
namespace {

using experiment::Finding;
using experiment::StoredRecord;

nlohmann::json document(const Finding& finding) {
  return {{"claim", finding.claim},
          {"landscape", finding.landscape},
          {"experiment", finding.experiment},
          {"criterion", finding.criterion},
          {"prediction", finding.prediction},
          {"measurement", finding.measurement},
          {"verdict", experiment::to_string(finding.verdict)},
          {"reason", finding.reason}};
}

std::vector<std::string> landscapes_in_order(std::span<const StoredRecord> records) {
  std::vector<std::string> names;
  for (const StoredRecord& record : records)
    if (std::find(names.begin(), names.end(), record.landscape) == names.end())
      names.push_back(record.landscape);
  return names;
}

}  // namespace

std::vector<Finding> findings(std::span<const StoredRecord> records) {
  std::vector<Finding> all;
  const std::vector<std::string> landscapes = landscapes_in_order(records);
  for (const std::string& name : experiment::experiment_names()) {
    const auto judge = experiment::make_experiment(name, "report");
    for (const std::string& landscape : landscapes) {
      std::vector<StoredRecord> finished;
      for (const StoredRecord& record : records)
        if (record.experiment == name && record.landscape == landscape && record.failure.empty())
          finished.push_back(record);
      if (finished.empty()) continue;
      for (Finding& finding : judge->judge(finished)) all.push_back(std::move(finding));
    }
  }
  return all;
}

nlohmann::json claims_table(std::span<const Finding> findings) {
  nlohmann::json table = nlohmann::json::array();
  for (const experiment::Claim& claim : experiment::claims()) {
    std::vector<Finding> own;
    nlohmann::json documents = nlohmann::json::array();
    for (const Finding& finding : findings) {
      if (finding.claim != claim.key) continue;
      own.push_back(finding);
      documents.push_back(document(finding));
    }
    table.push_back({{"key", claim.key},
                     {"title", claim.title},
                     {"statement", claim.statement},
                     {"verdict", experiment::to_string(experiment::combine(own))},
                     {"findings", std::move(documents)}});
  }
  return table;
}

}  // namespace nwedge::report
