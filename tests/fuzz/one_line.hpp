#pragma once
#include <cstdlib>
#include <string>

#include "nwedge/core/error.hpp"

namespace nwedge::test {

/// Runs a reader on hostile bytes: it may refuse them with an `Error` of one line, and nothing else.
template <class Read>
void expect_result_or_one_line(Read read) {
  try {
    read();
  } catch (const Error& error) {
    if (std::string(error.what()).find('\n') != std::string::npos) std::abort();
  }
}

}  // namespace nwedge::test
