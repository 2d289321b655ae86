#pragma once
#include <cstdint>
#include <vector>

#include "nwedge/core/large_pages.hpp"
#include "nwedge/geometry/random_projection.hpp"

// The kinds of projection that `make_random_projection` chooses from, each described there.

namespace nwedge::geometry {

class HadamardProjection final : public RandomProjection {
 public:
  HadamardProjection(std::int64_t rows, std::int64_t columns, std::uint64_t seed);

 private:
  void do_apply(std::span<const float>, std::span<const float>, std::span<float>) const override;
  void do_apply_transpose(std::span<const float>, std::span<float>) const override;

  std::size_t padded_;                  // N
  std::vector<std::uint32_t> places_;   // [D]: 2 r(i) + (1 when s_i is negative)
  std::vector<std::uint32_t> columns_;  // [d]: c(j)
};

/// Dense floats in blocks of kBlock rows: entry (row r of block b, column j) is values[(b d + j) kBlock + r];
/// rows beyond D are 0. A block is then read from one end to the other, whichever way the product goes.
class DenseProjection final : public RandomProjection {
 public:
  static constexpr std::int64_t kBlock = 128;
  enum class Columns { unit, orthonormal };
  DenseProjection(std::int64_t rows, std::int64_t columns, Columns kind, std::uint64_t seed);

 private:
  void do_apply(std::span<const float>, std::span<const float>, std::span<float>) const override;
  void do_apply_transpose(std::span<const float>, std::span<float>) const override;
  void draw(std::uint64_t seed);
  void normalise_columns();
  bool orthonormalise_columns();

  LargeArray<float> values_;
};

/// The signs of an outputs x inputs matrix, four inputs at a time: 16 lanes hold words of eight four-bit
/// numbers, and the word of lane l for block b of 128 outputs and group g of four inputs holds at bit 4 t + k
/// the sign of output 128 b + 16 t + l and input 4 g + k. A four-bit number picks one of the sixteen signed
/// sums of the four inputs, so that one look-up in a register replaces four additions.
class SignMatrix {
 public:
  static constexpr std::int64_t kBlock = 128;
  static constexpr std::int64_t kGroup = 4;
  SignMatrix(std::int64_t outputs, std::int64_t inputs);

  std::int64_t blocks() const { return blocks_; }
  std::int64_t groups() const { return groups_; }
  bool sign(std::int64_t output, std::int64_t input) const {
    return (word(output, input) >> bit(output, input)) & 1;
  }
  void set(std::int64_t output, std::int64_t input) { word(output, input) |= 1u << bit(output, input); }
  /// sums[o] = sum over the inputs 4 first <= i < 4 last of +-values[i - 4 first] for the 128 outputs of a
  /// block, in single precision.
  void signed_sums(std::int64_t block, std::int64_t first, std::int64_t last, std::span<const float> tables,
                   std::span<float> sums) const;
  /// The sixteen signed sums of each group of four values, for `signed_sums`: [groups, 16].
  static std::vector<float> tables_of(std::span<const float> values);

 private:
  static std::int64_t bit(std::int64_t output, std::int64_t input) {
    return output % kBlock / 16 * kGroup + input % kGroup;
  }
  std::size_t place(std::int64_t output, std::int64_t input) const {
    return static_cast<std::size_t>((output / kBlock * groups_ + input / kGroup) * 16 + output % 16);
  }
  std::uint32_t& word(std::int64_t output, std::int64_t input) { return words_[place(output, input)]; }
  std::uint32_t word(std::int64_t output, std::int64_t input) const { return words_[place(output, input)]; }

  std::int64_t blocks_;
  std::int64_t groups_;
  LargeArray<std::uint32_t> words_;
};

/// +-1 / sqrt(D) as bits, once for each way a product may go.
class SignProjection final : public RandomProjection {
 public:
  SignProjection(std::int64_t rows, std::int64_t columns, std::uint64_t seed);

 private:
  void do_apply(std::span<const float>, std::span<const float>, std::span<float>) const override;
  void do_apply_transpose(std::span<const float>, std::span<float>) const override;

  SignMatrix forward_;    // D x d
  SignMatrix transpose_;  // d x D
};

class SparseProjection final : public RandomProjection {
 public:
  SparseProjection(std::int64_t rows, std::int64_t columns, std::uint64_t seed);

 private:
  void do_apply(std::span<const float>, std::span<const float>, std::span<float>) const override;
  void do_apply_transpose(std::span<const float>, std::span<float>) const override;

  std::int64_t per_column_;
  std::vector<std::uint32_t> by_column_;  // [d, per_column]: 2 row + (1 when negative)
  std::vector<std::uint32_t> row_begin_;  // [D + 1]
  std::vector<std::uint32_t> by_row_;     // [d per_column]: 2 column + (1 when negative)
};

}  // namespace nwedge::geometry
