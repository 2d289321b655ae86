#include <bit>
#include <cmath>

#include "nwedge/core/random.hpp"
#include "nwedge/geometry/chunks.hpp"
#include "nwedge/geometry/random_projections.hpp"
#include "nwedge/geometry/walsh_hadamard.hpp"

namespace nwedge::geometry {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 16;

/// The padded vector, kept by each thread between calls: a fresh one would cost more than the transform.
std::vector<float>& zeroed_scratch(std::size_t size) {
  thread_local std::vector<float> scratch;
  scratch.assign(size, 0.0f);
  return scratch;
}

/// x when the lowest bit of `place` is 0, else -x.
float with_sign(float x, std::uint32_t place) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) ^ (place << 31));
}

}  // namespace

HadamardProjection::HadamardProjection(std::int64_t rows, std::int64_t columns, std::uint64_t seed)
    : RandomProjection(rows, columns), padded_(std::bit_ceil(static_cast<std::size_t>(rows))) {
  // Rows by selection sampling: each is taken with the probability that makes D of them in the end.
  RandomStream stream(seed, "hadamard rows");
  places_.reserve(static_cast<std::size_t>(rows));
  const auto wanted = static_cast<std::size_t>(rows);
  for (std::size_t row = 0; places_.size() < wanted; ++row) {
    const std::size_t missing = wanted - places_.size();
    if (missing < padded_ - row && stream.below(padded_ - row) >= missing) continue;
    places_.push_back(static_cast<std::uint32_t>(2 * row + (stream.bits() & 1)));
  }
  const RandomPermutation order(padded_, seed, "hadamard columns");
  for (std::int64_t j = 0; j < columns; ++j)
    columns_.push_back(static_cast<std::uint32_t>(order(static_cast<std::uint64_t>(j))));
}

void HadamardProjection::do_apply(std::span<const float> coordinates, std::span<const float> origin,
                                  std::span<float> point) const {
  std::vector<float>& scratch = zeroed_scratch(padded_);
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(rows())));
  for (std::size_t j = 0; j < columns_.size(); ++j) scratch[columns_[j]] = scale * coordinates[j];
  walsh_hadamard(scratch);
  for_chunks(point.size(), kChunk, [&, values = scratch.data()](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i)
      point[i] = origin[i] + with_sign(values[places_[i] >> 1], places_[i]);
  });
}

void HadamardProjection::do_apply_transpose(std::span<const float> vector,
                                            std::span<float> coordinates) const {
  std::vector<float>& scratch = zeroed_scratch(padded_);
  for_chunks(vector.size(), kChunk, [&, values = scratch.data()](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) values[places_[i] >> 1] = with_sign(vector[i], places_[i]);
  });
  walsh_hadamard(scratch);
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(rows())));
  for (std::size_t j = 0; j < columns_.size(); ++j) coordinates[j] = scale * scratch[columns_[j]];
}

}  // namespace nwedge::geometry
