#include "nwedge/network/engine/pass.hpp"

#include <algorithm>
#include <stdexcept>

#include "nwedge/network/kernels/transpose.hpp"
#include "nwedge/network/losses/cross_entropy.hpp"

namespace nwedge::network {
namespace {

constexpr std::int64_t kAhead = 2;  // examples that are on their way from memory while another is copied

/// Inlined: GCC 12 takes a function that only prefetches for one that does nothing.
[[gnu::always_inline]] inline void prefetch(const float* values, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i += kLanes) __builtin_prefetch(values + i);
}

}  // namespace

std::vector<StepViews> views_of(const Plan& plan, float* values, float* slopes, bool only_learnt) {
  std::vector<bool> learnt(plan.values.size(), false);
  for (const Step& step : plan.steps) learnt[static_cast<std::size_t>(step.output)] = step.learns;
  const auto view = [&](const std::vector<Placement>& places, float* memory, ValueId value, bool wanted) {
    const Placement& place = places[static_cast<std::size_t>(value)];
    return memory != nullptr && place.there && wanted ? View{memory + place.offset, &place.layout} : View{};
  };
  std::vector<StepViews> views;
  for (const Step& step : plan.steps) {
    StepViews& one = views.emplace_back();
    const auto wanted = [&](ValueId value) {
      return !only_learnt || learnt[static_cast<std::size_t>(value)];
    };
    for (const ValueId input : step.inputs) {
      one.x.push_back(view(plan.values, values, input, wanted(input)));
      one.dx.push_back(view(plan.slopes, slopes, input, true));
    }
    one.y = view(plan.values, values, step.output, wanted(step.output));
    one.dy = view(plan.slopes, slopes, step.output, true);
  }
  return views;
}

Pass::Pass(std::shared_ptr<const Plan> plan)
    : plan_(std::move(plan)),
      output_(static_cast<std::size_t>(plan_->graph->output)),
      values_(plan_->values_size),
      slopes_(plan_->slopes_size),
      scratch_(plan_->scratch_floats),
      kept_((plan_->kept_bytes + 3) / 4),
      rows_(plan_->examples * whole_lines(size_of(plan_->graph->input_shape()))),
      views_(views_of(*plan_, values_.data(), slopes_.size() > 0 ? slopes_.data() : nullptr, false)),
      transposed_(plan_->steps.size(), nullptr),
      labels_(static_cast<std::size_t>(plan_->examples)) {
  for (std::size_t s = 0; s < plan_->steps.size(); ++s) {
    if (plan_->steps[s].inputs.empty()) continue;
    const Placement& x = plan_->values[static_cast<std::size_t>(plan_->steps[s].inputs[0])];
    if (x.root == 0 && x.layout.rank() == 1 && x.layout.contiguous() &&
        size_of(x.layout.shape) == size_of(plan_->graph->input_shape()))
      transposed_[s] = rows_.data();
  }
}

void Pass::take_target(const Examples& examples, std::int64_t n, std::int64_t index) {
  if (values_wanted_)
    std::copy_n(examples.targets.begin() + index * examples.target_size, examples.target_size,
                target_values_.begin() + n * examples.target_size);
  else
    labels_[static_cast<std::size_t>(n)] = examples.labels[static_cast<std::size_t>(index)];
}

void Pass::load(const Examples& examples, std::span<const std::int64_t> indices) {
  masked_ = false;
  take_examples(examples, indices, nullptr);
}

void Pass::load_for_training(const Examples& examples, std::span<const std::int64_t> indices,
                             const Augmentation& augmentation, const MaskName& name) {
  masked_ = true;
  masks_ = name;
  take_examples(examples, indices, augmentation.any() ? &augmentation : nullptr);
}

void Pass::take_examples(const Examples& examples, std::span<const std::int64_t> indices,
                         const Augmentation* augmentation) {
  examples_ = static_cast<std::int64_t>(indices.size());
  if (examples_ > plan_->examples) throw std::logic_error("Pass: more examples than a micro-batch holds");
  groups_ = (examples_ + kLanes - 1) / kLanes;
  const Placement& input = plan_->values.front();
  const std::int64_t size = size_of(input.layout.shape);
  const std::int64_t stride = whole_lines(size);
  const float* images = examples.images.data();
  values_wanted_ = examples.target_size > 0;
  if (values_wanted_) target_values_.resize(static_cast<std::size_t>(plan_->examples * examples.target_size));
  for (std::int64_t n = 0; n < groups_ * kLanes; ++n) {
    float* row = rows_.data() + n * stride;
    if (n >= examples_) {  // the first example again: its derivatives are finite where all are
      std::copy_n(rows_.data(), size, row);
      continue;
    }
    if (n + kAhead < examples_) prefetch(images + indices[static_cast<std::size_t>(n + kAhead)] * size, size);
    const std::int64_t index = indices[static_cast<std::size_t>(n)];
    const std::span<const float> image(images + index * size, static_cast<std::size_t>(size));
    if (augmentation != nullptr) {
      const auto place =
          masks_.micro_batch * static_cast<std::uint64_t>(plan_->examples) + static_cast<std::uint64_t>(n);
      augment(image, *augmentation, {masks_.seed, masks_.step, place}, {row, image.size()});
    } else {
      std::copy(image.begin(), image.end(), row);
    }
    take_target(examples, n, index);
  }
  // A row of the input at a time; without a rim all of it is one.
  const std::int64_t lanes = plan_->examples;
  const Runs runs(input.layout.shape, {input.layout.strides}, lanes);
  const float* from = rows_.data();
  float* x = values_.data() + input.offset + input.layout.origin;
  runs.for_each([&](const auto& at) {
    transpose(from, stride, groups_ * kLanes, runs.length() / lanes, x + at[0], lanes);
    from += runs.length() / lanes;
  });
  for (std::size_t s = 0; s < steps(); ++s)
    if (!plan_->steps[s].learns) run({}, s, nullptr);
}

