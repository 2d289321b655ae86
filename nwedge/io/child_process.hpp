#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nwedge::io {

/// A program that runs beside this one: `/bin/sh -c COMMAND` in a process group of its own, so that Ctrl-C on
/// a terminal reaches this program alone. What is written here is its standard input, what it writes to its
/// standard output is read here; its standard error is this program's.
///
/// Errors name `place`: it cannot be started, it has ended (with its exit status), it took or gave nothing
/// for longer than `patience`; after one of these, or a line that is too long, it is killed and every further
/// call throws the same. Not safe from several threads at once.
class ChildProcess {
 public:
  ChildProcess(const std::string& command, std::string place, std::chrono::duration<double> patience);
  /// Closes its input, which tells it to end; kills it and its own children where it does not within a
  /// second.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void write(std::span<const std::uint8_t> bytes);
  /// Up to the next newline, without it.
  std::string read_line(std::size_t most);
  void read(std::span<std::uint8_t> bytes);

  /// Kills it; throws what every further call throws, too: `Error(place, problem)`.
  [[noreturn]] void fail(std::string problem);

 private:
  void require_usable() const;
  void wait_for(short event);
  std::size_t receive(std::span<std::uint8_t> bytes);
  [[noreturn]] void fail_ended();
  int end(std::chrono::duration<double> patience) noexcept;

  std::string place_;
  std::chrono::duration<double> patience_;
  std::string problem_;  // what made it useless; empty: nothing
  pid_t process_ = -1;
  int socket_ = -1;
  std::size_t slot_ = 0;
  std::vector<std::uint8_t> buffer_;  // received and not read yet, from `begin_` on
  std::size_t begin_ = 0;
};

/// Kills every `ChildProcess`, with its children. May be called by a signal's handler, before the end.
void kill_children() noexcept;

}  // namespace nwedge::io
