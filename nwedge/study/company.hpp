#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "nwedge/study/errands.hpp"
#include "nwedge/study/ledger.hpp"
#include "nwedge/study/ranks.hpp"

namespace nwedge::study {

/// The processes that share one study, as the one that leads them sees it.
struct Company {
  Ranks& ranks;
  std::string file;      ///< the name of the study file, for errors
  bool collect = false;  ///< files travel in messages: only rank 0 writes into the run's folder
};

/// Hands out the errands to all ranks, this one among them, as their inputs are there: `run_study`'s work
/// over many processes. Records are written by who computes them, or sent here with `collect`.
void lead(const Company& company, std::string_view text, const std::filesystem::path& folder, Worker& worker,
          const Errands& errands, Ledger& ledger, Monitor& monitor);

/// What the other ranks do: carry out what rank 0 hands out, until it dismisses them. Mistakes and bugs are
/// reported to rank 0. Throws `Cancelled` as `monitor` does.
void serve(Ranks& ranks, Monitor& monitor);

/// Lets the other ranks' `serve` return.
void dismiss(Ranks& ranks);

}  // namespace nwedge::study
