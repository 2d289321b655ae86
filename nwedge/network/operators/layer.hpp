#pragma once
#include <memory>
#include <span>

#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/row_product.hpp"

namespace nwedge::network {

/// Rows of z that are affine in the coordinates of a section: z = rows_0 + sum_j c_j rows_{j+1}.
struct AffineRows {
  const float* rows = nullptr;
  std::int64_t stride = 0;  ///< floats of one set of rows: `Layer::rows_floats`
  std::span<const float> coordinates;
};

/// A product and what follows it while its rows are in the first-level cache: y = pool(f(W x + b)), with f
/// and the 2x2 maximum (stride 2, an odd last row or column left out) where they are there. pool comes first
/// where both are: f must rise, so the result is the same.
///
/// Derivatives, with s the slopes and dots along v:
///   s of z = f'(z) s of y at the winners        s of x = W^T s        slope of W = s x^T
///   z. = W x. + V x + v_b                       y. = f'(z) z.
///   s. of z = f'(z) s. of y + f''(z) (s of y) z.     s. of x = W^T s. + V^T s     (H v)_W = s. x^T + s x.^T
/// A kink has slope and no bend. `backward` leaves the slope of z where that of y was.
class Layer final : public Operator {
 public:
  explicit Layer(std::unique_ptr<RowProduct> product);

  const RowProduct& product() const { return *product_; }
  /// The product with more behind it; null where that cannot be. Passes behind forward need an f whose
  /// derivatives are told from y.
  static std::unique_ptr<Layer> fuse(std::unique_ptr<RowProduct> product,
                                     std::shared_ptr<const ElementFunction> f, bool pooled);

  /// Of the product; what is fused behind it has its own nodes in the graph.
  void tie(const NodeAxes& axes) const override { product_->tie(axes); }
  Rim input_rim(std::size_t) const override { return product_->input_rim(); }
  Rim slope_rim() const override { return pooled_ ? Rim{} : product_->slope_rim(); }
  bool keeps_input(std::size_t) const override { return true; }
  bool keeps_output() const override { return function_ != nullptr; }
  bool wide() const override { return product_->wide(); }
  std::int64_t kept_bytes(std::int64_t lanes) const override { return memory(lanes).size * 4; }
  std::int64_t kept_dot_bytes(std::int64_t lanes) const override { return memory_dot(lanes).size * 4; }
  std::int64_t scratch_floats(std::int64_t lanes) const override;
  void bind(const Binding& binding) override;

  void forward(const NodePass& pass) const override;
  void backward(const NodePass& pass) const override;
  void tangent(const NodePass& pass) const override;
  void tangent_backward(const NodePass& pass) const override;

  /// z of the inputs as `AffineRows` wants it: `rows_floats` floats.
  void make_rows(const NodePass& pass, float* rows) const;
  std::int64_t rows_floats(std::int64_t lanes) const;

 private:
  Layer(std::unique_ptr<RowProduct> product, std::shared_ptr<const ElementFunction> f, bool pooled,
        Shape shape);

  /// Floats before each part of what is kept.
  struct Memory {
    std::int64_t winners = 0;
    std::int64_t slopes = 0;  // of z, where pooled
    std::int64_t sums = 0;    // of these over everything but outputs and lanes
    std::int64_t transposed = 0;
    std::int64_t bends = 0;
    std::int64_t size = 0;
  };
  Memory memory(std::int64_t lanes) const;      // of `kept`
  Memory memory_dot(std::int64_t lanes) const;  // of `kept_dot`
  Layout slope_layout(std::int64_t lanes) const {
    return Layout::dense(product_->shape(), lanes, product_->slope_rim());
  }
  std::int64_t result_rows() const { return pooled_ ? shape()[1] : product_->rows(); }
  /// Row h of y, of its slope, or of what is laid out like one of them.
  Row result_row(const View& value, std::int64_t h, RowProduct::Side side = RowProduct::Side::value) const;
  std::uint8_t* winners(const NodePass& pass, std::int64_t o, std::int64_t h) const {
    return reinterpret_cast<std::uint8_t*>(pass.kept) + (o * shape()[1] + h) * shape()[2] * 16;
  }
  /// Row r of `AffineRows`, without gaps.
  Row compact_row(float* rows, std::int64_t r, std::int64_t groups) const;
  void combine_rows(const NodePass& pass, std::int64_t r, const Row& target) const;

  template <class F, class... Rows>  // f(floats, a, b, …) over what is contiguous in all rows
  void for_each_run(std::int64_t columns, F&& f, const Rows&... rows) const;
  template <class Source,
            class Pool>  // source(row of z, target), then pool(output, row of y, top, bottom, y)
  void each_row(const NodePass& pass, const View& y, Source&& source, Pool&& pool) const;
  /// Turns slopes of y into slopes of z, in `dz` and their sums where pooled, else in place; `bends`, added
  /// to them, may be null.
  void absorb(const NodePass& pass, const View& dy, float* dz, float* sums, const float* bends) const;

  std::unique_ptr<RowProduct> product_;
  std::shared_ptr<const ElementFunction> function_;  // null: none
  bool pooled_;
  std::int64_t lanes_ = 0;
  Layout dz_;  // in `kept` where pooled, else that of dy
};

}  // namespace nwedge::network
