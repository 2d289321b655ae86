#include <fmt/core.h>

#include "nwedge/cli/ranks.hpp"
#include "nwedge/core/error.hpp"

namespace nwedge::cli {

std::unique_ptr<JoinedRanks> join_ranks() {
  throw Error("MPI", fmt::format("{} processes were started together, but this nwedge was built without MPI: "
                                 "run tools/install-packages mpi and make again, or start one process",
                                 processes_started_together()));
}

}  // namespace nwedge::cli
