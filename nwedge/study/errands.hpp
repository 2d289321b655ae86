#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "nwedge/study/schedule.hpp"
#include "nwedge/study/worker.hpp"

namespace nwedge::study {

/// All the work of a study. Errand i is cell i for every cell; parts of cells that are split come after them.
struct Errands {
  std::vector<Errand> list;
  std::vector<Task> tasks;     ///< for each errand
  std::vector<char> finished;  ///< for each errand: nothing is left to do
};

/// What is known of the work before it is laid out.
struct Workload {
  std::vector<double> seconds;               ///< expected of each cell, of one thread
  std::vector<char> finished;                ///< cells that have a record; empty: none
  std::map<std::string, std::size_t> parts;  ///< of the cells of which parts are there, by digest
  std::function<const Landscape&(std::size_t)> landscape;  ///< of the study, by index
};

/// Lays out the work for so many processes. With more than one, a cell whose experiment has a loop to spread
/// is split into as many parts, a power of two or one an item, as make each at most about an eighth of what
/// every process has to do.
Errands make_errands(const Study& study, const std::vector<Cell>& cells, const Workload& workload,
                     std::size_t ranks);

}  // namespace nwedge::study
