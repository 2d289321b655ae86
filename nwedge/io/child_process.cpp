#include "nwedge/io/child_process.hpp"

#include <fmt/core.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

#include "nwedge/core/error.hpp"

extern "C" char** environ;

namespace nwedge::io {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t kMostChildren = 64;
constexpr std::size_t kBuffer = std::size_t{1} << 16;
constexpr Seconds kGoodbye{1};
constexpr Seconds kLastBreath{0.2};  // between the end of a program's output and that of the program

// Written by threads, read by a signal's handler.
std::array<std::atomic<pid_t>, kMostChildren> children = {};
static_assert(std::atomic<pid_t>::is_always_lock_free, "a signal handler reads it");

std::size_t take_slot(const std::string& place) {
  for (std::size_t i = 0; i < kMostChildren; ++i) {
    pid_t free = 0;
    if (children[i].compare_exchange_strong(free, -1)) return i;
  }
  throw Error(place, fmt::format("at most {} programs may run beside this one", kMostChildren));
}

/// `posix_spawn` of a shell with `descriptor` as both its input and its output.
int spawn(const std::string& command, int descriptor, pid_t& process) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, descriptor, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, descriptor, STDOUT_FILENO);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  sigset_t handled = none;
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGXFSZ}) ::sigaddset(&handled, signal);
  ::posix_spawnattr_setsigdefault(&attributes, &handled);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  std::string shell = "sh";
  std::string option = "-c";
  std::string text = command;
  char* const arguments[] = {shell.data(), option.data(), text.data(), nullptr};
  const int code = ::posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  return code;
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return fmt::format("signal {}", ::strsignal(WTERMSIG(status)));
  const int code = WEXITSTATUS(status);
  constexpr int kSignalled = 128;  // what a shell adds to the signal that ended what it ran
  if (code > kSignalled && code < kSignalled + NSIG)
    return fmt::format("exit status {}, signal {}", code, ::strsignal(code - kSignalled));
  return fmt::format("exit status {}", code);
}

}  // namespace

ChildProcess::ChildProcess(const std::string& command, std::string place, Seconds patience)
    : place_(std::move(place)), patience_(patience), slot_(take_slot(place_)) {
  std::array<int, 2> ends = {};
  int code = 0;
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    code = errno;
  } else {
    code = spawn(command, ends[1], process_);
    ::close(ends[1]);
    socket_ = ends[0];
  }
  if (code != 0) {
    if (socket_ >= 0) ::close(socket_);
    children[slot_] = 0;
    throw Error(place_, fmt::format("cannot start a program: {}", std::strerror(code)));
  }
  children[slot_] = process_;
}

ChildProcess::~ChildProcess() { end(kGoodbye); }

/// Its exit status as `waitpid` has it.
int ChildProcess::end(Seconds patience) noexcept {
  if (process_ < 0) return 0;
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  int status = 0;
  const auto deadline = Clock::now() + patience;
  pid_t ended = 0;
  while ((ended = ::waitpid(process_, &status, WNOHANG)) == 0 && Clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  ::kill(-process_, SIGKILL);  // what it started, too
  children[slot_] = 0;
  if (ended == 0) ::waitpid(process_, &status, 0);
  process_ = -1;
  return status;
}

void ChildProcess::fail(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
  end(Seconds(0));
  throw Error(place_, problem_);
}

void ChildProcess::fail_ended() {
  const int status = end(kLastBreath);
  problem_ = fmt::format("the program must go on answering until its input ends, has ended ({})",
                         how_it_ended(status));
  throw Error(place_, problem_);
}

void ChildProcess::require_usable() const {
  if (!problem_.empty()) throw Error(place_, problem_);
}

void ChildProcess::wait_for(short event) {
  const auto deadline = Clock::now() + patience_;
  while (true) {
    const Seconds left = deadline - Clock::now();
    if (left.count() <= 0)
      fail(fmt::format("the program must answer within {:g} s, did not (answer-within says how long)",
                       patience_.count()));
    pollfd waiting = {socket_, event, 0};
    const int milliseconds = static_cast<int>(std::min(left.count() * 1e3 + 1, 1e6));
    const int ready = ::poll(&waiting, 1, milliseconds);
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR)
      fail(fmt::format("cannot wait for the program: {}", std::strerror(errno)));
  }
}

void ChildProcess::write(std::span<const std::uint8_t> bytes) {
  require_usable();
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0)
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    else if (errno == EAGAIN || errno == EWOULDBLOCK)
      wait_for(POLLOUT);
    else if (errno != EINTR)
      fail_ended();
  }
}

std::size_t ChildProcess::receive(std::span<std::uint8_t> bytes) {
  while (true) {
    const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      wait_for(POLLIN);
    else if (got == 0 || errno != EINTR)
      fail_ended();
  }
}

std::string ChildProcess::read_line(std::size_t most) {
  require_usable();
  std::string line;
  while (true) {
    const auto first = buffer_.begin() + static_cast<std::ptrdiff_t>(begin_);
    const auto newline = std::find(first, buffer_.end(), '\n');
    line.append(first, newline);
    if (line.size() > most) fail(fmt::format("a line of the program must have at most {} bytes", most));
    begin_ = static_cast<std::size_t>(newline - buffer_.begin()) + (newline == buffer_.end() ? 0 : 1);
    if (newline != buffer_.end()) return line;
    buffer_.resize(kBuffer);
    buffer_.resize(receive(buffer_));
    begin_ = 0;
  }
}

void ChildProcess::read(std::span<std::uint8_t> bytes) {
  require_usable();
  const std::size_t kept = std::min(bytes.size(), buffer_.size() - begin_);
  std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), kept, bytes.begin());
  begin_ += kept;
  for (bytes = bytes.subspan(kept); !bytes.empty();) bytes = bytes.subspan(receive(bytes));
}

void kill_children() noexcept {
  for (const std::atomic<pid_t>& child : children)
    if (const pid_t process = child.load(); process > 0) ::kill(-process, SIGKILL);
}

}  // namespace nwedge::io
