#include "tests/cli/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace nwedge::test {
namespace {

int unnamed_file() {
  std::string pattern = (std::filesystem::temp_directory_path() / "nwedge-out-XXXXXX").string();
  const int descriptor = ::mkstemp(pattern.data());
  if (descriptor < 0) throw std::runtime_error("cannot make a file for the program's output");
  ::unlink(pattern.c_str());
  return descriptor;
}

std::string contents(int descriptor) {
  std::string text;
  char buffer[65536];
  ::lseek(descriptor, 0, SEEK_SET);
  for (ssize_t count; (count = ::read(descriptor, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(count));
  return text;
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments, const Surroundings& surroundings)
    : output_(unnamed_file()), message_(unnamed_file()) {
  std::vector<std::string> words = {NWEDGE_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  process_ = ::fork();
  if (process_ != 0) return;
  if (surroundings.file_limit >= 0) {
    const auto limit = static_cast<rlim_t>(surroundings.file_limit);
    const rlimit file_size = {limit, limit};
    ::setrlimit(RLIMIT_FSIZE, &file_size);
  }
  const int output =
      surroundings.output_file.empty() ? output_ : ::open(surroundings.output_file.c_str(), O_WRONLY);
  ::dup2(output, STDOUT_FILENO);
  const int message =
      surroundings.message_file.empty() ? message_ : ::open(surroundings.message_file.c_str(), O_WRONLY);
  ::dup2(message, STDERR_FILENO);
  if (surroundings.message_file == "closed") ::close(STDERR_FILENO);
  if (::chdir(surroundings.folder.c_str()) == 0) ::execv(NWEDGE_PROGRAM, argv.data());
  ::_exit(127);
}

Program::~Program() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  ::close(output_);
  ::close(message_);
}

void Program::send(int signal) { ::kill(process_, signal); }

Finished Program::wait() {
  int status = 0;
  ::waitpid(process_, &status, 0);
  process_ = -1;
  return {WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), contents(output_),
          contents(message_)};
}

Finished run_program(const std::vector<std::string>& arguments, const Program::Surroundings& surroundings) {
  return Program(arguments, surroundings).wait();
}

}  // namespace nwedge::test
