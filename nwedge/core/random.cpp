#include "nwedge/core/random.hpp"

#include <Random123/philox.h>

#include <bit>
#include <cmath>
#include <numbers>

namespace nwedge {
namespace {

std::uint64_t mix(std::uint64_t x) {  // the finaliser of splitmix64 [steele2014]
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

std::uint64_t hash(std::string_view text) {  // FNV-1a
  std::uint64_t h = 0xcbf29ce484222325ull;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return h;
}

}  // namespace

std::uint64_t derive_seed(std::uint64_t seed, std::string_view purpose, std::uint64_t index) {
  return mix(mix(mix(seed) ^ hash(purpose)) ^ index);
}

RandomStream::RandomStream(std::uint64_t seed, std::string_view purpose, std::uint64_t index)
    : key_(derive_seed(seed, purpose)), index_(index) {}

void RandomStream::refill() {
  const r123::Philox4x32::ctr_type counter = {
      {static_cast<std::uint32_t>(block_), static_cast<std::uint32_t>(block_ >> 32),
       static_cast<std::uint32_t>(index_), static_cast<std::uint32_t>(index_ >> 32)}};
  const r123::Philox4x32::key_type key = {
      {static_cast<std::uint32_t>(key_), static_cast<std::uint32_t>(key_ >> 32)}};
  const auto random = r123::Philox4x32()(counter, key);
  for (int i = 0; i < 4; ++i) buffer_[i] = random[i];
  ++block_;
  used_ = 0;
}

std::uint32_t RandomStream::bits() {
  if (used_ == 4) refill();
  return buffer_[used_++];
}

double RandomStream::uniform() {
  const std::uint64_t high = bits() >> 5;  // 27 bits
  const std::uint64_t low = bits() >> 6;   // 26 bits
  return static_cast<double>((high << 26) | low) * 0x1.0p-53;
}

double RandomStream::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_normal_;
  }
  const double radius = std::sqrt(-2.0 * std::log1p(-uniform()));
  const double angle = 2.0 * std::numbers::pi * uniform();
  spare_normal_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
  const std::uint64_t limit = -bound % bound;  // 2^64 mod bound: draws below it would be over-represented
  while (true) {
    const std::uint64_t high = bits();
    const std::uint64_t draw = (high << 32) | bits();
    if (draw >= limit) return draw % bound;
  }
}

void RandomStream::fill_normal(std::span<float> values, double sigma) {
  for (float& value : values) value = static_cast<float>(sigma * normal());
}

RandomPermutation::RandomPermutation(std::uint64_t size, std::uint64_t seed, std::string_view purpose,
                                     std::uint64_t index)
    : size_(size),
      key_(derive_seed(seed, purpose, index)),
      half_bits_(size <= 1 ? 1 : (static_cast<int>(std::bit_width(size - 1)) + 1) / 2) {}

std::uint64_t RandomPermutation::operator()(std::uint64_t position) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  do {
    std::uint64_t left = position >> half_bits_;
    std::uint64_t right = position & mask;
    for (std::uint64_t round = 0; round < 4; ++round) {
      const std::uint64_t next = left ^ (mix(key_ ^ mix((round << 60) ^ right)) & mask);
      left = right;
      right = next;
    }
    position = (left << half_bits_) | right;
  } while (position >= size_);
  return position;
}

}  // namespace nwedge
