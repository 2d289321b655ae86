#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "nwedge/network/operators/operator.hpp"

namespace nwedge::network {

/// Where a row of z lies: entry (o, c) at data + o output + c column, sixteen lanes each.
struct Row {
  float* data = nullptr;
  std::int64_t output = 0;
  std::int64_t column = 0;
};

/// The products of a linear map or a convolution z = W x + b over one micro-batch: z row by row, the slope of
/// x from that of z (dx = W^T dz), and the slope of W (dz x^T). The same products serve values, slopes and
/// their derivatives. A row is what may lie in the first-level cache between the product and what follows it.
class RowProduct {
 public:
  /// Weight 0 of the node is W, weight 1 its bias, if there is one.
  RowProduct(const NodeShapes& node, Shape shape)
      : shape_(std::move(shape)),
        weight_offset_(node.weight_offset(0)),
        bias_offset_(node.weight_offset(1)) {}
  virtual ~RowProduct() = default;
  const Shape& shape() const { return shape_; }      ///< of z
  virtual void tie(const NodeAxes& axes) const = 0;  ///< see `Operator::tie`

  virtual Rim input_rim() const { return {}; }
  virtual Rim slope_rim() const { return {}; }  ///< of dz
  virtual bool wide() const = 0;
  /// The layouts of x, of its slope (null: none is wanted), of the value that z's rows are written to (where
  /// nothing is pooled) and of dz.
  virtual void bind(const Layout& x, const Layout* dx, const Layout& y, const Layout& dz) = 0;
  /// Makes rows by twos from now on where that is faster, though it rounds more.
  virtual void prefer_pairs() {}

  virtual std::int64_t outputs() const = 0;  ///< o < outputs
  virtual std::int64_t fan_in() const = 0;   ///< terms of one entry of z
  virtual std::int64_t rows() const = 0;
  virtual std::int64_t columns(std::int64_t row, std::int64_t groups) const = 0;  ///< c < columns
  enum class Side { value, slope };  ///< laid out like y, or like dz
  virtual Row row_of(Side side, float* begin, std::int64_t row) const = 0;
  /// Only so many rows and columns of z count: pooling leaves out an odd last one.
  virtual void limit(std::int64_t, std::int64_t) {}
  virtual std::int64_t scratch_floats() const = 0;     ///< of the gradient
  virtual std::int64_t transposed_floats() const = 0;  ///< of `transpose_input`

  /// z's row, from `x` at the first entry. `bias`: the flat vector that holds it; null: none.
  virtual void forward_row(const float* weights, const float* bias, const float* x, std::int64_t row,
                           std::int64_t groups, const Row& result, bool add) const = 0;
  // Rows by twos: `pair_floats` of scratch, 0 where they are not made so; what depends on weights alone is
  // put there first.
  virtual std::int64_t pair_floats() const { return 0; }
  virtual void prepare_pairs(const float*, float*) const {}
  /// Rows `row` and, unless null, the next one.
  virtual void forward_pair(const float*, const float*, std::int64_t, const Row&, const Row*, float*) const {}
  /// dx (+)= W^T dz, both at their first entries.
  virtual void backward(const float* weights, const float* dz, std::int64_t groups, float* dx,
                        bool add) const = 0;
  /// x with examples and features exchanged, for `weight_gradient`, where the product wants that.
  virtual void transpose_input(const float* x, std::int64_t groups, float* transposed) const = 0;
  virtual void weight_gradient(const float* x, const float* transposed, const float* dz,
                               std::int64_t examples, float* gradient, bool add, float* scratch) const = 0;
  /// Sums of dz over everything but outputs; nothing where there is no bias.
  virtual void bias_gradient(const float* dz, std::int64_t groups, float* gradient, bool add) const = 0;
  /// The same from sums [outputs, 16] over everything but lanes.
  void bias_gradient_of_sums(const float* sums, float* gradient, bool add) const;

 protected:
  const float* factors(const float* weights) const { return weights + weight_offset_; }
  float* factor_slopes(float* gradient) const { return gradient + weight_offset_; }
  bool has_bias() const { return bias_offset_ >= 0; }
  /// The bias in `weights`; null where there is none, in the product or at all.
  const float* bias(const float* weights) const {
    return weights != nullptr && has_bias() ? weights + bias_offset_ : nullptr;
  }
  /// Output o's bias has a slope that is the sum of sixteen lanes.
  void put_bias_gradient(std::int64_t o, const float* lanes, float* gradient, bool add) const;

 private:
  Shape shape_;
  std::int64_t weight_offset_;
  std::int64_t bias_offset_;  // -1: no bias
};

std::unique_ptr<RowProduct> make_linear(const NodeShapes& node);
std::unique_ptr<RowProduct> make_convolution(const NodeShapes& node);

}  // namespace nwedge::network
