#include <fmt/core.h>
#include <mpi.h>

#include <algorithm>

#include "nwedge/cli/ranks.hpp"
#include "nwedge/core/error.hpp"

namespace nwedge::cli {
namespace {

constexpr int kSizeTag = 0;                  // how many bytes follow
constexpr int kBytesTag = 1;                 // these, in pieces
constexpr std::uint64_t kPiece = 1U << 30U;  // MPI counts in int

/// Errors of MPI end all processes, as they do by default.
class MpiRanks final : public JoinedRanks {
 public:
  MpiRanks() {
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &count_);
    const int started = processes_started_together();
    if (count_ == started && provided >= MPI_THREAD_FUNNELED) return;
    MPI_Finalize();
    throw Error("MPI", fmt::format("{} processes were started together, but MPI sees {}: start them with the "
                                   "mpirun of the MPI that nwedge was built with, or with srun --mpi=pmix",
                                   started, count_));
  }

  int rank() const override { return rank_; }
  int count() const override { return count_; }

  void send(int to, std::span<const std::uint8_t> bytes) override {
    const std::uint64_t size = bytes.size();
    MPI_Send(&size, 1, MPI_UINT64_T, to, kSizeTag, MPI_COMM_WORLD);
    for (std::uint64_t at = 0; at < size; at += kPiece)
      MPI_Send(bytes.data() + at, static_cast<int>(std::min(kPiece, size - at)), MPI_BYTE, to, kBytesTag,
               MPI_COMM_WORLD);
  }

  std::optional<Message> receive() override {
    int there = 0;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, kSizeTag, MPI_COMM_WORLD, &there, &status);
    if (there == 0) return std::nullopt;
    std::uint64_t size = 0;
    MPI_Recv(&size, 1, MPI_UINT64_T, status.MPI_SOURCE, kSizeTag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    Message message{status.MPI_SOURCE, std::vector<std::uint8_t>(size)};
    for (std::uint64_t at = 0; at < size; at += kPiece)
      MPI_Recv(message.bytes.data() + at, static_cast<int>(std::min(kPiece, size - at)), MPI_BYTE,
               message.from, kBytesTag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    return message;
  }

  void leave() override { MPI_Finalize(); }

 private:
  int rank_ = 0;
  int count_ = 1;
};

}  // namespace

std::unique_ptr<JoinedRanks> join_ranks() { return std::make_unique<MpiRanks>(); }

}  // namespace nwedge::cli
