#include "nwedge/study/errands.hpp"

#include <algorithm>
#include <bit>

namespace nwedge::study {
namespace {

constexpr double kPartsOfAShare = 8;    // the last one to finish keeps others waiting an eighth of their time
constexpr double kShortestPart = 0.05;  // seconds, against some milliseconds to hand it out and store it
constexpr std::size_t kMostParts = 4096;

std::size_t parts_of(double seconds, std::int64_t items, double longest) {
  const double wanted = std::clamp(seconds / std::max(kShortestPart, longest), 1.0, double{kMostParts});
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(1, items));
  return std::min(most, std::bit_ceil(static_cast<std::size_t>(wanted)));
}

}  // namespace

Errands make_errands(const Study& study, const std::vector<Cell>& cells, const Workload& workload,
                     std::size_t ranks) {
  Errands all;
  const auto is_finished = [&](std::size_t i) {
    return !workload.finished.empty() && workload.finished[i] != 0;
  };
  double work = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool finished = is_finished(i);
    if (!finished) work += workload.seconds[i];
    all.list.push_back({i});
    all.tasks.push_back({workload.seconds[i], cells[i].inputs});
    all.finished.push_back(finished);
  }
  const double longest = work / (static_cast<double>(ranks) * kPartsOfAShare);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    if (is_finished(i) || cell.experiment == Cell::kNone) continue;
    const auto there = workload.parts.find(cell.digest);
    if (ranks < 2 && there == workload.parts.end()) continue;
    const experiment::SpreadLoop loop = study.experiments[cell.experiment].experiment->loop(
        workload.landscape(cell.landscape), std::ssize(cell.inputs));
    const double shared = loop.share * workload.seconds[i];
    const double joint = workload.seconds[i] - shared;
    const std::size_t parts =
        there != workload.parts.end() ? there->second : parts_of(shared, loop.items, longest);
    if (parts < 2) continue;
    all.list[i].parts = parts;
    all.tasks[i].seconds = joint;
    for (std::size_t part = 0; part < parts; ++part) {
      all.tasks[i].inputs.push_back(all.list.size());
      all.list.push_back({i, parts, part});
      all.tasks.push_back({shared / static_cast<double>(parts), cell.inputs});
      all.finished.push_back(0);
    }
  }
  return all;
}

}  // namespace nwedge::study
