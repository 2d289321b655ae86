#pragma once
#include "tests/reference/array.hpp"

namespace nwedge::reference {

/// Operators that only move entries.
template <class T>
Array<T> reshape(const Arguments<T>& given) {
  Array<T> y(given.shape);
  y.values = given.x[0]->values;
  return y;
}

template <class T>
Array<T> transpose(const Arguments<T>& given) {
  const auto permutation = given.attributes().integers("permutation", {});
  Array<T> y(given.shape);
  for_each_index(y.shape, [&](const Shape& index) {
    Shape from(index.size());
    for (std::size_t k = 0; k < index.size(); ++k) from[static_cast<std::size_t>(permutation[k])] = index[k];
    y.at(index) = given.x[0]->at(from);
  });
  return y;
}

template <class T>
Array<T> concatenate(const Arguments<T>& given) {
  const std::size_t axis = given.axis("axis", 0);
  Array<T> y(given.shape);
  std::int64_t start = 0;
  for (const Array<T>* part : given.x) {
    for_each_index(part->shape, [&](const Shape& index) {
      Shape to = index;
      to[axis] += start;
      y.at(to) = part->at(index);
    });
    start += part->shape[axis];
  }
  return y;
}

template <class T>
Array<T> slice(const Arguments<T>& given) {
  const std::size_t axis = given.axis("axis", 0);
  Array<T> y(given.shape);
  for_each_index(y.shape, [&](const Shape& index) {
    Shape from = index;
    from[axis] = given.integer("start", 0) + index[axis] * given.integer("step", 1);
    y.at(index) = given.x[0]->at(from);
  });
  return y;
}

template <class T>
Array<T> pad(const Arguments<T>& given) {
  const auto before = given.attributes().integers("before", Shape(given.shape.size(), 0));
  Array<T> y(given.shape);
  std::fill(y.values.begin(), y.values.end(), T(given.attributes().number("value", 0)));
  for_each_index(given.x[0]->shape, [&](const Shape& index) {
    Shape to = index;
    for (std::size_t k = 0; k < to.size(); ++k) to[k] += before[k];
    y.at(to) = given.x[0]->at(index);
  });
  return y;
}

template <class T>
Array<T> gather(const Arguments<T>& given) {
  const std::size_t axis = given.axis("axis", 0);
  const auto indices = given.attributes().integers("indices", {});
  Array<T> y(given.shape);
  for (std::size_t k = 0; k < indices.size(); ++k)
    for_each_index(given.x[0]->shape, [&](const Shape& index) {
      if (index[axis] != indices[k]) return;
      Shape to = index;
      to[axis] = static_cast<std::int64_t>(k);
      if (given.flag("squeeze", false)) to.erase(to.begin() + static_cast<std::ptrdiff_t>(axis));
      y.at(to) = given.x[0]->at(index);
    });
  return y;
}

template <class T>
Array<T> constant(const Arguments<T>& given) {
  const auto& numbers = given.attributes().floats("values");
  Array<T> y(given.shape);
  for (std::size_t k = 0; k < numbers.size(); ++k) y.values[k] = T(static_cast<double>(numbers[k]));
  return y;
}

}  // namespace nwedge::reference
