#pragma once
#include <memory>

#include "nwedge/study/ranks.hpp"

namespace nwedge::cli {

/// How many processes of this program mpirun or srun has started together, by the environment; 1 when none
/// has.
int processes_started_together();

/// The processes that mpirun or srun has started together, by MPI (nwedge/cli/ranks/mpi.cpp, where it was
/// found when the program was built). An `Error` when they cannot speak with each other: the program has no
/// MPI, or the launcher offers it none.
class JoinedRanks : public study::Ranks {
 public:
  /// Ends the communication in good order, once all ranks do so.
  virtual void leave() = 0;
};
std::unique_ptr<JoinedRanks> join_ranks();

}  // namespace nwedge::cli
