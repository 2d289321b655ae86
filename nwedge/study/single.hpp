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

/// One experiment on one landscape and its optima, without a study around it.
struct SingleExperiment {
  std::string title;        ///< of the report
  LandscapeSpec landscape;  ///< its `training` is how the optima were trained; empty where they were not
  std::string kind;         ///< registry name
  std::shared_ptr<experiment::Experiment> experiment;
  std::span<const optimize::Result> optima;         ///< at least one
  bool trained = false;                             ///< false: nothing is known of where the optima are from
  nlohmann::json facts = nlohmann::json::object();  ///< joins the record's result: where the optima are from
  std::uint64_t seed = 0;                           ///< of everything random in the experiment
};

/// What it gave: all that `write_single` needs.
struct SingleRun {
  std::string id;             ///< of the record: "section.network"
  Study study;                ///< with this experiment alone
  std::string inputs_digest;  ///< of the optima
  experiment::Record record;
  std::string started;
  double seconds = 0;
};

/// Runs the experiment, in memory. `landscape` is that of `single.landscape`. Errors: all that the experiment
/// refuses.
SingleRun compute_single(const SingleExperiment& single, const Landscape& landscape,
                         experiment::LandscapeFactory vary, Monitor& monitor);

/// Writes it to `folder` as a run of one cell without trainings: plan.json and one record, from which the
/// report is made as from any run. Errors: the folder holds another run or other things.
void write_single(const SingleRun& run, const std::filesystem::path& folder);

/// Both; that the folder will do is checked before the experiment runs.
SingleRun run_single(const SingleExperiment& single, const Landscape& landscape,
                     experiment::LandscapeFactory vary, const std::filesystem::path& folder,
                     Monitor& monitor);

/// What the record says about the poster's claims.
std::vector<experiment::Finding> findings(const SingleRun& run);

}  // namespace nwedge::study
