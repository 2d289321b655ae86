#include "nwedge/network/pass.hpp"

#include <algorithm>
#include <stdexcept>

#include "nwedge/core/random.hpp"

namespace nwedge::network {
namespace {

constexpr std::int64_t kAhead = 2;  // images that are on their way from memory while another is copied

void prefetch(const float* values, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i += kLanes) __builtin_prefetch(values + i);
}

}  // namespace

Pass::Pass(std::shared_ptr<const Plan> plan)
    : plan_(std::move(plan)),
      layers_(plan_->layers.size()),
      labels_(static_cast<std::size_t>(plan_->examples)),
      images_(plan_->layers.front().convolution() ? plan_->examples * plan_->architecture.input.size() : 0),
      rows_(plan_->rows_size) {
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const LayerPlan& layer = plan_->layers[l];
    layers_[l].x = LaneArray(layer.input().size());
    if (!layer.convolution()) layers_[l].transposed = LaneArray(plan_->examples * layer.transposed_stride());
  }
  layers_.back().slope = LaneArray(plan_->layers.back().values().size());
}

void Pass::prepare_backward() {
  for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
    if (layers_[l].slope.size() > 0) return;
    const LayerPlan& layer = plan_->layers[l];
    layers_[l].slope = LaneArray(layer.values().size());
    if (!layer.layer().pooled) continue;
    layers_[l].winner.resize(static_cast<std::size_t>(layer.layer().result().size() * kLanes));
    layers_[l].bias_sums = LaneArray(layer.values().shape.channels * kLanes);
  }
}

void Pass::load(const Examples& examples, std::span<const std::int64_t> indices) {
  examples_ = static_cast<std::int64_t>(indices.size());
  if (examples_ > plan_->examples)
    throw std::logic_error("Pass::load: more examples than a micro-batch holds");
  groups_ = (examples_ + kLanes - 1) / kLanes;
  masked_ = false;
  const LayerPlan& first = plan_->layers.front();
  const std::int64_t pixels = plan_->architecture.input.size();
  const float* images = examples.images.data();
  float* rows = first.convolution() ? images_.data() : layers_[0].transposed.data();
  const std::int64_t stride = first.convolution() ? pixels : first.transposed_stride();
  for (std::int64_t n = 0; n < groups_ * kLanes; ++n) {
    float* row = rows + n * stride;
    if (n >= examples_) {
      std::fill(row, row + pixels, 0.0f);
      continue;
    }
    if (n + kAhead < examples_)
      prefetch(images + indices[static_cast<std::size_t>(n + kAhead)] * pixels, pixels);
    const std::int64_t index = indices[static_cast<std::size_t>(n)];
    const float* image = images + index * pixels;
    std::copy(image, image + pixels, row);
    labels_[static_cast<std::size_t>(n)] = examples.labels[static_cast<std::size_t>(index)];
  }
  float* x = layers_[0].x.data();
  const Planes& planes = first.input();
  if (!first.convolution()) return transpose(rows, stride, groups_ * kLanes, pixels, x, plan_->examples);
  for (std::int64_t c = 0; c < planes.shape.channels; ++c)
    for (std::int64_t h = 0; h < planes.shape.height; ++h)
      transpose(rows + (c * planes.shape.height + h) * planes.shape.width, stride, kLanes, planes.shape.width,
                x + planes.origin + c * planes.channel + h * planes.row, kLanes);
}

void Pass::draw_masks(const DropoutName& name, std::uint64_t micro_batch) {
  const double dropout = plan_->architecture.dropout;
  masked_ = dropout > 0;
  if (!masked_) return;
  const auto threshold = static_cast<std::uint32_t>(dropout * 0x1p32);
  const auto kept = static_cast<float>(1 / (1 - dropout));
  for (std::size_t l = 1; l < layers_.size(); ++l) {
    const LayerPlan& layer = plan_->layers[l];
    if (!layer.layer().dropped) continue;
    if (layers_[l].mask.size() == 0) layers_[l].mask = LaneArray(layer.input().size());
    RandomStream stream(derive_seed(name.seed, "dropout", name.step), "mask",
                        micro_batch * layers_.size() + l);
    float* mask = layers_[l].mask.data();
    for (std::int64_t n = 0; n < layer.input().size(); ++n) mask[n] = stream.bits() < threshold ? 0.0f : kept;
  }
}

