#include "nwedge/network/plan.hpp"

#include <algorithm>

namespace nwedge::network {
namespace {

/// Values of sixteen images in a convolutional network fill the second-level cache; a linear layer reads its
/// weights once for 64 examples.
std::int64_t groups_for(const Architecture& architecture) {
  return architecture.layers.front().kind == LayerKind::convolution ? 1 : 4;
}

std::int32_t narrow(std::int64_t offset) { return static_cast<std::int32_t>(offset); }

}  // namespace

LayerPlan::LayerPlan(const Layer& layer, std::int64_t groups)
    : layer_(layer),
      rows_(layer.pooled ? layer.output.height / 2 * 2 : layer.output.height),
      columns_(layer.pooled ? layer.output.width / 2 * 2 : layer.output.width),
      transposed_stride_((layer.input.size() + kLanes - 1) / kLanes * kLanes) {
  const std::int64_t outputs = layer.output.channels;
  const std::int64_t fan_in = layer.fan_in();
  const std::int64_t lanes = groups * kLanes;
  if (convolution()) {
    input_ = Planes::bordered(layer.input);
    values_ = Planes::bordered(layer.output);
    for (std::int64_t i = 0; i < layer.input.channels; ++i)
      for (std::int64_t t = 0; t < 9; ++t)
        forward_terms_.push_back(
            {narrow(i * 9 + t), narrow(i * input_.channel + (t / 3) * input_.row + (t % 3) * kLanes)});
    for (std::int64_t o = 0; o < outputs; ++o)
      for (std::int64_t t = 0; t < 9; ++t)
        backward_terms_.push_back({narrow(o * fan_in + 8 - t),
                                   narrow(o * values_.channel + (t / 3) * values_.row + (t % 3) * kLanes)});
    return;
  }
  input_ = Planes::plain(layer.input, lanes);
  values_ = Planes::plain(layer.output, lanes);
  for (std::int64_t i = 0; i < fan_in; ++i) forward_terms_.push_back({narrow(i), narrow(i * lanes)});
  for (std::int64_t o = 0; o < outputs; ++o)
    backward_terms_.push_back({narrow(o * fan_in), narrow(o * lanes)});
  for (std::int64_t n = 0; n < lanes; ++n)
    example_terms_.push_back({narrow(n), narrow(n * transposed_stride_)});
}

std::int64_t LayerPlan::row_size(std::int64_t groups) const {
  return convolution() ? columns_ * kLanes : groups * kLanes;
}

void LayerPlan::forward_row(const float* weights, const float* bias, const float* x, std::int64_t h,
                            std::int64_t groups, float* result, std::int64_t stride, bool add) const {
  Product product;
  product.factors = weights + layer_.weight_offset;
  product.factor_stride = layer_.fan_in();
  product.terms = forward_terms_;
  product.vectors = x + h * input_.row;
  product.result = result;
  product.result_stride = stride;
  product.bias = bias == nullptr ? nullptr : bias + layer_.bias_offset;
  product.into = add ? Into::add : bias == nullptr ? Into::assign : Into::assign_with_bias;
  multiply(product, layer_.output.channels, convolution() ? columns_ : groups);
}

void LayerPlan::backward_row(const float* weights, const float* dz, std::int64_t h, std::int64_t groups,
                             float* result, std::int64_t stride, bool add) const {
  Product product;
  product.factors = weights + layer_.weight_offset;
  product.factor_stride = convolution() ? 9 : 1;
  product.terms = backward_terms_;
  product.vectors = dz + h * values_.row;
  product.result = result;
  product.result_stride = stride;
  product.into = add ? Into::add : Into::assign;
  multiply(product, inputs(), convolution() ? layer_.input.width : groups);
}

void LayerPlan::weight_gradient(const float* x, const float* transposed, const float* dz,
                                std::int64_t examples, float* gradient, bool add) const {
  float* target = gradient + layer_.weight_offset;
  if (convolution()) {
    filter_gradient(x, input_, dz, values_, rows_, columns_, target, add);
    return;
  }
  Product product;
  product.factors = dz;
  product.factor_stride = values_.channel;
  product.terms = std::span(example_terms_).first(static_cast<std::size_t>(examples));
  product.vectors = transposed;
  product.result = target;
  product.result_stride = layer_.fan_in();
  product.into = add ? Into::add : Into::assign;
  multiply_columns(product, layer_.output.channels, layer_.fan_in());
}

void LayerPlan::bias_gradient(const float* dz, const float* lane_sums, std::int64_t groups, float* gradient,
                              bool add) const {
  const std::int64_t width = row_size(groups);
  for (std::int64_t o = 0; o < layer_.output.channels; ++o) {
    alignas(64) float sums[kLanes] = {};
    for (std::int64_t h = 0; h < rows_ && !layer_.pooled; ++h) {
      const float* row = dz + values_.at(o, h);
      for (std::int64_t n = 0; n < width; n += kLanes)
        for (std::int64_t lane = 0; lane < kLanes; ++lane) sums[lane] += row[n + lane];
    }
    float& target = gradient[layer_.bias_offset + o];
    target = lane_sum(layer_.pooled ? lane_sums + o * kLanes : sums) + (add ? target : 0.0f);
  }
}

Plan::Plan(const Architecture& given)
    : architecture(given), groups(groups_for(given)), examples(groups * kLanes) {
  std::int64_t floats = examples * architecture.input.size();
  for (const Layer& one : architecture.layers) {
    const LayerPlan& layer = layers.emplace_back(one, groups);
    const std::int64_t wide =
        std::max(layer.input().shape.width * layer.inputs(), 2 * layer.columns() * one.output.channels);
    rows_size = std::max(rows_size, layer.convolution() ? wide * kLanes : layer.input().size());
    floats += layer.input().size() + layer.values().size() + one.result().size() * kLanes / 4;
    if (!layer.convolution()) floats += examples * layer.transposed_stride();
  }
  pass_bytes = 4 * floats;
}

}  // namespace nwedge::network
