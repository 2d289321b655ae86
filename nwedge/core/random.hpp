#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace nwedge {

/// A stream of random numbers named by (seed, purpose, index): the same name gives the same numbers on any
/// thread, in any order. Counter-based (Philox 4x32-10, [salmon2011]), so a stream costs nothing to make.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view purpose, std::uint64_t index = 0);

  std::uint32_t bits();                      ///< 32 uniform bits
  double uniform();                          ///< in [0, 1), 53 bits
  double normal();                           ///< N(0, 1), Box-Muller
  std::uint64_t below(std::uint64_t bound);  ///< uniform in {0, ..., bound - 1}; bound >= 1, without bias

  /// values[i] = sigma * N(0, 1). Cost O(size).
  void fill_normal(std::span<float> values, double sigma = 1.0);

 private:
  void refill();

  std::uint64_t key_;
  std::uint64_t index_;
  std::uint64_t block_ = 0;
  std::uint32_t buffer_[4] = {};
  int used_ = 4;
  double spare_normal_ = 0;
  bool has_spare_ = false;
};

/// A bijection of {0, ..., size - 1} named by (seed, purpose, index), evaluated point by point in O(1)
/// without storing it: the order in which an epoch visits the examples. A four-round Feistel network over the
/// least even number of bits that holds `size`, walked until it falls inside.
class RandomPermutation {
 public:
  RandomPermutation(std::uint64_t size, std::uint64_t seed, std::string_view purpose,
                    std::uint64_t index = 0);
  std::uint64_t operator()(std::uint64_t position) const;

 private:
  std::uint64_t size_;
  std::uint64_t key_;
  int half_bits_;
};

/// A 64-bit seed derived from another one and a purpose.
std::uint64_t derive_seed(std::uint64_t seed, std::string_view purpose, std::uint64_t index = 0);

}  // namespace nwedge
