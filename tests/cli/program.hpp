#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace nwedge::test {

/// What a finished run of the program left.
struct Finished {
  int code = 0;         ///< exit status; 128 + signal when a signal ended it
  std::string output;   ///< stdout
  std::string message;  ///< stderr
};

/// A run of the built program, in a folder of its own choice.
class Program {
 public:
  struct Surroundings {
    std::filesystem::path folder = ".";
    long file_limit = -1;      ///< bytes a file may grow to; -1: no limit
    std::string output_file;   ///< where stdout goes instead of into `Finished::output`
    std::string message_file;  ///< where stderr goes instead of into `Finished::message`; "closed": nowhere
  };

  /// Starts `nwedge ARGUMENTS`.
  Program(const std::vector<std::string>& arguments, const Surroundings& surroundings);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void send(int signal);
  Finished wait();

 private:
  pid_t process_ = -1;
  int output_ = -1;  // unnamed files that hold stdout and stderr
  int message_ = -1;
};

/// Runs the program to its end.
Finished run_program(const std::vector<std::string>& arguments,
                     const Program::Surroundings& surroundings = {});

}  // namespace nwedge::test
