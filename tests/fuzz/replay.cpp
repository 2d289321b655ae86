// Stands in for libFuzzer where the compiler has none: runs the target on every file of a corpus folder and
// on a fixed number of mutations of them, the same ones every time. Usage: fuzz_NAME FOLDER MUTATIONS
#include <sys/resource.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <set>
#include <string>
#include <vector>

#include "nwedge/core/random.hpp"
#include "nwedge/io/atomic_file.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// A reader that believes a size in a file would allocate far more than the few kilobytes it was given.
void* operator new(std::size_t size) {
  if (size > std::size_t{1} << 26) {
    std::fprintf(stderr, "fuzz: one allocation of %zu bytes for a small input\n", size);
    std::abort();
  }
  if (void* memory = std::malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}
// Also the form that does not throw: the address sanitizer's own would not match the `delete` below.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using Bytes = std::vector<std::uint8_t>;

std::size_t place_in(const Bytes& bytes, nwedge::RandomStream& random) {
  return static_cast<std::size_t>(random.below(bytes.size() + 1));
}

/// One change: of a bit, of a byte, a cut, a repeated piece, or the end of another file.
void mutate(Bytes& bytes, const Bytes& other, nwedge::RandomStream& random) {
  static constexpr std::uint8_t kSpecial[] = {0x00, 0x01, 0x7f, 0x80, 0xff, '"',
                                              '{',  '[',  '}',  '9',  '-',  '\n'};
  const std::size_t at = place_in(bytes, random);
  const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  const std::size_t left = bytes.size() - at;
  switch (random.below(6)) {
    case 0:
      if (left > 0) *begin ^= static_cast<std::uint8_t>(1u << random.below(8));
      break;
    case 1:
      if (left > 0) *begin = kSpecial[random.below(std::size(kSpecial))];
      break;
    case 2:
      bytes.erase(begin, begin + static_cast<std::ptrdiff_t>(random.below(left + 1)));
      break;
    case 3:
      bytes.insert(begin, kSpecial[random.below(std::size(kSpecial))]);
      break;
    case 4: {
      const Bytes piece(
          begin, begin + static_cast<std::ptrdiff_t>(random.below(std::min<std::size_t>(left, 64) + 1)));
      bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(place_in(bytes, random)), piece.begin(),
                   piece.end());
      break;
    }
    default: {
      const auto from = other.begin() + static_cast<std::ptrdiff_t>(place_in(other, random));
      bytes.resize(at);
      bytes.insert(bytes.end(), from, other.end());
    }
  }
}

/// What libraries in C allocate does not pass through `operator new`: the peak of the whole process counts.
bool took_little_memory() {
  constexpr long kMostKilobytes = 1 << 20;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  if (usage.ru_maxrss <= kMostKilobytes) return true;
  std::fprintf(stderr, "fuzz: %ld kB of memory for small inputs\n", usage.ru_maxrss);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s FOLDER MUTATIONS\n", argv[0]);
    return 2;
  }
  const std::filesystem::directory_iterator folder(argv[1]);
  const std::set<std::filesystem::path> paths(begin(folder), end(folder));  // in the order of names
  std::vector<Bytes> corpus;
  corpus.reserve(paths.size());
  for (const auto& path : paths) corpus.push_back(nwedge::io::read_bytes(path));
  if (corpus.empty()) {
    std::fprintf(stderr, "fuzz: %s holds no files\n", argv[1]);
    return 2;
  }
  for (const Bytes& bytes : corpus) LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  const long mutations = std::strtol(argv[2], nullptr, 10);
  for (long i = 0; i < mutations; ++i) {
    nwedge::RandomStream random(0, "fuzz", static_cast<std::uint64_t>(i));
    Bytes bytes = corpus[random.below(corpus.size())];
    for (std::uint64_t changes = 1 + random.below(6); changes > 0; --changes)
      mutate(bytes, corpus[random.below(corpus.size())], random);
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
  std::printf("%zu files, %ld mutations\n", corpus.size(), mutations);
  return took_little_memory() ? 0 : 1;
}
