#include "nwedge/core/large_pages.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace nwedge {
namespace {

constexpr std::size_t kPage = std::size_t{1} << 21;
constexpr std::size_t kLine = 64;

}  // namespace

void* allocate_large(std::size_t bytes) {
  const std::size_t unit = bytes < kPage ? kLine : kPage;
  const std::size_t whole = (bytes + unit - 1) / unit * unit;
  if (whole < bytes) throw std::bad_alloc();
  void* const memory = std::aligned_alloc(unit, whole);
  if (memory == nullptr && whole > 0) throw std::bad_alloc();
  if (unit == kPage) madvise(memory, whole, MADV_HUGEPAGE);  // advice: a refusal changes nothing but speed
  return memory;
}

void free_large(void* memory) { std::free(memory); }

}  // namespace nwedge
