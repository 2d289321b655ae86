#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "nwedge/network/data/augmentation.hpp"
#include "nwedge/network/data/data_set.hpp"
#include "nwedge/network/engine/plan.hpp"
#include "nwedge/network/kernels/lanes.hpp"
#include "nwedge/network/losses/loss.hpp"

namespace nwedge::network {

/// The views of one step in one pass.
struct StepViews {
  std::vector<View> x;
  View y;
  std::vector<View> dx;
  View dy;
};

/// The views of all steps of a plan, for values that begin at `values` and slopes that begin at `slopes`
/// (null: none). Of a value that no weights come before, `only_learnt` leaves the view out.
std::vector<StepViews> views_of(const Plan& plan, float* values, float* slopes, bool only_learnt);

/// Where a pass is run. Statistics of normalisations over the batch are those in `buffers`, or, of a step
/// whose `sums` are there, those of the minibatch that this micro-batch belongs to.
struct Point {
  const float* weights = nullptr;  ///< [D]
  const float* buffers = nullptr;
  struct Sums {
    const double* forward = nullptr;
    const double* backward = nullptr;
  };
  std::span<const Sums> sums = {};  ///< of each step; empty: none
  std::int64_t total_examples = 0;  ///< of the minibatch
};

/// The forward and backward pass of one micro-batch: its values at every step, made once and used again. For
/// one thread at a time. Slopes are derivatives of the loss.
class Pass {
 public:
  explicit Pass(std::shared_ptr<const Plan> plan);

  /// Takes the inputs and labels of up to `plan.examples` examples, without dropout, and runs the steps that
  /// no weights come before.
  void load(const Examples& examples, std::span<const std::int64_t> indices);
  /// The same for training: inputs are changed, and dropout's masks are drawn, by that name.
  void load_for_training(const Examples& examples, std::span<const std::int64_t> indices,
                         const Augmentation& augmentation, const MaskName& name);

  /// All values at a point, by steps: [begin, end) of the plan, those that depend on weights.
  void forward(const Point& point) { forward(point, 0, steps()); }
  void forward(const Point& point, std::size_t begin, std::size_t end);
  /// `plan.first_product()`'s z of the loaded examples at the weights, as `Layer::make_rows` lays it out.
  void first_rows(const Point& point, float* rows);
  /// `forward` where the first product's z is rows_0 + sum_j coordinates[j] rows_{j + 1}, for `rows` as
  /// `first_rows` makes them, one after the other. The weights of that product are not read.
  void forward_from_affine(const Point& point, const float* rows, std::span<const float> coordinates);
  /// Loss and hits of the outputs.
  Tally tally(const Loss& loss) const;
  /// The outputs as [groups, outputs, 16]: groups of sixteen examples, the lanes behind the last one
  /// undefined.
  void copy_outputs(float* result) const;
  /// Softmax of the outputs, [examples, outputs].
  void probabilities(float* result) const;
  /// The loss, and `scale` times its slope in the outputs, from which `backward` goes.
  Tally start_backward(const Loss& loss, double scale);
  /// The slopes of all values. Where `gradient` is not null, also those of the weights: added onto it if
  /// `add`, else replacing it.
  void backward(const Point& point, float* gradient, bool add) { backward(point, gradient, add, 0, steps()); }
  void backward(const Point& point, float* gradient, bool add, std::size_t begin, std::size_t end);

  /// What the passes left, for their derivatives.
  std::int64_t examples() const { return examples_; }
  std::int64_t groups() const { return groups_; }
  Targets targets() const {
    return {values_wanted_ ? nullptr : labels_.data(), values_wanted_ ? target_values_.data() : nullptr,
            examples_};
  }
  const float* output_slopes() const { return output_slopes_.data(); }  ///< as `start_backward` made them
  const float* loss_kept() const { return loss_kept_.data(); }          ///< and what the loss kept
  /// Step s of a pass with this one's values, slopes and kept memory.
  NodePass node_pass(std::size_t s, const Point& point) const;

 private:
  std::size_t steps() const { return plan_->steps.size(); }
  void run(const Point& point, std::size_t s, const AffineRows* affine);
  float* output() const { return const_cast<float*>(values_.data()) + plan_->values[output_].offset; }
  void take_examples(const Examples& examples, std::span<const std::int64_t> indices,
                     const Augmentation* augmentation);
  void take_target(const Examples& examples, std::int64_t n, std::int64_t index);

  std::shared_ptr<const Plan> plan_;
  std::size_t output_;
  LaneArray values_;
  LaneArray slopes_;
  LaneArray output_slopes_;
  LaneArray loss_kept_;
  LaneArray scratch_;
  LaneArray kept_;
  LaneArray rows_;  // [example, entry of the input]
  std::vector<StepViews> views_;
  std::vector<const float*> transposed_;  // of each step, where its input is the network's
  std::vector<std::int32_t> labels_;
  std::vector<float> target_values_;  // [example, output]
  bool values_wanted_ = false;        // whether targets are values, not labels
  MaskName masks_;
  bool masked_ = false;
  std::int64_t examples_ = 0;
  std::int64_t groups_ = 0;
};

}  // namespace nwedge::network
