#include "nwedge/core/parallel.hpp"

#include <sched.h>
#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
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

/// The order that a loop promises, once more: what its caller wrote before is there for the bodies, and what
/// they wrote is there for the caller. TBB orders them too, but inside its own library, where a race detector
/// does not see it (tests/tsan.suppressions). Bodies are not ordered among themselves.
class Order {
 public:
  Order() { begun_.store(true, std::memory_order_release); }
  ~Order() { (void)done_.load(std::memory_order_acquire); }
  Order(const Order&) = delete;
  Order& operator=(const Order&) = delete;

  class Body {
   public:
    explicit Body(Order& order) : order_(order) { (void)order.begun_.load(std::memory_order_acquire); }
    ~Body() { order_.done_.fetch_add(1, std::memory_order_release); }
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;

   private:
    Order& order_;
  };

 private:
  std::atomic<bool> begun_ = false;
  std::atomic<std::int64_t> done_ = 0;
};

/// The first exception of a loop's bodies. It does not pass through TBB, which would cancel the loops inside
/// other bodies too, in silence: their callers would go on with slots that nothing was written to.
class FirstException {
 public:
  template <class Work>
  void guard(Work work) {
    if (thrown_) return;
    try {
      work();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!exception_) exception_ = std::current_exception();
      thrown_ = true;
    }
  }
  void rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  std::atomic<bool> thrown_ = false;
  std::mutex mutex_;
  std::exception_ptr exception_;
};

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
  Order order;
  FirstException first;
  const auto loop = [&] {
    tbb::this_task_arena::isolate([&] {
      tbb::parallel_for(
          tbb::blocked_range<std::int64_t>(0, count, 1),
          [&](const tbb::blocked_range<std::int64_t>& range) {
            const Order::Body ordered(order);
            const bool outer = inside_pool;
            inside_pool = true;
            struct Restore {
              bool value;
              ~Restore() { inside_pool = value; }
            } restore{outer};
            for (std::int64_t i = range.begin(); i < range.end(); ++i) first.guard([&] { body(i); });
          },
          tbb::simple_partitioner());
    });
  };
  if (inside_pool)
    loop();
  else
    pool()->arena.execute(loop);
  first.rethrow();
}

}  // namespace nwedge
