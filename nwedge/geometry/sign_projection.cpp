#include <cmath>

#include "nwedge/core/parallel.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/geometry/block_products.hpp"
#include "nwedge/geometry/chunks.hpp"
#include "nwedge/geometry/random_projections.hpp"

namespace nwedge::geometry {
namespace {

constexpr std::int64_t kBlock = SignMatrix::kBlock;
constexpr std::size_t kNumbers = 16;    // signed sums of four values
constexpr std::int64_t kSingle = 1024;  // groups, 4096 inputs, that are summed in single precision

}  // namespace

SignMatrix::SignMatrix(std::int64_t outputs, std::int64_t inputs)
    : blocks_((outputs + kBlock - 1) / kBlock),
      groups_((inputs + kGroup - 1) / kGroup),
      words_(static_cast<std::size_t>(blocks_ * groups_ * kNumbers)) {}

std::vector<float> SignMatrix::tables_of(std::span<const float> values) {
  const std::size_t groups = (values.size() + kGroup - 1) / kGroup;
  std::vector<float> tables(groups * kNumbers);
  for_chunks(groups, 4096, [&](std::size_t begin, std::size_t end) {
    for (std::size_t g = begin; g < end; ++g) {
      float x[kGroup] = {};
      for (std::size_t k = 0; k < kGroup && g * kGroup + k < values.size(); ++k)
        x[k] = values[g * kGroup + k];
      for (std::size_t number = 0; number < kNumbers; ++number) {
        const float low = (number & 1 ? x[0] : -x[0]) + (number & 2 ? x[1] : -x[1]);
        const float high = (number & 4 ? x[2] : -x[2]) + (number & 8 ? x[3] : -x[3]);
        tables[g * kNumbers + number] = low + high;
      }
    }
  });
  return tables;
}

void SignMatrix::signed_sums(std::int64_t block, std::int64_t first, std::int64_t last,
                             std::span<const float> tables, std::span<float> sums) const {
  add_picked(tables.data() + first * kNumbers, words_.data() + (block * groups_ + first) * kNumbers,
             last - first, sums.data());
}

SignProjection::SignProjection(std::int64_t rows, std::int64_t columns, std::uint64_t seed)
    : RandomProjection(rows, columns), forward_(rows, columns), transpose_(columns, rows) {
  parallel_for(forward_.blocks(), [&](std::int64_t b) {
    RandomStream stream(seed, "sign projection", static_cast<std::uint64_t>(b));
    std::uint32_t bits = 0;
    for (std::int64_t j = 0; j < columns; ++j)
      for (std::int64_t r = 0; r < kBlock; ++r, bits >>= 1) {
        if (r % 32 == 0) bits = stream.bits();
        if ((bits & 1) && b * kBlock + r < rows) forward_.set(b * kBlock + r, j);
      }
  });
  parallel_for(transpose_.blocks(), [&](std::int64_t b) {  // a thread writes the words of its own block only
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = b * kBlock; j < std::min(columns, (b + 1) * kBlock); ++j)
        if (forward_.sign(i, j)) transpose_.set(j, i);
  });
}

void SignProjection::do_apply(std::span<const float> coordinates, std::span<const float> origin,
                              std::span<float> point) const {
  const std::vector<float> tables = SignMatrix::tables_of(coordinates);
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(rows())));
  for_chunks(static_cast<std::size_t>(forward_.blocks()), 32, [&](std::size_t begin, std::size_t end) {
    float sums[kBlock];
    for (std::size_t b = begin; b < end; ++b) {
      forward_.signed_sums(static_cast<std::int64_t>(b), 0, forward_.groups(), tables, sums);
      const std::size_t first = b * kBlock;
      for (std::size_t r = 0; r < std::min<std::size_t>(kBlock, point.size() - first); ++r)
        point[first + r] = origin[first + r] + scale * sums[r];
    }
  });
}

void SignProjection::do_apply_transpose(std::span<const float> vector, std::span<float> coordinates) const {
  const std::vector<float> tables = SignMatrix::tables_of(vector);
  const std::int64_t stretches = (transpose_.groups() + kSingle - 1) / kSingle;
  const auto padded = static_cast<std::size_t>(transpose_.blocks() * kBlock);
  std::vector<float> parts(static_cast<std::size_t>(stretches) * padded);
  parallel_for(stretches, [&](std::int64_t s) {
    const std::int64_t last = std::min(transpose_.groups(), (s + 1) * kSingle);
    for (std::int64_t b = 0; b < transpose_.blocks(); ++b)
      transpose_.signed_sums(
          b, s * kSingle, last, tables,
          std::span(parts).subspan(
              static_cast<std::size_t>(s) * padded + static_cast<std::size_t>(b * kBlock), kBlock));
  });
  const double scale = 1 / std::sqrt(static_cast<double>(rows()));
  for (std::size_t j = 0; j < coordinates.size(); ++j) {
    double sum = 0;
    for (std::size_t s = 0; s < static_cast<std::size_t>(stretches); ++s)
      sum += static_cast<double>(parts[s * padded + j]);
    coordinates[j] = static_cast<float>(scale * sum);
  }
}

}  // namespace nwedge::geometry
