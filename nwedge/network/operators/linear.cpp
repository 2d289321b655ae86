#include <algorithm>

#include "nwedge/core/vectorise.hpp"
#include "nwedge/network/kernels/correlate.hpp"
#include "nwedge/network/kernels/lanes.hpp"
#include "nwedge/network/kernels/product.hpp"
#include "nwedge/network/kernels/transpose.hpp"
#include "nwedge/network/operators/row_product.hpp"
#include "nwedge/network/operators/symmetry.hpp"

namespace nwedge::network {
namespace {

constexpr std::int64_t kTokens = 8;    // of one row: their values stay in the first-level cache
constexpr std::size_t kExamples = 96;  // terms of one product of the gradient

/// Where the vectors of features lie in a value [..., features]: token t of strip s at
/// strips[s] + t stride, feature f at + f feature.
struct Tokens {
  std::vector<std::int64_t> strips;
  std::int64_t count = 1;  ///< of one strip
  std::int64_t stride = 0;
  std::int64_t feature = 0;

  Tokens() = default;
  explicit Tokens(const Layout& layout) : feature(layout.strides.back()) {
    const std::int64_t features = layout.shape.back();
    const auto flat = layout.reshaped({size_of(layout.shape) / features, features});
    const Layout& rows = flat ? *flat : layout;
    const std::size_t axes = rows.rank() - 1;
    if (axes > 0) {
      count = rows.shape[axes - 1];
      stride = rows.strides[axes - 1];
    }
    strips = {0};
    for (std::size_t axis = 0; axis + 1 < axes; ++axis) {
      std::vector<std::int64_t> finer;
      for (const std::int64_t strip : strips)
        for (std::int64_t i = 0; i < rows.shape[axis]; ++i) finer.push_back(strip + i * rows.strides[axis]);
      strips = std::move(finer);
    }
  }
};

/// z = W x + b for every vector of features x in a value [..., F]; W [O, F] or, `transposed`, [F, O]; b [O].
/// A value of one vector may have more than sixteen lanes, which then are the columns of its one row.
class Linear final : public RowProduct {
 public:
  Linear(const NodeShapes& node, Shape shape);

  void tie(const NodeAxes& axes) const override;
  bool wide() const override { return shape().size() == 1; }
  void bind(const Layout& x, const Layout* dx, const Layout& y, const Layout& dz) override;
  std::int64_t outputs() const override { return outputs_; }
  std::int64_t fan_in() const override { return features_; }
  std::int64_t rows() const override { return strips_ * blocks_; }
  std::int64_t columns(std::int64_t row, std::int64_t groups) const override {
    return lanes_ > kLanes ? groups : token_count(row);
  }
  Row row_of(Side side, float* begin, std::int64_t row) const override;
  std::int64_t scratch_floats() const override {
    return transposed_ ? tokens() * lanes_ * whole_lines(outputs_) : 0;
  }
  std::int64_t transposed_floats() const override {
    return transposed_ ? 0 : tokens() * lanes_ * whole_lines(features_);
  }

  void forward_row(const float* weights, const float* bias_weights, const float* x, std::int64_t row,
                   std::int64_t groups, const Row& result, bool add) const override;
  void backward(const float* weights, const float* dz, std::int64_t groups, float* dx,
                bool add) const override;
  void transpose_input(const float* x, std::int64_t groups, float* transposed) const override;
  void weight_gradient(const float* x, const float* transposed, const float* dz, std::int64_t examples,
                       float* gradient, bool add, float* scratch) const override;
  void bias_gradient(const float* dz, std::int64_t groups, float* gradient, bool add) const override;

 private:
  std::int64_t tokens() const { return strips_ * count_; }
  std::int64_t strip_of(std::int64_t row) const { return row / blocks_; }
  /// Of the row among its strip's tokens.
  std::int64_t first_token(std::int64_t row) const { return (row % blocks_) * count_ / blocks_; }
  std::int64_t token_count(std::int64_t row) const {
    const std::int64_t block = row % blocks_;
    return (block + 1) * count_ / blocks_ - block * count_ / blocks_;
  }
  /// Where a row's first token lies, and how far its columns are apart.
  std::int64_t first_of(const Tokens& place, std::int64_t row) const {
    return place.strips[static_cast<std::size_t>(strip_of(row))] + first_token(row) * place.stride;
  }
  std::int64_t group_stride(const Tokens& place) const { return lanes_ > kLanes ? kLanes : place.stride; }
  /// to [token, lane, feature] from one value.
  void exchange(const float* from, const Tokens& tokens, std::int64_t features, std::int64_t lanes,
                float* to) const;

