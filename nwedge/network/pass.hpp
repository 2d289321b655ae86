#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "nwedge/network/cross_entropy.hpp"
#include "nwedge/network/data/data_set.hpp"
#include "nwedge/network/plan.hpp"

namespace nwedge::network {

/// Names the dropout masks of one minibatch.
struct DropoutName {
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
};

/// The forward and backward pass of one micro-batch: its values at every layer, made once and used again. For
/// one thread at a time.
///
///   x_0 = images, z_l = W_l x_l + b_l, x_{l+1} = mask pool(activation(z_l)), logits = z_last
///
/// activation(pool(z)) is computed, which is the same because activations rise. Slopes are derivatives of the
/// loss.
class Pass {
 public:
  explicit Pass(std::shared_ptr<const Plan> plan);

  /// Takes the images and labels of up to `plan.examples` examples; without dropout.
  void load(const Examples& examples, std::span<const std::int64_t> indices);
  /// Draws the masks of micro-batch `micro_batch` for the passes over these examples.
  void draw_masks(const DropoutName& name, std::uint64_t micro_batch);

  /// x_1, …, logits at the flat vector of weights. `with_winners`: keeps what `backward` needs.
  void forward(const float* weights, bool with_winners);
  /// The first layer's z of the loaded images at the weights: [row, channel, lane], `plan.first_rows_size`
  /// floats.
  void first_rows(const float* weights, float* rows) const;
  /// `forward` where the first layer's z is rows_0 + sum_j coordinates[j] rows_{j + 1}, for `rows` as
  /// `first_rows` makes them, one after the other. Of `weights` only the later layers' are read.
  void forward_from_affine(const float* weights, const float* rows, std::span<const float> coordinates);
  /// Loss and hits of the logits.
  Tally tally() const;
  /// The logits as [groups, classes, 16]: groups of sixteen examples, the lanes behind the last one
  /// undefined.
  void copy_logits(float* result) const;
  /// Softmax of the logits, [examples, classes].
  void probabilities(float* result) const;
  /// The same; the logits become `scale` times their slope.
  Tally logits_to_slopes(double scale);
  /// The slopes of all z. Where `gradient` is not null, also their products with x: the flat gradient of this
  /// micro-batch, added onto it if `add`, else replacing it. After `logits_to_slopes`.
  void backward(const float* weights, float* gradient, bool add);

  /// What the passes left, for their derivatives.
  std::int64_t examples() const { return examples_; }
  std::int64_t groups() const { return groups_; }
  const std::int32_t* labels() const { return labels_.data(); }
  const float* x(std::size_t l) const { return layers_[l].x.data(); }
  const float* transposed(std::size_t l) const { return layers_[l].transposed.data(); }
  const float* slopes(std::size_t l) const { return layers_[l].slope.data(); }  ///< of z
  const std::uint8_t* winner(std::size_t l, std::int64_t c, std::int64_t h) const {
    return layers_[l].winner.data() + winner_at(l, c, h);
  }

 private:
  struct LayerValues {
    LaneArray x;
    LaneArray transposed;              // x [example, feature] of a linear layer
    LaneArray slope;                   // of z; of the last layer: logits at first
    LaneArray mask;                    // of x, 0 or 1 / (1 - dropout)
    std::vector<std::uint8_t> winner;  // [channel, row, column, lane] of a pooled result
    LaneArray bias_sums;               // [channel, 16]: sums of the slopes of a pooled layer's z
  };

  /// Row h of z for all channels, channel o at result + o stride.
  using RowSource = std::function<void(std::int64_t h, float* result, std::int64_t stride)>;
  void forward_layer(std::size_t l, const float* weights, bool with_winners);
  void forward_rows(std::size_t l, const RowSource& source, bool with_winners);
  void finish_row(std::size_t l, std::int64_t h);
  void backward_layer(std::size_t l, const float* weights);
  void absorb_row(std::size_t l, std::int64_t h, float* slopes, std::int64_t stride);
  void transpose_input(std::size_t l);
  void prepare_backward();
  std::int64_t winner_at(std::size_t l, std::int64_t c, std::int64_t h) const {
    const ImageShape result = plan_->layers[l].layer().result();
    return (c * result.height + h) * result.width * kLanes;
  }
  bool masked(std::size_t l) const { return masked_ && layers_[l].mask.size() > 0; }

  std::shared_ptr<const Plan> plan_;
  std::vector<LayerValues> layers_;
  std::vector<std::int32_t> labels_;
  LaneArray images_;  // [example, pixel] of a convolutional network
  LaneArray rows_;    // rows of z or dx between a product and what follows it
  std::int64_t examples_ = 0;
  std::int64_t groups_ = 0;
  bool masked_ = false;
};

}  // namespace nwedge::network
