#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "nwedge/core/monitor.hpp"
#include "nwedge/experiment/experiment.hpp"
#include "nwedge/study/study_file.hpp"

namespace nwedge::study {

/// One experiment on optima that are given rather than trained: what a command does with weights from files.
struct SingleExperiment {
  std::string title;        ///< of the report
  LandscapeSpec landscape;  ///< its `training` stays empty
  std::string kind;         ///< registry name
  std::shared_ptr<experiment::Experiment> experiment;
  std::span<const optimize::Result> optima;  ///< at least one
  nlohmann::json facts;    ///< an object whose members join the record's result: where the optima are from
  std::uint64_t seed = 0;  ///< of everything random in the experiment
};

/// What it left.
struct SingleRun {
  std::string id;  ///< of the record: "section.network"
  experiment::Record record;
  double seconds = 0;
};

/// Runs the experiment and writes it to `folder` as a run of one cell without trainings: plan.json and one
/// record, from which the report is made as from any run. `landscape` is that of `single.landscape`. Errors:
/// the folder holds another run or other things, and all that the experiment refuses; nothing is written
/// then.
SingleRun run_single(const SingleExperiment& single, const Landscape& landscape,
                     experiment::LandscapeFactory vary, const std::filesystem::path& folder,
                     Monitor& monitor);

}  // namespace nwedge::study
