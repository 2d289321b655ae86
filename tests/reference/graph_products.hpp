#pragma once
#include "tests/reference/array.hpp"

namespace nwedge::reference {

template <class T>
Array<T> linear(const Arguments<T>& given) {
  const Array<T>& x = *given.x[0];
  const bool transposed = given.flag("transposed", false);
  Array<T> y(given.shape);
  for_each_index(y.shape, [&](const Shape& index) {
    T sum = given.weight(1, index.back(), 0);
    Shape from = index;
    for (from.back() = 0; from.back() < x.shape.back(); ++from.back()) {
      const Shape place = transposed ? Shape{from.back(), index.back()} : Shape{index.back(), from.back()};
      sum += x.at(from) * given.weights[0].at(place);
    }
    y.at(index) = sum;
  });
  return y;
}

/// A window of a convolution or a pool at one place of the image.
struct WindowPlace {
  std::int64_t row = 0;
  std::int64_t column = 0;
  bool inside = false;  ///< the image
  bool padded = false;  ///< the image with its padding
};

template <class T>
WindowPlace window_place(const Arguments<T>& given, const Shape& default_stride, std::int64_t h,
                         std::int64_t w, std::int64_t s, std::int64_t t) {
  const auto stride = given.attributes().integers("stride", default_stride);
  const auto padding = given.attributes().integers("padding", {0, 0, 0, 0});
  const auto dilation = given.attributes().integers("dilation", {1, 1});
  const Shape& x = given.x[0]->shape;
  WindowPlace place = {h * stride[0] + s * dilation[0] - padding[0],
                       w * stride[1] + t * dilation[1] - padding[1]};
  place.inside = place.row >= 0 && place.column >= 0 && place.row < x[1] && place.column < x[2];
  place.padded = place.row < x[1] + padding[2] && place.column < x[2] + padding[3];
  return place;
}

template <class T>
Array<T> convolution(const Arguments<T>& given) {
  const Array<T>& w = given.weights[0];
  const std::int64_t per_group = given.shape[0] / given.integer("groups", 1);
  Array<T> y(given.shape);
  for_each_index({y.shape[1], y.shape[2], w.shape[2], w.shape[3]}, [&](const Shape& i) {
    const WindowPlace place = window_place(given, {1, 1}, i[0], i[1], i[2], i[3]);
    for (std::int64_t o = 0; o < y.shape[0]; ++o) {
      T& sum = y.at({o, i[0], i[1]});
      if (i[2] == 0 && i[3] == 0) sum = given.weight(1, o, 0);
      for (std::int64_t c = 0; c < w.shape[1] && place.inside; ++c)
        sum += w.at({o, c, i[2], i[3]}) *
               given.x[0]->at({o / per_group * w.shape[1] + c, place.row, place.column});
    }
  });
  return y;
}

/// max-pool and average-pool.
template <class T>
Array<T> pool(const Arguments<T>& given) {
  const auto kernel = given.attributes().integers("kernel", {2, 2});
  Array<T> y(given.shape);
  for_each_index(y.shape, [&](const Shape& o) {
    T sum = 0.0;
    T best = -HUGE_VAL;
    double count = 0;
    for_each_index({kernel[0], kernel[1]}, [&](const Shape& t) {
      const WindowPlace place = window_place(given, kernel, o[1], o[2], t[0], t[1]);
      count += given.flag("count_padding", true) ? place.padded : place.inside;
      if (!place.inside) return;
      const T& value = given.x[0]->at({o[0], place.row, place.column});
      sum += value;
      if (value > best) best = value;
    });
    y.at(o) = given.node.op == "max-pool" ? best : sum * T(1 / count);
  });
  return y;
}

template <class T>
Array<T> matmul(const Arguments<T>& given) {
  Array<T> y(given.shape);
  for_each_index(y.shape, [&](const Shape& index) {
    T sum = 0.0;
    for (std::int64_t k = 0; k < given.x[0]->shape.back(); ++k) {
      Shape l = index;
      Shape r = index;
      l.back() = k;
      r[r.size() - 2] = k;
      sum +=
          given.x[0]->at(broadcast(l, given.x[0]->shape)) * given.x[1]->at(broadcast(r, given.x[1]->shape));
    }
    y.at(index) = sum;
  });
  return y;
}

}  // namespace nwedge::reference
