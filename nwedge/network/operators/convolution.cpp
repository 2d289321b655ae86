#include <algorithm>

#include "nwedge/core/vectorise.hpp"
#include "nwedge/network/kernels/correlate.hpp"
#include "nwedge/network/kernels/lanes.hpp"
#include "nwedge/network/kernels/product.hpp"
#include "nwedge/network/kernels/winograd.hpp"
#include "nwedge/network/operators/row_product.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/window.hpp"

namespace nwedge::network {
namespace {

/// Strides of a value [C, H, W].
struct Planes {
  std::int64_t channel = 0;
  std::int64_t row = 0;
  std::int64_t column = 0;

  Planes() = default;
  explicit Planes(const Layout& layout)
      : channel(layout.strides[0]), row(layout.strides[1]), column(layout.strides[2]) {}
};

/// z[o, h, w] = b[o] + sum over i, s, t of W[o, i, s, t] x[g C/G + i, h stride + s dilation - padding, …],
/// the cross-correlation of PyTorch; o belongs to group g of G. x [C, H, W], W [O, C/G, kh, kw], b [O].
class Convolution final : public RowProduct {
 public:
  Convolution(const NodeShapes& node, Shape shape, const Window& window);

  Rim input_rim() const override { return window_.input_rim(); }
  Rim slope_rim() const override { return window_.slope_rim(); }
  void tie(const NodeAxes& axes) const override;
  bool wide() const override { return false; }
  void bind(const Layout& x, const Layout* dx, const Layout& y, const Layout& dz) override;
  std::int64_t outputs() const override { return shape()[0]; }
  std::int64_t fan_in() const override { return fan_in_; }
  std::int64_t rows() const override { return rows_; }
  std::int64_t columns(std::int64_t, std::int64_t) const override { return columns_; }
  void limit(std::int64_t rows, std::int64_t columns) override {
    rows_ = rows;
    columns_ = columns;
  }
  Row row_of(Side side, float* begin, std::int64_t row) const override {
    const Planes& planes = side == Side::value ? y_ : dz_;
    return {begin + row * planes.row, planes.channel, planes.column};
  }
  std::int64_t scratch_floats() const override { return correlation_scratch(fan_in_); }
  void prefer_pairs() override;
  std::int64_t pair_floats() const override {
    return pair_terms_.empty()
               ? 0
               : filter_floats() + kWinogradPlaces * (inputs_of(0).plane() + outputs_of(0).plane());
  }
  void prepare_pairs(const float* weights, float* scratch) const override {
    transform_filters(factors(weights), outputs(), channels_, scratch);
  }
  void forward_pair(const float* bias_weights, const float* x, std::int64_t row, const Row& top,
                    const Row* bottom, float* scratch) const override;
  std::int64_t transposed_floats() const override { return 0; }

  void forward_row(const float* weights, const float* bias_weights, const float* x, std::int64_t row,
                   std::int64_t groups, const Row& result, bool add) const override;
  void backward(const float* weights, const float* dz, std::int64_t groups, float* dx,
                bool add) const override;
  void transpose_input(const float*, std::int64_t, float*) const override {}
  void weight_gradient(const float* x, const float* transposed, const float* dz, std::int64_t examples,
                       float* gradient, bool add, float* scratch) const override;
  void bias_gradient(const float* dz, std::int64_t groups, float* gradient, bool add) const override;

