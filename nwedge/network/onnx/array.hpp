#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "nwedge/network/graph/shape.hpp"

namespace nwedge::network::onnx {

/// Most entries of an array that is made here, and of a shape: 2^40 leaves room for a factor of examples.
inline constexpr std::int64_t kMostMade = std::int64_t{1} << 22;
inline constexpr std::int64_t kMostEntries = std::int64_t{1} << 52;
inline constexpr std::size_t kMostAxes = 8;

using Floats = std::vector<float>;
using Integers = std::vector<std::int64_t>;

/// An array of the file, or computed from such; row-major. Where there is one value, all entries are equal to
/// it, so that an array of a number for each of any number of examples costs nothing. Truth values are
/// integers.
struct Array {
  Shape shape;
  std::variant<Floats, Integers> values;

  bool is_integer() const { return std::holds_alternative<Integers>(values); }
  const Floats& floats() const { return std::get<Floats>(values); }
  const Integers& integers() const { return std::get<Integers>(values); }
  std::size_t held() const;                        ///< values in memory: 1 or size_of(shape)
  bool is_uniform() const { return held() == 1; }  ///< all entries are one value
  double number(std::int64_t index) const;         ///< entry, row-major
  std::int64_t integer(std::int64_t index) const;  ///< the same, towards zero; out of range: the nearest
  float real(std::int64_t index) const;
};

/// The product of the extents; an `Error` at `place` where an extent is negative, the axes are more than
/// eight, or the product exceeds `kMostEntries`.
std::int64_t checked_entries(const Shape& shape, const std::string& place);

/// The shape that both broadcast to, right-aligned; an `Error` at `place` where there is none.
Shape broadcast(const Shape& a, const Shape& b, const std::string& place);

/// Walks over the entries of a shape, row-major, with the index into an array that is broadcast to it.
class Walk {
 public:
  Walk(const Shape& shape, const Shape& from);
  std::int64_t index() const { return index_; }  ///< into the array of shape `from`
  void next();

 private:
  Shape shape_;
  Shape strides_;
  Shape at_;
  std::int64_t index_ = 0;
};

/// The number of examples where it may be any: a prime that no extent has as a factor by accident.
inline constexpr std::int64_t kAnyNumber = 1'000'003;

/// A shape as errors show it, with N where it has `kAnyNumber`: "[N, 3, 32, 32]".
std::string text_of(const Shape& shape);

/// Row-major strides.
Shape strides_of(const Shape& shape);

}  // namespace nwedge::network::onnx
