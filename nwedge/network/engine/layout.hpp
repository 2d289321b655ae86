#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "nwedge/network/graph/shape.hpp"

namespace nwedge::network {

/// Zeros around the last two axes of a value, in entries: the padding that an operator reads.
struct Rim {
  std::int64_t top = 0;
  std::int64_t left = 0;
  std::int64_t bottom = 0;
  std::int64_t right = 0;

  bool empty() const { return top == 0 && left == 0 && bottom == 0 && right == 0; }
  bool operator==(const Rim&) const = default;
};

Rim largest(const Rim& a, const Rim& b);

/// Where the entries of a value lie in its memory, for all examples of a micro-batch: entry (i_0, …) at
/// origin + sum_k i_k strides[k], `lanes` floats, one of each example. A view shares the memory of another
/// value.
struct Layout {
  Shape shape;
  std::vector<std::int64_t> strides;  ///< floats
  std::int64_t origin = 0;            ///< floats
  std::int64_t lanes = 0;             ///< a multiple of sixteen
  std::int64_t size = 0;              ///< floats of the memory

  /// Row-major; with a rim around the last two axes (of at least two).
  static Layout dense(const Shape& shape, std::int64_t lanes, const Rim& rim = {});
  std::size_t rank() const { return shape.size(); }
  bool contiguous() const;  ///< row-major without gaps
  /// The same entries under another shape of the same size; none where strides cannot say it.
  std::optional<Layout> reshaped(const Shape& to) const;
};

/// A value's place in a pass; data null: not there.
struct View {
  float* data = nullptr;
  const Layout* layout = nullptr;

  explicit operator bool() const { return data != nullptr; }
  float* begin() const { return data + layout->origin; }
};

/// The entries of up to three layouts of one shape, walked together: in runs that are contiguous in all.
class Runs {
 public:
  static constexpr std::size_t kMost = 4;
  /// `strides[k]`: of operand k for every axis of `shape`; 0 where it is broadcast.
  Runs(const Shape& shape, std::vector<std::vector<std::int64_t>> strides, std::int64_t lanes);

  std::int64_t length() const { return length_; }  ///< floats of one run
  /// f(offsets): floats from each operand's first entry, for every run in row-major order.
  template <class F>
  void for_each(F&& f) const {
    std::array<std::int64_t, kMost> at = {};
    std::vector<std::int64_t> index(extents_.size());
    for (std::int64_t run = 0; run < runs_; ++run) {
      f(std::as_const(at));
      for (std::size_t axis = extents_.size(); axis-- > 0;) {
        const bool carries = ++index[axis] == extents_[axis];
        const std::int64_t steps = carries ? 1 - index[axis] : 1;
        for (std::size_t k = 0; k < strides_.size(); ++k) at[k] += steps * strides_[k][axis];
        if (!carries) break;
        index[axis] = 0;
      }
    }
  }

 private:
  std::vector<std::int64_t> extents_;
  std::vector<std::vector<std::int64_t>> strides_;
  std::int64_t runs_ = 1;
  std::int64_t length_;
};

/// Strides of `layout` under the larger shape `to` by the rules of broadcasting: axes are aligned at the last
/// one, and an extent of 1 has stride 0.
std::vector<std::int64_t> broadcast_strides(const Layout& layout, const Shape& to);

}  // namespace nwedge::network
