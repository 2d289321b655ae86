#pragma once
#include <cstdint>
#include <functional>

namespace nwedge {

/// The number of threads that `parallel_for` may use; the default is one per processor this process may run
/// on.
int thread_count();

/// Sets it; `threads` >= 1. Not to be called while a `parallel_for` runs.
void set_thread_count(int threads);

/// Calls body(i) for every i in [0, count), on up to `thread_count()` threads. Loops nest: an inner loop uses
/// the threads that the outer one leaves idle, and a thread that waits for its inner loop takes no other
/// outer item. The first exception thrown by a body is rethrown here; bodies not yet begun are then skipped.
/// Nothing about the order is promised: write results to slot i and combine them in index order afterwards.
void parallel_for(std::int64_t count, const std::function<void(std::int64_t)>& body);

}  // namespace nwedge
