#pragma once
#include <cstdint>
#include <span>

#include "nwedge/network/architecture.hpp"
#include "nwedge/network/lanes.hpp"

namespace nwedge::network {

/// Where the values of a layer lie, in floats: channel c, row h, column w at origin + c channel + h row + 16
/// w, sixteen examples side by side. `bordered` planes have a rim of zeros one pixel wide, the padding of a
/// 3x3 convolution.
struct Planes {
  ImageShape shape;
  std::int64_t origin = 0;
  std::int64_t row = 0;
  std::int64_t channel = 0;

  static Planes plain(const ImageShape& shape, std::int64_t lanes = kLanes);
  static Planes bordered(const ImageShape& shape);
  std::int64_t size() const { return shape.channels * channel; }
  std::int64_t at(std::int64_t c, std::int64_t h) const { return origin + c * channel + h * row; }
};

/// to[c, r] = from[r, c] for r < rows, c < columns, with the strides of whole rows of `from` and `to`.
void transpose(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns,
               float* to, std::int64_t to_stride);

/// gradient[o, i, t] (+)= sum over rows h, columns w < the given extents and the lanes, of
/// dz[o, h, w] x[i, h + t / 3, w + t % 3], where x is bordered (t counts from its rim): the gradient with
/// respect to the filters. `add`: onto what is there. Cost 18 I O rows columns FLOP a lane.
void filter_gradient(const float* x, const Planes& x_planes, const float* dz, const Planes& dz_planes,
                     std::int64_t rows, std::int64_t columns, float* gradient, bool add);

/// result[n] = rows[n] + sum_j coordinates[j] rows[(j + 1) stride + n] for n < count, a multiple of sixteen.
void combine(const float* rows, std::int64_t stride, std::span<const float> coordinates, std::int64_t count,
             float* result);

/// values <- activation(values), `count` a multiple of sixteen. NaN stays NaN.
void activate(Activation activation, float* values, std::int64_t count);

/// slope[n] <- slope[n] activation'(.), expressed by the activation's value, factor y[n] with factor > 0.
void multiply_by_derivative(Activation activation, const float* y, float factor, float* slope,
                            std::int64_t count);

/// values[n] <- values[n] factors[n].
void multiply_elements(const float* factors, float* values, std::int64_t count);

/// values[n] <- values[n] + terms[n].
void add_elements(const float* terms, float* values, std::int64_t count);

/// One row of 2x2 maximum pooling: y[w] = max(top[2w], top[2w + 1], bottom[2w], bottom[2w + 1]), and which of
/// the four it was, the first of equals; a NaN is the greatest. `winner` may be null. Sixteen lanes each.
void pool_row(const float* top, const float* bottom, std::int64_t width, float* y, std::uint8_t* winner);

/// Its transpose: writes slope[w] to the winner's place and 0 to the others; adds slope to sum [16].
void unpool_row(const float* slope, const std::uint8_t* winner, std::int64_t width, float* top, float* bottom,
                float* sum);

/// y[w] = the value of z = [top; bottom] at the winner's place.
void pick_row(const float* top, const float* bottom, const std::uint8_t* winner, std::int64_t width,
              float* y);

/// bend[n] = tanh''(z) (slope of y) z., for y = tanh(z): -2 y slope[n] tangent[n], where slope is that of z.
void hyperbolic_tangent_bend(const float* y, const float* slope, const float* tangent, float* bend,
                             std::int64_t count);

/// The sum of sixteen lanes, by halves.
float lane_sum(const float* lanes);

}  // namespace nwedge::network