void Pass::forward(const float* weights, bool with_winners) {
  if (with_winners) prepare_backward();
  for (std::size_t l = 0; l < layers_.size(); ++l) forward_layer(l, weights, with_winners);
}

void Pass::first_rows(const float* weights, float* rows) const {
  const LayerPlan& layer = plan_->layers.front();
  const std::int64_t width = layer.row_size(groups_);
  for (std::int64_t h = 0; h < layer.rows(); ++h)
    layer.forward_row(weights, weights, layers_[0].x.data(), h, groups_,
                      rows + h * layer.values().shape.channels * width, width);
}

void Pass::forward_from_affine(const float* weights, const float* rows, std::span<const float> coordinates) {
  const LayerPlan& layer = plan_->layers.front();
  const std::int64_t width = layer.row_size(groups_);
  const std::int64_t channels = layer.values().shape.channels;
  const auto source = [&](std::int64_t h, float* result, std::int64_t stride) {
    for (std::int64_t o = 0; o < channels; ++o)
      combine(rows + (h * channels + o) * width, plan_->first_rows_size(), coordinates, width,
              result + o * stride);
  };
  forward_rows(0, source, false);
  for (std::size_t l = 1; l < layers_.size(); ++l) forward_layer(l, weights, false);
}

void Pass::forward_layer(std::size_t l, const float* weights, bool with_winners) {
  const auto source = [&](std::int64_t h, float* result, std::int64_t stride) {
    plan_->layers[l].forward_row(weights, weights, layers_[l].x.data(), h, groups_, result, stride);
  };
  forward_rows(l, source, with_winners);
}

void Pass::forward_rows(std::size_t l, const RowSource& source, bool with_winners) {
  const LayerPlan& layer = plan_->layers[l];
  if (l + 1 == layers_.size()) return source(0, layers_[l].slope.data(), layer.values().channel);
  const Planes& next = plan_->layers[l + 1].input();
  float* y = layers_[l + 1].x.data();
  const std::int64_t width = layer.row_size(groups_);
  for (std::int64_t h = 0; h < layer.result_rows(); ++h) {
    if (layer.layer().pooled) {
      float* top = rows_.data();
      float* bottom = top + layer.values().shape.channels * width;
      source(2 * h, top, width);
      source(2 * h + 1, bottom, width);
      for (std::int64_t c = 0; c < layer.values().shape.channels; ++c)
        pool_row(top + c * width, bottom + c * width, next.shape.width, y + next.at(c, h),
                 with_winners ? layers_[l].winner.data() + winner_at(l, c, h) : nullptr);
    } else {
      source(h, y + next.at(0, h), next.channel);
    }
    finish_row(l, h);
  }
}

void Pass::finish_row(std::size_t l, std::int64_t h) {
  const LayerPlan& layer = plan_->layers[l];
  const Planes& next = plan_->layers[l + 1].input();
  const std::int64_t size = layer.result_size(groups_);
  for (std::int64_t c = 0; c < layer.values().shape.channels; ++c) {
    float* y = layers_[l + 1].x.data() + next.at(c, h);
    if (layer.layer().activated) activate(plan_->architecture.activation, y, size);
    if (masked(l + 1)) multiply_elements(layers_[l + 1].mask.data() + next.at(c, h), y, size);
  }
}

Tally Pass::tally() const {
  return cross_entropy(layers_.back().slope.data(), plan_->examples, plan_->architecture.classes,
                       labels_.data(), examples_);
}

