#include "nwedge/cli/ranks.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

namespace nwedge::cli {

int processes_started_together() {
  int most = 1;
  // Open MPI; MPICH and others with PMI; a step of Slurm, whatever it uses for MPI.
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"}) {
    const char* value = std::getenv(name);
    if (value == nullptr) continue;
    const std::string_view text = value;
    int count = 1;
    std::from_chars(text.data(), text.data() + text.size(), count);
    most = std::max(most, count);
  }
  return most;
}

}  // namespace nwedge::cli
