// A file of its own: the compiler would pair an inlined `delete` with a `new` that it does not see replaced.
#include "tests/memory/failing_memory.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace nwedge::test {

std::atomic<std::int64_t> allocations = 0;
std::atomic<std::int64_t> failing_allocation = -1;

}  // namespace nwedge::test

namespace {

void* allocate(std::size_t size, std::size_t alignment) {
  if (nwedge::test::allocations++ == nwedge::test::failing_allocation) return nullptr;
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  return std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
}

}  // namespace

void* operator new(std::size_t size) {
  if (void* memory = allocate(size, alignof(std::max_align_t))) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  if (void* memory = allocate(size, static_cast<std::size_t>(alignment))) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, alignof(std::max_align_t));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
