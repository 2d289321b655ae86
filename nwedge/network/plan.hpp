#pragma once
#include <cstdint>
#include <vector>

#include "nwedge/network/architecture.hpp"
#include "nwedge/network/kernels.hpp"
#include "nwedge/network/product.hpp"

namespace nwedge::network {

/// The products of one layer over one micro-batch: z = W x + b, the slope of x from that of z (dx = W^T dz),
/// and the slope of W (dz x^T). The same products serve values, slopes and their directional derivatives.
///
/// Everything is [channel, row, column, lane]; a convolution reads bordered planes (`Planes`), a linear layer
/// plain ones, whose lanes are those of the whole micro-batch.
class LayerPlan {
 public:
  LayerPlan(const Layer& layer, std::int64_t groups);

  const Layer& layer() const { return layer_; }
  const Planes& input() const { return input_; }    ///< of x
  const Planes& values() const { return values_; }  ///< of z and its slope
  /// Rows and columns of z that count: pooling leaves out an odd last one.
  std::int64_t rows() const { return rows_; }
  std::int64_t columns() const { return columns_; }
  /// Floats of one row of one channel of z (or of dx), for `groups` of the micro-batch's groups of sixteen.
  std::int64_t row_size(std::int64_t groups) const;
  /// Rows of what follows, pool(activation(z)), and the floats of one of them.
  std::int64_t result_rows() const { return convolution() ? layer_.result().height : 1; }
  std::int64_t result_size(std::int64_t groups) const {
    return convolution() ? layer_.result().width * kLanes : groups * kLanes;
  }
  std::int64_t inputs() const { return convolution() ? layer_.input.channels : layer_.input.size(); }
  /// Of the transposed x of a linear layer, [example, feature]: its features padded to a multiple of sixteen.
  std::int64_t transposed_stride() const { return transposed_stride_; }
  bool convolution() const { return layer_.kind == LayerKind::convolution; }

  /// Row h of z for all channels: result[o, n] at result + o stride. `weights` and `bias` are the whole flat
  /// vector of weights; `bias` null: none.
  void forward_row(const float* weights, const float* bias, const float* x, std::int64_t h,
                   std::int64_t groups, float* result, std::int64_t stride, bool add = false) const;

  /// Row h of dx for all input channels.
  void backward_row(const float* weights, const float* dz, std::int64_t h, std::int64_t groups, float* result,
                    std::int64_t stride, bool add = false) const;

  /// The slope of this layer's W in the flat `gradient`, over `examples`. `transposed` is x [example,
  /// feature] of a linear layer. `add`: onto what is there.
  void weight_gradient(const float* x, const float* transposed, const float* dz, std::int64_t examples,
                       float* gradient, bool add) const;

  /// The slope of this layer's b: the sum of dz over everything but channels, which for a pooled layer is
  /// that of `lane_sums` [channel, 16].
  void bias_gradient(const float* dz, const float* lane_sums, std::int64_t groups, float* gradient,
                     bool add) const;

 private:
  Layer layer_;
  Planes input_;
  Planes values_;
  std::int64_t rows_;
  std::int64_t columns_;
  std::int64_t transposed_stride_;
  std::vector<Term> forward_terms_;
  std::vector<Term> backward_terms_;
  std::vector<Term> example_terms_;
};

/// The layers of a network, ready for micro-batches of `examples` examples.
struct Plan {
  explicit Plan(const Architecture& architecture);

  Architecture architecture;
  std::int64_t groups;    ///< of sixteen examples
  std::int64_t examples;  ///< 16 groups
  std::vector<LayerPlan> layers;
  std::int64_t first_rows_size() const {  ///< floats of all rows of the first layer's z that count
    return layers.front().rows() * layers.front().values().shape.channels * layers.front().row_size(groups);
  }
  std::int64_t rows_size = 0;   ///< floats of the largest rows between a product and what follows it
  std::int64_t pass_bytes = 0;  ///< memory of one pass
};

}  // namespace nwedge::network
