#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/commands.hpp"
#include "nwedge/cli/progress.hpp"
#include "nwedge/cli/stop.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/study/errands.hpp"
#include "nwedge/study/price.hpp"
#include "nwedge/study/schedule.hpp"

namespace nwedge::cli {
namespace {

using nlohmann::json;

/// All cells of one training or experiment on one landscape.
struct PlanRow {
  std::string name;
  std::string landscape;
  std::size_t cells = 0;
  double seconds = 0;  ///< of one thread
};

struct LandscapeRow {
  std::string name;
  std::string kind;
  std::int64_t dimension = 0;
  std::int64_t examples = 0;
  double seconds_per_evaluation = 0;
  double bytes_of_optima = 0;
};

/// The study on so many ranks of one thread.
struct RankRow {
  std::size_t ranks = 1;
  study::Simulation simulation;
  std::vector<std::string> longest_chain;  ///< of work: no number of ranks is faster
  double chain_seconds = 0;
};

struct Estimate {
  std::vector<LandscapeRow> landscapes;
  std::vector<PlanRow> rows;
  double seconds = 0;  ///< of one thread
  double bytes = 0;    ///< resident now, with landscapes and data loaded, and the optima to come
  std::vector<RankRow> ranks;
};

std::vector<LandscapeRow> price_landscapes(const study::Study& study,
                                           std::vector<std::unique_ptr<const Landscape>>& made,
                                           study::DataSets& data) {
  std::vector<LandscapeRow> rows;
  for (std::size_t k = 0; k < study.landscapes.size(); ++k) {
    stop_monitor().checkpoint(0);
    const study::LandscapeSpec& spec = study.landscapes[k];
    made.push_back(spec.maker->make(data, spec.place));
    const Landscape& landscape = *made.back();
    rows.push_back({spec.name, spec.kind, landscape.dimension(), landscape.examples(Split::train),
                    study::seconds_per_evaluation(landscape, spec.training, 0.2),
                    study::bytes_of_optima(study, k, landscape.dimension())});
  }
  return rows;
}

std::string name_of(const study::Cell& cell, const study::Errand& errand) {
  if (errand.part == study::Errand::kWhole) return cell.id;
  return fmt::format("{} (one of {} parts)", cell.id, errand.parts);
}

/// Plays the run for 1, 2, 4, … up to `most` ranks, with the real plan and prices.
std::vector<RankRow> play(const study::Study& study, const std::vector<study::Cell>& cells,
                          const study::Workload& workload, std::size_t most) {
  std::vector<RankRow> rows;
  for (std::size_t ranks = 1; ranks <= most; ranks = std::min(2 * ranks, ranks < most ? most : 2 * ranks)) {
    const study::Errands errands = study::make_errands(study, cells, workload, ranks);
    RankRow row{ranks, study::simulate(errands.tasks, ranks), {}, 0};
    for (const std::size_t k : study::longest_chain(errands.tasks)) {
      row.longest_chain.push_back(name_of(cells[errands.list[k].cell], errands.list[k]));
      row.chain_seconds += errands.tasks[k].seconds;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Estimate estimate(const study::Study& study, std::size_t ranks) {
  study::DataSets data;
  std::vector<std::unique_ptr<const Landscape>> landscapes;
  Estimate result;
  result.landscapes = price_landscapes(study, landscapes, data);
  study::FileDigests files;
  const std::vector<study::Cell> cells = study::make_plan(study, files);
  study::Workload workload;
  workload.landscape = [&](std::size_t k) -> const Landscape& { return *landscapes[k]; };
  for (const study::Cell& cell : cells) {
    study::validate(study, cell, *landscapes[cell.landscape]);
    const LandscapeRow& landscape = result.landscapes[cell.landscape];
    const double seconds =
        landscape.seconds_per_evaluation * study::evaluations(study, cell, *landscapes[cell.landscape]) +
        study::seconds_per_record(study, cell, *landscapes[cell.landscape]);
    if (result.rows.empty() || result.rows.back().name != cell.name ||
        result.rows.back().landscape != landscape.name)
      result.rows.push_back({cell.name, landscape.name, 0, 0});
    ++result.rows.back().cells;
    result.rows.back().seconds += seconds;
    result.seconds += seconds;
    workload.seconds.push_back(seconds);
  }
  if (ranks > 0) result.ranks = play(study, cells, workload, ranks);
  result.bytes = study::resident_bytes();
  for (const LandscapeRow& row : result.landscapes) result.bytes += row.bytes_of_optima;
  return result;
}

void print_table(const study::Study& study, const Estimate& estimate) {
  fmt::print("{}: {} seeds, {} landscapes\n\n", study.title, study.seeds.size(), study.landscapes.size());
  fmt::print("{:<20}{:<10}{:>12}{:>12}\n", "landscape", "kind", "dimension", "examples");
  for (const LandscapeRow& row : estimate.landscapes)
    fmt::print("{:<20}{:<10}{:>12}{:>12}\n", row.name, row.kind, row.dimension, row.examples);
  fmt::print("\n{:<28}{:<20}{:>6}{:>16}\n", "experiment", "landscape", "cells", "one thread");
  for (const PlanRow& row : estimate.rows)
    fmt::print("{:<28}{:<20}{:>6}{:>16}\n", row.name, row.landscape, row.cells, duration(row.seconds));
  fmt::print("\nIn all about {} on {} threads, {:.2g} GB of memory.\n",
             duration(estimate.seconds / thread_count()), thread_count(), estimate.bytes / 1e9);
}

/// What many ranks bring, and why more would bring no more.
void print_ranks(const std::vector<RankRow>& rows) {
  if (rows.empty()) return;
  fmt::print("\n{:>6}{:>16}{:>12}{:>18}\n", "ranks", "time", "efficiency", "longest chain");
  for (const RankRow& row : rows)
    fmt::print("{:>6}{:>16}{:>10.0f} %{:>18}\n", row.ranks, duration(row.simulation.seconds),
               100 * row.simulation.efficiency, duration(row.chain_seconds));
  const RankRow& last = rows.back();
  fmt::print("\nOn {} ranks the longest chain takes {} of {}: {}.\n", last.ranks,
             duration(last.chain_seconds), duration(last.simulation.seconds),
             fmt::join(last.longest_chain, ", then "));
  const auto worth = std::find_if(rows.rbegin(), rows.rend(),
                                  [](const RankRow& row) { return row.simulation.efficiency >= 0.5; });
  if (worth != rows.rend() && worth->ranks < last.ranks)
    fmt::print("Beyond {} ranks more than half of them wait.\n", worth->ranks);
}

json to_json(const study::Study& study, const Estimate& estimate) {
  json document = {{"title", study.title},
                   {"seeds", study.seeds},
                   {"threads", thread_count()},
                   {"seconds", estimate.seconds / thread_count()},
                   {"bytes", estimate.bytes}};
  for (const LandscapeRow& row : estimate.landscapes)
    document["landscapes"].push_back({{"name", row.name},
                                      {"kind", row.kind},
                                      {"dimension", row.dimension},
                                      {"examples", row.examples},
                                      {"seconds-per-evaluation", row.seconds_per_evaluation}});
  for (const PlanRow& row : estimate.rows)
    document["cells"].push_back({{"experiment", row.name},
                                 {"landscape", row.landscape},
                                 {"count", row.cells},
                                 {"seconds-of-one-thread", row.seconds}});
  for (const RankRow& row : estimate.ranks)
    document["ranks"].push_back({{"ranks", row.ranks},
                                 {"seconds", row.simulation.seconds},
                                 {"efficiency", row.simulation.efficiency},
                                 {"longest-chain", row.longest_chain},
                                 {"longest-chain-seconds", row.chain_seconds}});
  return document;
}

}  // namespace

void add_check_command(CLI::App& program) {
  CLI::App& command =
      add_command(program, "check", "Check a study file; show its plan and what it will cost.",
                  "nwedge check studies/poster.toml");
  const auto file = std::make_shared<std::string>();
  const auto as_json = std::make_shared<bool>(false);
  command.add_option("FILE", *file, "study file (TOML)")->required();
  command.add_flag("--json", *as_json, "print the plan as JSON");
  const auto ranks = std::make_shared<std::size_t>(0);
  command.add_option("--ranks", *ranks, "also play the run on 1, 2, 4, … to so many MPI ranks of one thread")
      ->check(CLI::Range(1, 1 << 20));
  command.callback([file, as_json, ranks] {
    const study::Study study = study::read_study(*file);
    const Estimate cost = estimate(study, *ranks);
    if (*as_json) {
      print_json(to_json(study, cost));
    } else {
      print_table(study, cost);
      print_ranks(cost.ranks);
    }
  });
}

}  // namespace nwedge::cli