 private:
  static constexpr std::int64_t kTiles =
      8;  // squares at once, so that what is transformed stays in the caches
  std::int64_t tiles() const { return (columns_ + 1) / 2; }
  std::int64_t chunks() const { return (tiles() + kTiles - 1) / kTiles; }
  /// The squares of a chunk of a pair of rows.
  WinogradTiles tiles_of(std::int64_t chunk, std::int64_t channels) const {
    const std::int64_t begin = chunk * tiles() / chunks();
    const std::int64_t count = (chunk + 1) * tiles() / chunks() - begin;
    return {channels, count, std::min(2 * count, columns_ - 2 * begin), (tiles() + chunks() - 1) / chunks()};
  }
  WinogradTiles inputs_of(std::int64_t chunk) const { return tiles_of(chunk, channels_); }
  WinogradTiles outputs_of(std::int64_t chunk) const { return tiles_of(chunk, outputs()); }
  std::int64_t filter_floats() const { return whole_lines(kWinogradPlaces * outputs() * channels_); }
  std::int64_t inputs() const { return channels_ / groups_; }    // channels of one group
  std::int64_t filters() const { return shape()[0] / groups_; }  // outputs of one group
  const std::vector<Term>& phase_terms(std::int64_t row_phase, std::int64_t column_phase) const {
    return backward_terms_[static_cast<std::size_t>(row_phase * window_.columns.stride + column_phase)];
  }
  std::vector<Term> terms_of_phase(std::int64_t row_phase, std::int64_t column_phase) const;

