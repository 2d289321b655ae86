#pragma once
#include "nwedge/core/parallel.hpp"

namespace nwedge::test {

/// Runs what is in its scope on `threads` threads.
class WithThreads {
 public:
  explicit WithThreads(int threads) : before_(thread_count()) { set_thread_count(threads); }
  ~WithThreads() { set_thread_count(before_); }
  WithThreads(const WithThreads&) = delete;
  WithThreads& operator=(const WithThreads&) = delete;

 private:
  int before_;
};

}  // namespace nwedge::test