void Pass::copy_logits(float* result) const {
  const float* logits = layers_.back().slope.data();
  for (std::int64_t begin = 0; begin < examples_; begin += kLanes)
    for (std::int64_t c = 0; c < plan_->architecture.classes; ++c, result += kLanes)
      std::copy_n(logits + c * plan_->examples + begin, kLanes, result);
}

void Pass::probabilities(float* result) const {
  softmax(layers_.back().slope.data(), plan_->examples, plan_->architecture.classes, examples_, result);
}

Tally Pass::logits_to_slopes(double scale) {
  return cross_entropy_slope(layers_.back().slope.data(), plan_->examples, plan_->architecture.classes,
                             labels_.data(), examples_, scale);
}

void Pass::backward(const float* weights, float* gradient, bool add) {
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const LayerPlan& layer = plan_->layers[l];
    LayerValues& values = layers_[l];
    transpose_input(l);
    if (gradient != nullptr) {
      layer.weight_gradient(values.x.data(), values.transposed.data(), values.slope.data(), examples_,
                            gradient, add);
      layer.bias_gradient(values.slope.data(), values.bias_sums.data(), groups_, gradient, add);
    }
    if (l > 0) backward_layer(l, weights);
  }
}

void Pass::transpose_input(std::size_t l) {
  const LayerPlan& layer = plan_->layers[l];
  if (layer.convolution() || l == 0) return;
  transpose(layers_[l].x.data(), plan_->examples, layer.inputs(), groups_ * kLanes,
            layers_[l].transposed.data(), layer.transposed_stride());
}

void Pass::backward_layer(std::size_t l, const float* weights) {
  const LayerPlan& layer = plan_->layers[l];
  const LayerPlan& before = plan_->layers[l - 1];
  LayerValues& values = layers_[l - 1];
  values.bias_sums.clear();
  if (layer.convolution()) {
    const std::int64_t width = layer.input().shape.width * kLanes;
    for (std::int64_t h = 0; h < before.result_rows(); ++h) {
      layer.backward_row(weights, layers_[l].slope.data(), h, groups_, rows_.data(), width);
      absorb_row(l - 1, h, rows_.data(), width);
    }
    return;
  }
  layer.backward_row(weights, layers_[l].slope.data(), 0, groups_, rows_.data(), plan_->examples);
  const Planes& planes = layer.input();
  for (std::int64_t h = 0; h < before.result_rows(); ++h)
    absorb_row(l - 1, h, rows_.data() + planes.at(0, h), planes.channel);
}

void Pass::absorb_row(std::size_t l, std::int64_t h, float* slopes, std::int64_t stride) {
  const LayerPlan& layer = plan_->layers[l];
  const Planes& next = plan_->layers[l + 1].input();
  const Planes& planes = layer.values();
  const std::int64_t size = layer.result_size(groups_);
  const bool with_mask = masked(l + 1);
  const auto kept = static_cast<float>(with_mask ? 1 - plan_->architecture.dropout : 1.0);
  LayerValues& values = layers_[l];
  for (std::int64_t c = 0; c < planes.shape.channels; ++c) {
    float* slope = slopes + c * stride;
    if (with_mask) multiply_elements(layers_[l + 1].mask.data() + next.at(c, h), slope, size);
    if (layer.layer().activated)
      multiply_by_derivative(plan_->architecture.activation, layers_[l + 1].x.data() + next.at(c, h), kept,
                             slope, size);
    if (layer.layer().pooled) {
      float* top = values.slope.data() + planes.at(c, 2 * h);
      unpool_row(slope, winner(l, c, h), next.shape.width, top, top + planes.row,
                 values.bias_sums.data() + c * kLanes);
    } else {
      std::copy(slope, slope + size, values.slope.data() + planes.at(c, h));
    }
  }
}

}  // namespace nwedge::network
