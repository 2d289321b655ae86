#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "nwedge/network/graph/graph.hpp"

namespace nwedge::reference {

using network::Shape;

/// One example's value, row-major, in numbers T: double, Dual or Recorded.
template <class T>
struct Array {
  Shape shape;
  std::vector<T> values;

  explicit Array(Shape s = {})
      : shape(std::move(s)), values(static_cast<std::size_t>(network::size_of(shape)), T(0.0)) {}
  T& at(const Shape& index) { return values[place(index)]; }
  const T& at(const Shape& index) const { return values[place(index)]; }
  std::size_t place(const Shape& index) const {
    std::int64_t p = 0;
    for (std::size_t k = 0; k < shape.size(); ++k) p = p * shape[k] + index[k];
    return static_cast<std::size_t>(p);
  }
};

/// f(index) for every index of a shape, in row-major order.
inline void for_each_index(const Shape& shape, const std::function<void(const Shape&)>& f) {
  Shape index(shape.size(), 0);
  for (std::int64_t n = 0; n < network::size_of(shape); ++n) {
    f(index);
    for (std::size_t k = shape.size(); k-- > 0;) {
      if (++index[k] < shape[k]) break;
      index[k] = 0;
    }
  }
}

/// The index of a broadcast operand.
inline Shape broadcast(const Shape& index, const Shape& shape) {
  Shape own(shape.size());
  for (std::size_t k = 0; k < shape.size(); ++k)
    own[k] = shape[k] == 1 ? 0 : index[index.size() - shape.size() + k];
  return own;
}

/// What a node's operator gets.
template <class T>
struct Arguments {
  const network::Node& node;
  std::vector<const Array<T>*> x;
  std::vector<Array<T>> weights;  ///< an empty list of values where one is left out
  Shape shape;                    ///< of the result

  const network::Attributes& attributes() const { return node.attributes; }
  std::int64_t integer(const char* name, std::int64_t otherwise) const {
    return node.attributes.integer(name, otherwise);
  }
  bool flag(const char* name, bool otherwise) const { return integer(name, otherwise ? 1 : 0) != 0; }
  /// Entry k of tensor number w.
  T weight(std::size_t w, std::int64_t k, double otherwise) const {
    return w < weights.size() && !weights[w].values.empty() ? weights[w].values[static_cast<std::size_t>(k)]
                                                            : T(otherwise);
  }
  std::size_t axis(const char* name, std::int64_t otherwise) const {
    const std::int64_t axis = integer(name, otherwise);
    return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(x[0]->shape.size()) : axis);
  }
};

}  // namespace nwedge::reference
