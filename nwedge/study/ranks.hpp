#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace nwedge::study {

/// The processes that work on one study together, numbered from 0; rank 0 leads. A message arrives whole, and
/// those from one rank to another in the order they were sent. For one thread of each process.
class Ranks {
 public:
  struct Message {
    int from = 0;
    std::vector<std::uint8_t> bytes;
  };

  virtual ~Ranks() = default;
  virtual int rank() const = 0;
  virtual int count() const = 0;
  /// May wait until the other rank receives.
  virtual void send(int to, std::span<const std::uint8_t> bytes) = 0;
  /// The next message; none when there is none yet. Does not wait for one to begin.
  virtual std::optional<Message> receive() = 0;
};

}  // namespace nwedge::study
