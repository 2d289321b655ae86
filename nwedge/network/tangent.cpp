#include "nwedge/network/tangent.hpp"

#include <algorithm>

namespace nwedge::network {

TangentPass::TangentPass(std::shared_ptr<const Plan> plan)
    : plan_(std::move(plan)), layers_(plan_->layers.size()), rows_(plan_->rows_size) {
  std::int64_t widest = plan_->examples;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const LayerPlan& layer = plan_->layers[l];
    layers_[l].slope = LaneArray(layer.values().size());
    if (l > 0) layers_[l].x = LaneArray(layer.input().size());
    if (l > 0 && !layer.convolution())
      layers_[l].transposed = LaneArray(plan_->examples * layer.transposed_stride());
    if (layer.layer().pooled) layers_[l].bias_sums = LaneArray(layer.values().shape.channels * kLanes);
    if (layer.layer().activated && plan_->architecture.activation == Activation::tanh)
      layers_[l].bend = LaneArray(plan_->layers[l + 1].input().size());
    widest = std::max(widest, layer.result_size(plan_->groups));
  }
  picked_ = LaneArray(widest);
}

void TangentPass::multiply(const Pass& base, const float* weights, const float* vector, double scale,
                           CurvatureMatrix matrix, float* product, bool add) {
  bends_ = matrix == CurvatureMatrix::hessian;
  for (std::size_t l = 0; l < layers_.size(); ++l) forward_layer(base, l, weights, vector);
  cross_entropy_tangent(base.slopes(layers_.size() - 1), layers_.back().slope.data(), plan_->examples,
                        plan_->architecture.classes, base.labels(), base.examples(), scale);
  for (std::size_t l = layers_.size(); l-- > 0;) {
    layer_product(base, l, product, add);
    if (l > 0) backward_layer(base, l, weights, vector);
  }
}

void TangentPass::forward_layer(const Pass& base, std::size_t l, const float* weights, const float* vector) {
  const LayerPlan& layer = plan_->layers[l];
  const auto product = [&](std::int64_t h, float* result, std::int64_t stride) {
    layer.forward_row(vector, vector, base.x(l), h, base.groups(), result, stride);
    if (l > 0)
      layer.forward_row(weights, nullptr, layers_[l].x.data(), h, base.groups(), result, stride, true);
  };
  if (l + 1 == layers_.size()) return product(0, layers_[l].slope.data(), layer.values().channel);
  const Planes& next = plan_->layers[l + 1].input();
  float* y = layers_[l + 1].x.data();
  const std::int64_t width = layer.row_size(base.groups());
  for (std::int64_t h = 0; h < layer.result_rows(); ++h) {
    if (layer.layer().pooled) {
      float* top = rows_.data();
      float* bottom = top + layer.values().shape.channels * width;
      product(2 * h, top, width);
      product(2 * h + 1, bottom, width);
      for (std::int64_t c = 0; c < layer.values().shape.channels; ++c)
        pick_row(top + c * width, bottom + c * width, base.winner(l, c, h), next.shape.width,
                 y + next.at(c, h));
    } else {
      product(h, y + next.at(0, h), next.channel);
    }
    finish_row(base, l, h);
  }
}

void TangentPass::finish_row(const Pass& base, std::size_t l, std::int64_t h) {
  const LayerPlan& layer = plan_->layers[l];
  if (!layer.layer().activated) return;
  const Planes& next = plan_->layers[l + 1].input();
  const Planes& planes = layer.values();
  const std::int64_t size = layer.result_size(base.groups());
  for (std::int64_t c = 0; c < planes.shape.channels; ++c) {
    const std::int64_t at = next.at(c, h);
    float* tangent = layers_[l + 1].x.data() + at;
    const float* y = base.x(l + 1) + at;
    if (bends_ && layers_[l].bend.size() > 0) {
      const float* slope = base.slopes(l) + planes.at(c, layer.layer().pooled ? 2 * h : h);
      if (layer.layer().pooled) {
        pick_row(slope, slope + planes.row, base.winner(l, c, h), next.shape.width, picked_.data());
        slope = picked_.data();
      }
      hyperbolic_tangent_bend(y, slope, tangent, layers_[l].bend.data() + at, size);
    }
    multiply_by_derivative(plan_->architecture.activation, y, 1.0f, tangent, size);
  }
}

void TangentPass::layer_product(const Pass& base, std::size_t l, float* product, bool add) {
  const LayerPlan& layer = plan_->layers[l];
  LayerTangents& tangents = layers_[l];
  layer.weight_gradient(base.x(l), base.transposed(l), tangents.slope.data(), base.examples(), product, add);
  if (bends_ && l > 0) {
    if (!layer.convolution())
      transpose(tangents.x.data(), plan_->examples, layer.inputs(), base.groups() * kLanes,
                tangents.transposed.data(), layer.transposed_stride());
    layer.weight_gradient(tangents.x.data(), tangents.transposed.data(), base.slopes(l), base.examples(),
                          product, true);
  }
  layer.bias_gradient(tangents.slope.data(), tangents.bias_sums.data(), base.groups(), product, add);
}

void TangentPass::backward_layer(const Pass& base, std::size_t l, const float* weights, const float* vector) {
  const LayerPlan& layer = plan_->layers[l];
  const LayerPlan& before = plan_->layers[l - 1];
  const auto product = [&](std::int64_t h, std::int64_t stride) {
    layer.backward_row(weights, layers_[l].slope.data(), h, base.groups(), rows_.data(), stride);
    if (bends_) layer.backward_row(vector, base.slopes(l), h, base.groups(), rows_.data(), stride, true);
  };
  layers_[l - 1].bias_sums.clear();
  if (layer.convolution()) {
    const std::int64_t width = layer.input().shape.width * kLanes;
    for (std::int64_t h = 0; h < before.result_rows(); ++h) {
      product(h, width);
      absorb_row(base, l - 1, h, rows_.data(), width);
    }
    return;
  }
  product(0, plan_->examples);
  const Planes& planes = layer.input();
  for (std::int64_t h = 0; h < before.result_rows(); ++h)
    absorb_row(base, l - 1, h, rows_.data() + planes.at(0, h), planes.channel);
}

void TangentPass::absorb_row(const Pass& base, std::size_t l, std::int64_t h, float* slopes,
                             std::int64_t stride) {
  const LayerPlan& layer = plan_->layers[l];
  const Planes& next = plan_->layers[l + 1].input();
  const Planes& planes = layer.values();
  const std::int64_t size = layer.result_size(base.groups());
  LayerTangents& tangents = layers_[l];
  for (std::int64_t c = 0; c < planes.shape.channels; ++c) {
    float* slope = slopes + c * stride;
    const std::int64_t at = next.at(c, h);
    if (layer.layer().activated)
      multiply_by_derivative(plan_->architecture.activation, base.x(l + 1) + at, 1.0f, slope, size);
    if (bends_ && tangents.bend.size() > 0) add_elements(tangents.bend.data() + at, slope, size);
    if (layer.layer().pooled) {
      float* top = tangents.slope.data() + planes.at(c, 2 * h);
      unpool_row(slope, base.winner(l, c, h), next.shape.width, top, top + planes.row,
                 tangents.bias_sums.data() + c * kLanes);
    } else {
      std::copy(slope, slope + size, tangents.slope.data() + planes.at(c, h));
    }
  }
}

}  // namespace nwedge::network
