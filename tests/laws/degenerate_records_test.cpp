// The law of verdicts: whatever an experiment measured, a record whose numbers are 0, negative, not finite or
// not there decides nothing.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <set>

#include "nwedge/core/monitor.hpp"
#include "nwedge/core/progress.hpp"
#include "nwedge/experiment/experiment.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/study/option_reader.hpp"
#include "nwedge/study/run.hpp"
#include "nwedge/study/runner.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::experiment {
namespace {

using nlohmann::json;

/// Every record of the quick study, computed once.
const std::vector<StoredRecord>& records() {
  static const std::vector<StoredRecord> all = [] {
    const test::TemporaryFolder folder;
    const std::string path = NWEDGE_SOURCE_DIR "/studies/quick.toml";
    const std::string text = io::read_text(path);
    Monitor monitor;
    study::RunObserver observer;
    study::run_study(study::parse_study(text, path), text, folder.path() / "run", false, observer, monitor);
    std::vector<StoredRecord> stored;
    for (const study::RunRecord& record : study::read_run(folder.path() / "run").records)
      stored.push_back(record.stored);
    return stored;
  }();
  return all;
}

void replace_numbers(json& node, const json& by) {
  if (node.is_number()) {
    // Counts and positions stay whole numbers, so that the record can still be read.
    if (by.is_number_float() && node.is_number_integer() && std::isfinite(by.get<double>()))
      node = static_cast<std::int64_t>(by.get<double>());
    else
      node = by;
  } else if (node.is_structured()) {
    for (json& child : node) replace_numbers(child, by);
  }
}

/// The numbers of a record, as places to change one by one.
void find_numbers(json& node, std::vector<json*>& found) {
  if (node.is_number()) found.push_back(&node);
  if (node.is_structured())
    for (json& child : node) find_numbers(child, found);
}

class DegenerateRecords : public testing::TestWithParam<std::string> {
 protected:
  /// The records of one experiment, landscape by landscape, with the experiment that made them.
  void for_landscapes(const std::function<void(const Experiment&, const std::vector<StoredRecord>&)>& body) {
    std::set<std::string> names;
    for (const StoredRecord& record : records())
      if (record.experiment == GetParam()) names.insert(record.name + "\n" + record.landscape);
    ASSERT_FALSE(names.empty());
    for (const std::string& name : names) {
      std::vector<StoredRecord> own;
      for (const StoredRecord& record : records())
        if (record.name + "\n" + record.landscape == name) own.push_back(record);
      const auto experiment = make_experiment(GetParam(), "law");
      study::read_options(*experiment, study::option_table(own.front().options, "law"));
      body(*experiment, own);
    }
  }
};

TEST_P(DegenerateRecords, DecideNothing) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::vector<json> degenerate = {0.0, -1.0, kNan, kInfinity, -kInfinity, nullptr};
  for_landscapes([&](const Experiment& experiment, const std::vector<StoredRecord>& own) {
    for (const json& by : degenerate) {
      std::vector<StoredRecord> changed = own;
      for (StoredRecord& record : changed) replace_numbers(record.result, by);
      for (const Finding& finding : experiment.judge(changed)) {
        EXPECT_EQ(finding.verdict, Verdict::inconclusive)
            << by << " on " << finding.landscape << ": " << finding.measurement;
        EXPECT_FALSE(finding.reason.empty()) << by;
      }
    }
  });
}

/// A single number that is missing may leave a verdict that does not use it, but never makes one.
TEST_P(DegenerateRecords, GainNoVerdictFromAMissingNumber) {
  for_landscapes([&](const Experiment& experiment, const std::vector<StoredRecord>& own) {
    const std::vector<Finding> before = experiment.judge(own);
    std::vector<StoredRecord> changed = own;
    std::vector<json*> numbers;
    for (StoredRecord& record : changed) find_numbers(record.result, numbers);
    const std::size_t stride = 1 + numbers.size() / 150;
    for (std::size_t i = 0; i < numbers.size(); i += stride) {
      const json kept = *numbers[i];
      *numbers[i] = nullptr;
      const std::vector<Finding> after = experiment.judge(changed);
      *numbers[i] = kept;
      for (const Finding& finding : after) {
        if (finding.verdict == Verdict::inconclusive) continue;
        const bool same = std::any_of(before.begin(), before.end(), [&](const Finding& old) {
          return old.claim == finding.claim && old.verdict == finding.verdict;
        });
        EXPECT_TRUE(same) << finding.claim << " " << to_string(finding.verdict) << " without number " << i;
      }
    }
  });
}

/// What an experiment wrote is what its reader reads.
TEST_P(DegenerateRecords, AreJudgedAsTheyWereWritten) {
  for_landscapes([&](const Experiment& experiment, const std::vector<StoredRecord>& own) {
    for (const Finding& finding : experiment.judge(own)) {
      EXPECT_EQ(finding.reason.find("record of"), std::string::npos) << finding.reason;
      EXPECT_EQ(finding.measurement.find("nan"), std::string::npos) << finding.measurement;
      EXPECT_EQ(finding.prediction.find("nan"), std::string::npos) << finding.prediction;
    }
  });
}

std::vector<std::string> judged_experiments() {
  std::vector<std::string> names = experiment_names();
  std::erase(names, "section");  // bears on no claim
  return names;
}

INSTANTIATE_TEST_SUITE_P(EveryExperiment, DegenerateRecords, testing::ValuesIn(judged_experiments()),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace nwedge::experiment