NodePass Pass::node_pass(std::size_t s, const Point& point) const {
  const StepViews& views = views_[s];
  NodePass pass;
  pass.x = views.x;
  pass.y = views.y;
  pass.dx = views.dx;
  pass.dy = views.dy;
  pass.add = plan_->steps[s].add;
  pass.scratch = const_cast<float*>(scratch_.data());
  pass.x_transposed = transposed_[s];
  pass.weights = point.weights;
  pass.buffers = point.buffers;
  pass.total_examples = point.total_examples;
  if (!point.sums.empty()) {
    pass.forward_sums = point.sums[s].forward;
    pass.backward_sums = point.sums[s].backward;
  }
  pass.groups = groups_;
  pass.examples = examples_;
  pass.masks = masked_ ? &masks_ : nullptr;
  if (plan_->steps[s].kept >= 0)
    pass.kept = reinterpret_cast<std::byte*>(const_cast<float*>(kept_.data())) + plan_->steps[s].kept;
  return pass;
}

void Pass::run(const Point& point, std::size_t s, const AffineRows* affine) {
  if (plan_->steps[s].alias) return;
  NodePass pass = node_pass(s, point);
  pass.affine = affine;
  plan_->steps[s].op->forward(pass);
}

void Pass::forward(const Point& point, std::size_t begin, std::size_t end) {
  for (std::size_t s = begin; s < end; ++s)
    if (plan_->steps[s].learns) run(point, s, nullptr);
}

void Pass::first_rows(const Point& point, float* rows) {
  plan_->first_product()->make_rows(node_pass(plan_->first_learning_step(), point), rows);
}

void Pass::forward_from_affine(const Point& point, const float* rows, std::span<const float> coordinates) {
  const AffineRows affine = {rows, plan_->first_product()->rows_floats(plan_->examples), coordinates};
  const std::size_t first = plan_->first_learning_step();
  run(point, first, &affine);
  forward(point, first + 1, steps());
}

Tally Pass::tally(const Loss& loss) const { return loss.tally(output(), plan_->examples, targets()); }

void Pass::copy_outputs(float* result) const {
  const std::int64_t outputs = plan_->graph->outputs();
  for (std::int64_t begin = 0; begin < examples_; begin += kLanes)
    for (std::int64_t c = 0; c < outputs; ++c, result += kLanes)
      std::copy_n(output() + c * plan_->examples + begin, kLanes, result);
}

void Pass::probabilities(float* result) const {
  softmax(output(), plan_->examples, plan_->graph->outputs(), examples_, result);
}

Tally Pass::start_backward(const Loss& loss, double scale) {
  const std::int64_t size = plan_->graph->outputs() * plan_->examples;
  float* slopes = slopes_.data() + plan_->slopes[output_].offset;
  std::copy_n(output(), size, slopes);
  if (plan_->purpose != Purpose::curvature)
    return loss.slopes(slopes, plan_->examples, targets(), scale, nullptr);
  if (loss_kept_.size() == 0) loss_kept_ = LaneArray(loss.kept_rows() * plan_->examples);
  const Tally tally = loss.slopes(slopes, plan_->examples, targets(), scale, loss_kept_.data());
  output_slopes_ = LaneArray(size);
  std::copy_n(slopes, size, output_slopes_.data());
  return tally;
}

void Pass::backward(const Point& point, float* gradient, bool add, std::size_t begin, std::size_t end) {
  for (std::size_t s = end; s-- > begin;) {
    const Step& step = plan_->steps[s];
    if (!step.learns) continue;
    for (const ValueId root : step.clear_first) {
      const Placement& place = plan_->slopes[static_cast<std::size_t>(root)];
      std::fill_n(slopes_.data() + place.offset, place.layout.size, 0.0f);
    }
    if (step.slope_alias) continue;
    NodePass pass = node_pass(s, point);
    pass.gradient = gradient;
    pass.add_gradient = add;
    step.op->backward(pass);
  }
}

}  // namespace nwedge::network
