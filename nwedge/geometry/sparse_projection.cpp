#include <algorithm>
#include <cmath>

#include "nwedge/core/random.hpp"
#include "nwedge/geometry/chunks.hpp"
#include "nwedge/geometry/random_projections.hpp"

namespace nwedge::geometry {
namespace {

double with_sign(double x, std::uint32_t place) { return place & 1 ? -x : x; }

}  // namespace

SparseProjection::SparseProjection(std::int64_t rows, std::int64_t columns, std::uint64_t seed)
    : RandomProjection(rows, columns), per_column_(std::llround(std::sqrt(static_cast<double>(rows)))) {
  const auto count = static_cast<std::size_t>(per_column_);
  row_begin_.assign(static_cast<std::size_t>(rows) + 1, 0);
  for (std::int64_t j = 0; j < columns; ++j) {
    const RandomPermutation order(static_cast<std::uint64_t>(rows), seed, "sparse rows",
                                  static_cast<std::uint64_t>(j));
    RandomStream signs(seed, "sparse signs", static_cast<std::uint64_t>(j));
    for (std::size_t k = 0; k < count; ++k) {
      const std::uint64_t row = order(k);
      by_column_.push_back(static_cast<std::uint32_t>(2 * row + (signs.bits() & 1)));
      ++row_begin_[row + 1];
    }
    std::sort(by_column_.end() - per_column_, by_column_.end());
  }
  for (std::size_t i = 1; i < row_begin_.size(); ++i) row_begin_[i] += row_begin_[i - 1];
  by_row_.resize(by_column_.size());
  std::vector<std::uint32_t> next(row_begin_.begin(), row_begin_.end() - 1);
  for (std::size_t e = 0; e < by_column_.size(); ++e)
    by_row_[next[by_column_[e] >> 1]++] = static_cast<std::uint32_t>(2 * (e / count)) + (by_column_[e] & 1);
}

void SparseProjection::do_apply(std::span<const float> coordinates, std::span<const float> origin,
                                std::span<float> point) const {
  const double scale = 1 / std::sqrt(static_cast<double>(per_column_));
  for_chunks(point.size(), 1 << 14, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      double sum = 0;
      for (std::size_t e = row_begin_[i]; e < row_begin_[i + 1]; ++e)
        sum += with_sign(coordinates[by_row_[e] >> 1], by_row_[e]);
      point[i] = static_cast<float>(origin[i] + scale * sum);
    }
  });
}

void SparseProjection::do_apply_transpose(std::span<const float> vector, std::span<float> coordinates) const {
  const double scale = 1 / std::sqrt(static_cast<double>(per_column_));
  const auto count = static_cast<std::size_t>(per_column_);
  for_chunks(coordinates.size(), 32, [&](std::size_t begin, std::size_t end) {
    for (std::size_t j = begin; j < end; ++j) {
      double sum = 0;
      for (std::size_t e = j * count; e < (j + 1) * count; ++e)
        sum += with_sign(vector[by_column_[e] >> 1], by_column_[e]);
      coordinates[j] = static_cast<float>(scale * sum);
    }
  });
}

}  // namespace nwedge::geometry
