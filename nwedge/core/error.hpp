#pragma once
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace nwedge {

/// A mistake in what the user gave (a file, an option, an array). The program prints `what()` as one line on
/// stderr and exits with 2; any other exception is a bug and exits with 70.
class Error : public std::runtime_error {
 public:
  /// `place`: file, line, option or function; `message`: the rule, the value found, what to do.
  Error(std::string_view place, std::string_view message);
};

/// Thrown by `Monitor::checkpoint` when the user asked to stop; finished work is already on disk.
class Cancelled : public std::runtime_error {
 public:
  Cancelled() : std::runtime_error("stopped on request") {}
};

/// `; did you mean "x"?` with the candidate nearest to `word` in edit distance; empty when none is close.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace nwedge