  Window window_;
  std::int64_t channels_;
  std::int64_t groups_;
  std::int64_t fan_in_;  // weights of one filter
  std::int64_t rows_;
  std::int64_t columns_;
  Planes x_;
  Planes y_;
  Planes dz_;
  Planes dx_;
  std::vector<Term> forward_terms_;
  std::vector<std::int32_t> offsets_;  // the vectors of the forward terms
  std::vector<std::vector<Term>> backward_terms_;
  std::vector<Term> pair_terms_;  // of one place of Winograd's squares; empty: rows are not made by twos
};

Convolution::Convolution(const NodeShapes& node, Shape shape, const Window& window)
    : RowProduct(node, std::move(shape)),
      window_(window),
      channels_(node.inputs[0][0]),
      groups_(node.node.attributes.integer("groups", 1)),
      fan_in_(node.weights[0]->count / node.weights[0]->shape[0]),
      rows_(this->shape()[1]),
      columns_(this->shape()[2]) {}

/// Groups move as blocks, channels inside of them; places of the image and of the filter stand still.
void Convolution::tie(const NodeAxes& axes) const {
  const std::vector<Axis>& weight = axes.weights[0];
  const std::int64_t in[] = {groups_, inputs()};
  const std::int64_t out[] = {groups_, filters()};
  const std::vector<Axis> from = axes.all.factors(axes.x[0][0], in);
  const std::vector<Axis> to = axes.all.factors(weight[0], out);
  axes.all.tie(from[0], to[0]);
  axes.all.tie(from[1], weight[1]);
  axes.all.tie(axes.y[0], weight[0]);
  if (has_bias()) axes.all.tie(axes.weights[1][0], weight[0]);
  axes.all.depend(weight[0], {});
  axes.all.depend(axes.x[0][0], {});
  axes.fix(std::span(weight).subspan(2));
  for (const std::vector<Axis>* value : {&axes.x[0], &axes.y})
    for (std::size_t k = 0; k < value->size(); ++k) {
      if (k > 0) axes.all.fix((*value)[k]);
      axes.mix(*value, k);
    }
}

void Convolution::bind(const Layout& x, const Layout* dx, const Layout& y, const Layout& dz) {
  x_ = Planes(x);
  y_ = Planes(y);
  dz_ = Planes(dz);
  if (dx != nullptr) dx_ = Planes(*dx);
  forward_terms_.clear();
  offsets_.clear();
  std::int64_t factor = 0;
  for (std::int64_t i = 0; i < inputs(); ++i)
    for (std::int64_t s = 0; s < window_.rows.kernel; ++s)
      for (std::int64_t t = 0; t < window_.columns.kernel; ++t, ++factor) {
        offsets_.push_back(narrow(i * x_.channel + s * window_.rows.dilation * x_.row +
                                  t * window_.columns.dilation * x_.column));
        forward_terms_.push_back({narrow(factor), offsets_.back()});
      }
  backward_terms_.clear();
  for (std::int64_t a = 0; a < window_.rows.stride; ++a)
    for (std::int64_t b = 0; b < window_.columns.stride; ++b) backward_terms_.push_back(terms_of_phase(a, b));
}

/// The slope of x at a place whose distance from the padded edge is A stride + phase takes part in outputs
/// A - m, for the weights whose place is m stride + phase.
std::vector<Term> Convolution::terms_of_phase(std::int64_t row_phase, std::int64_t column_phase) const {
  std::vector<Term> terms;
  const WindowAxis& rows = window_.rows;
  const WindowAxis& columns = window_.columns;
  for (std::int64_t o = 0; o < filters(); ++o)
    for (std::int64_t s = rows.kernel; s-- > 0;) {
      if (s * rows.dilation % rows.stride != row_phase) continue;
      for (std::int64_t t = columns.kernel; t-- > 0;) {
        if (t * columns.dilation % columns.stride != column_phase) continue;
        terms.push_back({narrow(o * fan_in_ + s * columns.kernel + t),
                         narrow(o * dz_.channel - s * rows.dilation / rows.stride * dz_.row -
                                t * columns.dilation / columns.stride * dz_.column)});
      }
    }
  return terms;
}

void Convolution::forward_row(const float* weights, const float* bias_weights, const float* x,
                              std::int64_t row, std::int64_t, const Row& result, bool add) const {
  const float* own_bias = bias(bias_weights);
  Product product;
  product.factor_stride = fan_in_;
  product.terms = forward_terms_;
  product.vector_group = window_.columns.stride * x_.column;
  product.result_stride = result.output;
  product.result_group = result.column;
  product.into = add ? Into::add : own_bias != nullptr ? Into::assign_with_bias : Into::assign;
  const float* corner =
      x + (row * window_.rows.stride - window_.rows.before) * x_.row - window_.columns.before * x_.column;
  for (std::int64_t g = 0; g < groups_; ++g) {
    product.factors = factors(weights) + g * filters() * fan_in_;
    product.vectors = corner + g * inputs() * x_.channel;
    product.result = result.data + g * filters() * result.output;
    if (own_bias != nullptr) product.bias = own_bias + g * filters();
    multiply(product, filters(), columns_);
  }
}

/// Winograd's algorithm, where it has work enough to pay for its transforms.
void Convolution::prefer_pairs() {
  constexpr std::int64_t kFewest = 8;  // channels
  const auto suits = [](const WindowAxis& axis) {
    return axis.kernel == 3 && axis.stride == 1 && axis.dilation == 1;
  };
  pair_terms_.clear();
  if (groups_ != 1 || !suits(window_.rows) || !suits(window_.columns) || channels_ < kFewest ||
      outputs() < kFewest || columns_ < 2)
    return;
  for (std::int64_t i = 0; i < channels_; ++i)
    pair_terms_.push_back({narrow(i), narrow(i * inputs_of(0).stride * kLanes)});
}

void Convolution::forward_pair(const float* bias_weights, const float* x, std::int64_t row, const Row& top,
                               const Row* bottom, float* scratch) const {
  float* transformed = scratch + filter_floats();
  float* sums = transformed + kWinogradPlaces * inputs_of(0).plane();
  const float* corner = x + (row - window_.rows.before) * x_.row - window_.columns.before * x_.column;
  std::int64_t column = 0;
  for (std::int64_t chunk = 0; chunk < chunks(); ++chunk) {
    const WinogradTiles in = inputs_of(chunk);
    const WinogradTiles out = outputs_of(chunk);
    const float* rows[4];
    for (std::int64_t r = 0; r < 4; ++r)
      rows[r] = r == 3 && bottom == nullptr ? nullptr : corner + r * x_.row + column * x_.column;
    transform_inputs(rows, x_.channel, x_.column, in, transformed);
    Product product;
    product.factor_stride = channels_;
    product.terms = pair_terms_;
    product.result_stride = out.stride * kLanes;
    for (std::int64_t place = 0; place < kWinogradPlaces; ++place) {
      product.factors = scratch + place * outputs() * channels_;
      product.vectors = transformed + place * in.plane();
      product.result = sums + place * out.plane();
      multiply(product, outputs(), in.tiles);
    }
    const std::int64_t at = column * top.column;
    transform_outputs(sums, out, bias(bias_weights), top.data + at,
                      bottom == nullptr ? nullptr : bottom->data + at, top.output, top.column);
    column += in.columns;
  }
}

void Convolution::backward(const float* weights, const float* dz, std::int64_t, float* dx, bool add) const {
  const WindowAxis& rows = window_.rows;
  const WindowAxis& columns = window_.columns;
  Product product;
  product.factor_stride = rows.kernel * columns.kernel;
  product.vector_group = dz_.column;
  product.result_stride = dx_.channel;
  product.result_group = columns.stride * dx_.column;
  product.into = add ? Into::add : Into::assign;
  for (std::int64_t h = 0; h < rows.input; ++h)
    for (std::int64_t w = 0; w < std::min(columns.stride, columns.input); ++w) {
      product.terms = phase_terms((h + rows.before) % rows.stride, (w + columns.before) % columns.stride);
      for (std::int64_t g = 0; g < groups_; ++g) {
        product.factors = factors(weights) + g * filters() * fan_in_;
        product.vectors = dz + g * filters() * dz_.channel + (h + rows.before) / rows.stride * dz_.row +
                          (w + columns.before) / columns.stride * dz_.column;
        product.result = dx + g * inputs() * dx_.channel + h * dx_.row + w * dx_.column;
        multiply(product, inputs(), (columns.input - w + columns.stride - 1) / columns.stride);
      }
    }
}

void Convolution::weight_gradient(const float* x, const float*, const float* dz, std::int64_t,
                                  float* gradient, bool add, float* scratch) const {
  Correlation correlation;
  correlation.slope_channel = dz_.channel;
  correlation.slope_row = dz_.row;
  correlation.slope_column = dz_.column;
  correlation.offsets = offsets_;
  correlation.value_row = window_.rows.stride * x_.row;
  correlation.value_column = window_.columns.stride * x_.column;
  correlation.outputs = filters();
  correlation.rows = rows_;
  correlation.columns = columns_;
  correlation.add = add;
  const float* corner = x - window_.rows.before * x_.row - window_.columns.before * x_.column;
  for (std::int64_t g = 0; g < groups_; ++g) {
    correlation.slopes = dz + g * filters() * dz_.channel;
    correlation.values = corner + g * inputs() * x_.channel;
    correlation.gradient = factor_slopes(gradient) + g * filters() * fan_in_;
    correlate(correlation, scratch);
  }
}

void Convolution::bias_gradient(const float* dz, std::int64_t, float* gradient, bool add) const {
  if (!has_bias()) return;
  vectorise([&] {
    for (std::int64_t o = 0; o < shape()[0]; ++o) {
      alignas(64) float sums[kLanes] = {};
      for (std::int64_t h = 0; h < rows_; ++h)
        for (std::int64_t w = 0; w < columns_; ++w) {
          const float* values = dz + o * dz_.channel + h * dz_.row + w * dz_.column;
          for (std::int64_t lane = 0; lane < kLanes; ++lane) sums[lane] += values[lane];
        }
      put_bias_gradient(o, sums, gradient, add);
    }
  });
}

}  // namespace

std::unique_ptr<RowProduct> make_convolution(const NodeShapes& node) {
  node.expect(1, 2);
  node.require(!node.weights.empty() && node.weights[0] != nullptr, "filters must be given");
  const Shape& x = node.inputs[0];
  const Shape& weight = node.weights[0]->shape;
  node.require(x.size() == 3, "the input must be an image [C, H, W]");
  node.require(weight.size() == 4, "the filters must have shape [O, C/groups, kh, kw]");
  const std::int64_t groups = node.node.attributes.integer("groups", 1);
  node.require(groups >= 1 && x[0] % groups == 0 && weight[0] % groups == 0,
               "groups must divide the channels of input and output");
  node.require(weight[1] * groups == x[0], "the filters must have C/groups channels");
  const Window window = make_window(node, {weight[2], weight[3]}, {1, 1});
  if (node.weights.size() > 1 && node.weights[1] != nullptr)
    node.require(node.weights[1]->shape == Shape{weight[0]}, "the bias must have one entry for each filter");
  return std::make_unique<Convolution>(node, Shape{weight[0], window.rows.output, window.columns.output},
                                       window);
}

}  // namespace nwedge::network