  std::int64_t outputs_;
  std::int64_t features_;
  bool transposed_;
  std::int64_t strips_ = 1;
  std::int64_t count_ = 1;   // tokens of a strip
  std::int64_t blocks_ = 1;  // rows of a strip
  std::int64_t lanes_ = kLanes;
  Tokens x_;
  Tokens y_;
  Tokens dz_;
  Tokens dx_;  // where there is one
  std::vector<Term> forward_terms_;
  std::vector<Term> backward_terms_;
  std::vector<Term> example_terms_;
};

Linear::Linear(const NodeShapes& node, Shape shape)
    : RowProduct(node, std::move(shape)),
      outputs_(this->shape().back()),
      features_(node.inputs[0].back()),
      transposed_(node.node.attributes.integer("transposed", 0) != 0) {}

void Linear::tie(const NodeAxes& axes) const {
  const std::size_t last = axes.y.size() - 1;
  const Axis in = axes.weights[0][transposed_ ? 0 : 1];
  const Axis out = axes.weights[0][transposed_ ? 1 : 0];
  axes.tie(std::span(axes.y).first(last), axes.x[0]);
  axes.all.tie(axes.x[0][last], in);
  axes.all.tie(axes.y[last], out);
  if (has_bias()) axes.all.tie(axes.weights[1][0], out);
  axes.all.depend(in, {});
  axes.all.depend(out, {});
  axes.mix(axes.x[0], last);
  axes.mix(axes.y, last);
}

void Linear::bind(const Layout& x, const Layout* dx, const Layout& y, const Layout& dz) {
  lanes_ = x.lanes;
  x_ = Tokens(x);
  y_ = Tokens(y);
  dz_ = Tokens(dz);
  dx_ = dx != nullptr ? Tokens(*dx) : x_;
  // Values that are laid out differently are cut into the strips of the one that has most of them.
  std::size_t most = 0;
  for (const Tokens* place : {&x_, &y_, &dz_, &dx_}) most = std::max(most, place->strips.size());
  strips_ = static_cast<std::int64_t>(most);
  count_ = size_of(shape()) / outputs_ / strips_;
  for (Tokens* place : {&x_, &y_, &dz_, &dx_}) {
    if (place->strips.size() == most) continue;
    std::vector<std::int64_t> finer;
    for (const std::int64_t strip : place->strips)
      for (std::int64_t t = 0; t < place->count; t += count_) finer.push_back(strip + t * place->stride);
    place->strips = std::move(finer);
    place->count = count_;
  }
  blocks_ = (count_ + kTokens - 1) / kTokens;
  forward_terms_.clear();
  for (std::int64_t i = 0; i < features_; ++i)
    forward_terms_.push_back({narrow(transposed_ ? i * outputs_ : i), narrow(i * x_.feature)});
  backward_terms_.clear();
  for (std::int64_t o = 0; o < outputs_; ++o)
    backward_terms_.push_back({narrow(transposed_ ? o : o * features_), narrow(o * dz_.feature)});
  example_terms_.clear();
  const Tokens& factor = transposed_ ? x_ : dz_;
  const std::int64_t stride = whole_lines(transposed_ ? outputs_ : features_);
  std::int64_t row = 0;
  for (const std::int64_t strip : factor.strips)
    for (std::int64_t t = 0; t < count_; ++t)
      for (std::int64_t n = 0; n < lanes_; ++n)
        example_terms_.push_back({narrow(strip + t * factor.stride + n), narrow(row++ * stride)});
}

Row Linear::row_of(Side side, float* begin, std::int64_t row) const {
  const Tokens& place = side == Side::value ? y_ : dz_;
  return {begin + first_of(place, row), place.feature, group_stride(place)};
}

void Linear::forward_row(const float* weights, const float* bias_weights, const float* x, std::int64_t row,
                         std::int64_t groups, const Row& result, bool add) const {
  Product product;
  product.factors = factors(weights);
  product.factor_stride = transposed_ ? 1 : features_;
  product.terms = forward_terms_;
  product.vectors = x + first_of(x_, row);
  product.vector_group = group_stride(x_);
  product.result = result.data;
  product.result_stride = result.output;
  product.result_group = result.column;
  product.bias = bias(bias_weights);
  product.into = add ? Into::add : product.bias != nullptr ? Into::assign_with_bias : Into::assign;
  multiply(product, outputs_, columns(row, groups));
}

void Linear::backward(const float* weights, const float* dz, std::int64_t groups, float* dx, bool add) const {
  Product product;
  product.factors = factors(weights);
  product.factor_stride = transposed_ ? outputs_ : 1;
  product.terms = backward_terms_;
  product.result_stride = dx_.feature;
  product.vector_group = group_stride(dz_);
  product.result_group = group_stride(dx_);
  product.into = add ? Into::add : Into::assign;
  for (std::int64_t row = 0; row < rows(); ++row) {
    product.vectors = dz + first_of(dz_, row);
    product.result = dx + first_of(dx_, row);
    multiply(product, features_, columns(row, groups));
  }
}

void Linear::exchange(const float* from, const Tokens& tokens, std::int64_t features, std::int64_t lanes,
                      float* to) const {
  const std::int64_t stride = whole_lines(features);
  for (const std::int64_t strip : tokens.strips)
    for (std::int64_t t = 0; t < count_; ++t, to += lanes_ * stride)
      transpose(from + strip + t * tokens.stride, tokens.feature, features, lanes, to, stride);
}

void Linear::transpose_input(const float* x, std::int64_t groups, float* transposed) const {
  if (!transposed_) exchange(x, x_, features_, groups * kLanes, transposed);
}

void Linear::weight_gradient(const float* x, const float* transposed, const float* dz, std::int64_t examples,
                             float* gradient, bool add, float* scratch) const {
  Product product;
  if (transposed_) exchange(dz, dz_, outputs_, whole_lines(examples), scratch);
  product.factors = transposed_ ? x : dz;
  product.factor_stride = (transposed_ ? x_ : dz_).feature;
  product.vectors = transposed_ ? scratch : transposed;
  product.result = factor_slopes(gradient);
  product.result_stride = transposed_ ? outputs_ : features_;
  product.into = add ? Into::add : Into::assign;
  // Few enough terms at a time for their vectors to stay in the first-level cache.
  std::span<const Term> terms = example_terms_;
  if (tokens() == 1) terms = terms.first(static_cast<std::size_t>(examples));
  const std::size_t parts = (terms.size() + kExamples - 1) / kExamples;
  for (std::size_t part = 0; part < parts; ++part) {
    const std::size_t begin = part * terms.size() / parts;
    product.terms = terms.subspan(begin, (part + 1) * terms.size() / parts - begin);
    multiply_columns(product, transposed_ ? features_ : outputs_, transposed_ ? outputs_ : features_);
    product.into = Into::add;
  }
}

void Linear::bias_gradient(const float* dz, std::int64_t groups, float* gradient, bool add) const {
  if (!has_bias()) return;
  vectorise([&] {
    for (std::int64_t o = 0; o < outputs_; ++o) {
      alignas(64) float sums[kLanes] = {};
      for (const std::int64_t strip : dz_.strips)
        for (std::int64_t t = 0; t < count_; ++t) {
          const float* values = dz + strip + t * dz_.stride + o * dz_.feature;
          for (std::int64_t n = 0; n < groups * kLanes; n += kLanes)
            for (std::int64_t lane = 0; lane < kLanes; ++lane) sums[lane] += values[n + lane];
        }
      put_bias_gradient(o, sums, gradient, add);
    }
  });
}

}  // namespace

std::unique_ptr<RowProduct> make_linear(const NodeShapes& node) {
  node.expect(1, 2);
  node.require(!node.weights.empty() && node.weights[0] != nullptr, "a matrix of weights must be given");
  const Shape& weight = node.weights[0]->shape;
  node.require(weight.size() == 2, "the weights must be a matrix");
  const bool transposed = node.node.attributes.integer("transposed", 0) != 0;
  Shape shape = node.inputs[0];
  node.require(!shape.empty() && shape.back() == weight[transposed ? 0 : 1],
               "the last axis must have as many features as the weights have");
  shape.back() = weight[transposed ? 1 : 0];
  if (node.weights.size() > 1 && node.weights[1] != nullptr)
    node.require(node.weights[1]->shape == Shape{shape.back()},
                 "the bias must have one entry for each output");
  return std::make_unique<Linear>(node, std::move(shape));
}

}  // namespace nwedge::network
