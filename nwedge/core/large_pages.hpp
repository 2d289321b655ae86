#pragma once
#include <cstddef>
#include <vector>

namespace nwedge {

/// Memory for arrays that are streamed from end to end: from 2 MB up it begins on a 2 MB boundary and the
/// kernel is asked for pages of that size, because a processor reads ahead within a page only and looks up
/// few of them without delay. The kernel may refuse; the memory is then ordinary. Throws std::bad_alloc.
void* allocate_large(std::size_t bytes);
void free_large(void* memory);

/// An allocator of such memory.
template <class T>
struct LargePages {
  using value_type = T;
  LargePages() = default;
  template <class U>
  LargePages(const LargePages<U>&) {}
  T* allocate(std::size_t count) { return static_cast<T*>(allocate_large(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t) { free_large(memory); }
  bool operator==(const LargePages&) const = default;
};

template <class T>
using LargeArray = std::vector<T, LargePages<T>>;

}  // namespace nwedge
