#pragma once
#include <gtest/gtest.h>

#include <string>

#include "nwedge/core/error.hpp"

namespace nwedge::test {

/// `action` throws an `Error` of one line that contains every given part.
template <class Action, class... Parts>
void expect_error(Action action, const Parts&... parts) {
  try {
    action();
    ADD_FAILURE() << "no Error was thrown";
  } catch (const Error& error) {
    const std::string what = error.what();
    EXPECT_EQ(what.find('\n'), std::string::npos) << what;
    for (const std::string& part : {std::string(parts)...})
      EXPECT_NE(what.find(part), std::string::npos) << what;
  }
}

}  // namespace nwedge::test
