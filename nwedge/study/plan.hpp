#pragma once
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nwedge/study/file_digests.hpp"
#include "nwedge/study/study_file.hpp"

namespace nwedge::study {

/// The version of the records' layout; part of every digest.
inline constexpr int kRecordFormat = 1;

/// The registry name of training, which every study does first.
inline constexpr const char* kTraining = "train";

/// One piece of work whose result is one record: the training of one landscape from one seed, or an
/// experiment on one landscape and one or all of its optima.
struct Cell {
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  std::string id;    ///< readable and unique, the records' file name: "train.cnn.seed-0", "m-tunnel.cnn"
  std::string name;  ///< "train", or the experiment's name in the study
  std::string kind;  ///< "train", or the experiment's registry name
  std::size_t landscape = 0;       ///< index in `Study::landscapes`
  std::size_t experiment = kNone;  ///< index in `Study::experiments`; kNone: training
  std::vector<std::uint64_t> seeds;
  std::vector<std::size_t> inputs;  ///< indices of the training cells it needs, one for each seed
  std::string optimum;              ///< the file of a given optimum, instead of a training
  std::string digest;               ///< of everything that determines the result, the inputs' digests too
};

/// A study's cells, trainings first, then in the order of the study. Pure but for the digests of data and
/// given optima: the same study and files give the same plan; a file that cannot be read is an `Error`.
std::vector<Cell> make_plan(const Study& study, FileDigests& files);

/// What makes two landscapes the same: kind, options, and the content of the files that it is made from.
nlohmann::json landscape_identity(const LandscapeSpec& landscape, FileDigests& files);

/// Throws `Error` when an experiment's options do not fit its landscape and optima; `landscape` is the
/// cell's.
void validate(const Study& study, const Cell& cell, const Landscape& landscape);

/// What plan and record say of an experiment that a user added: `title` and `version`; null of the
/// registry's own.
nlohmann::json added_document(const Study& study, const Cell& cell);

/// All options of a landscape's training; null where its optima are given instead of trained.
nlohmann::json training_document(const LandscapeSpec& landscape);

/// The plan as it stands in RUN/plan.json (docs/records.md).
nlohmann::json plan_document(const Study& study, const std::vector<Cell>& cells, FileDigests& files);

}  // namespace nwedge::study
