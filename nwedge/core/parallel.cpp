#include "nwedge/core/parallel.hpp"

#include <sched.h>
#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <memory>
#include <string>

#include "nwedge/core/error.hpp"

namespace nwedge {
namespace {

int processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

struct Pool {
  int threads;
  tbb::global_control limit;
  tbb::task_arena arena;
  explicit Pool(int n)
      : threads(n),
        limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(n)),
        arena(n) {}
};

std::unique_ptr<Pool>& pool() {
  static std::unique_ptr<Pool> instance = std::make_unique<Pool>(processors());
  return instance;
}

thread_local bool inside_pool = false;

}  // namespace

int thread_count() { return pool()->threads; }

void set_thread_count(int threads) {
  if (threads < 1) throw Error("threads", "must be at least 1, is " + std::to_string(threads));
  pool().reset();
  pool() = std::make_unique<Pool>(threads);
}

void parallel_for(std::int64_t count, const std::function<void(std::int64_t)>& body) {
  if (count <= 0) return;
  if (count == 1 || thread_count() == 1) {
    for (std::int64_t i = 0; i < count; ++i) body(i);
    return;
  }
  const auto loop = [&] {
    tbb::this_task_arena::isolate([&] {
      tbb::parallel_for(
          tbb::blocked_range<std::int64_t>(0, count, 1),
          [&](const tbb::blocked_range<std::int64_t>& range) {
            const bool outer = inside_pool;
            inside_pool = true;
            struct Restore {
              bool value;
              ~Restore() { inside_pool = value; }
            } restore{outer};
            for (std::int64_t i = range.begin(); i < range.end(); ++i) body(i);
          },
          tbb::simple_partitioner());
    });
  };
  if (inside_pool)
    loop();
  else
    pool()->arena.execute(loop);
}

}  // namespace nwedge
