#pragma once
#include <cmath>

#include "tests/reference/array.hpp"

namespace nwedge::reference {

/// The mean and the mean square about it.
template <class T>
struct Moments {
  T mean = 0.0;
  T variance = 0.0;
};

template <class T>
Moments<T> moments_of(const std::vector<T>& values, bool centred) {
  const T share = 1.0 / static_cast<double>(values.size());
  Moments<T> moments;
  if (centred)
    for (const T& value : values) moments.mean += value * share;
  for (const T& value : values) moments.variance += (value - moments.mean) * (value - moments.mean) * share;
  return moments;
}

/// layer-norm, rms-norm and group-norm: each over a run of entries.
template <class T>
Array<T> standardise(const Arguments<T>& given) {
  using std::sqrt;
  const Array<T>& x = *given.x[0];
  const bool group = given.node.op == "group-norm";
  const bool centred = given.node.op != "rms-norm";
  const std::int64_t whole = network::size_of(x.shape);
  std::int64_t size = 1;
  for (std::int64_t k = 0; k < given.integer("axes", 1); ++k)
    size *= x.shape[x.shape.size() - 1 - static_cast<std::size_t>(k)];
  if (group) size = whole / given.integer("groups", 1);
  const T epsilon = given.attributes().number("epsilon", centred ? 1e-5 : 1e-6);
  Array<T> y(given.shape);
  for (std::int64_t begin = 0; begin < whole; begin += size) {
    const auto first = x.values.begin() + begin;
    const Moments<T> moments = moments_of(std::vector<T>(first, first + size), centred);
    for (std::int64_t k = begin; k < begin + size; ++k) {
      const std::int64_t j = group ? k / (whole / x.shape[0]) : k - begin;
      const auto place = static_cast<std::size_t>(k);
      y.values[place] =
          given.weight(0, j, 1) * (x.values[place] - moments.mean) / sqrt(moments.variance + epsilon) +
          given.weight(1, j, 0);
    }
  }
  return y;
}

/// batch-norm of all examples at once. `stored`: of each channel; empty: those of the batch.
template <class T>
std::vector<Array<T>> batch_norm(const Arguments<T>& given, const std::vector<Array<T>>& x,
                                 const std::vector<Moments<double>>& stored) {
  using std::sqrt;
  const std::size_t plane = x[0].values.size() / static_cast<std::size_t>(x[0].shape[0]);
  const T epsilon = given.attributes().number("epsilon", 1e-5);
  std::vector<Array<T>> y(x.size(), Array<T>(given.shape));
  for (std::size_t c = 0; c * plane < x[0].values.size(); ++c) {
    Moments<T> moments;
    if (stored.empty()) {
      std::vector<T> all;
      for (const Array<T>& one : x)
        for (std::size_t k = c * plane; k < (c + 1) * plane; ++k) all.push_back(one.values[k]);
      moments = moments_of(all, true);
    } else {
      moments = {T(stored[c].mean), T(stored[c].variance)};
    }
    const auto channel = static_cast<std::int64_t>(c);
    for (std::size_t n = 0; n < x.size(); ++n)
      for (std::size_t k = c * plane; k < (c + 1) * plane; ++k)
        y[n].values[k] =
            given.weight(0, channel, 1) * (x[n].values[k] - moments.mean) / sqrt(moments.variance + epsilon) +
            given.weight(1, channel, 0);
  }
  return y;
}

}  // namespace nwedge::reference
