#pragma once

namespace nwedge::bench {

/// What this machine can do at most, measured when first asked for, on one thread and on all that
/// `parallel_for` uses.
struct Machine {
  int threads = 1;
  double peak_one = 0;   ///< single precision FMA, FLOP/s, one thread
  double peak = 0;       ///< the same on all threads at once
  double peak_core = 0;  ///< single precision FMA a second of processor time: what others do does not matter
  double read_one = 0;   ///< reading memory far larger than the caches, bytes/s, one thread
  double read = 0;
  double read_large = 0;       ///< the same from pages of 2 MB
  double read_large_core = 0;  ///< the same with all threads at once, a second of processor time
  double copy = 0;             ///< copying it, bytes read plus bytes written a second, all threads
};

const Machine& machine();

/// Processor time of this process, all threads together.
double process_seconds();

}  // namespace nwedge::bench
