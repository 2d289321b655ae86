#include "nwedge/network/engine/tangent_pass.hpp"

#include <algorithm>

namespace nwedge::network {
namespace {

/// tangent[k, n] <- slopes[k, n] factor sum_j slopes[j, n] tangent[j, n], the sum in double.
void weigh_slopes(const float* slopes, std::int64_t outputs, std::int64_t stride, double factor,
                  float* tangent) {
  std::vector<double> sums(static_cast<std::size_t>(stride));
  const auto lane = [&](std::int64_t k, std::int64_t n) { return k * stride + n; };
  for (std::int64_t k = 0; k < outputs; ++k)
    for (std::int64_t n = 0; n < stride; ++n)
      sums[static_cast<std::size_t>(n)] +=
          static_cast<double>(slopes[lane(k, n)]) * static_cast<double>(tangent[lane(k, n)]);
  for (std::int64_t k = 0; k < outputs; ++k)
    for (std::int64_t n = 0; n < stride; ++n)
      tangent[lane(k, n)] =
          static_cast<float>(slopes[lane(k, n)] * (factor * sums[static_cast<std::size_t>(n)]));
}

}  // namespace

TangentPass::TangentPass(std::shared_ptr<const Plan> plan)
    : plan_(std::move(plan)),
      values_(plan_->values_size),
      slopes_(plan_->slopes_size),
      scratch_(plan_->scratch_floats),
      kept_((plan_->kept_dot_bytes + 3) / 4),
      views_(views_of(*plan_, values_.data(), slopes_.data(), true)) {}

NodePass TangentPass::node_pass(const Pass& base, std::size_t s, const Point& point) const {
  NodePass pass = base.node_pass(s, point);
  pass.x_dot = views_[s].x;
  pass.y_dot = views_[s].y;
  pass.dx_dot = views_[s].dx;
  pass.dy_dot = views_[s].dy;
  pass.scratch = const_cast<float*>(scratch_.data());
  return pass;
}

void TangentPass::clear_slopes(const Step& step) {
  for (const ValueId root : step.clear_first) {
    const Placement& place = plan_->slopes[static_cast<std::size_t>(root)];
    std::fill_n(slopes_.data() + place.offset, place.layout.size, 0.0f);
  }
}

void TangentPass::multiply(const Pass& base, const Point& point, const Loss& loss, const float* vector,
                           double scale, CurvatureMatrix matrix, float* product, bool add) {
  const bool bends = matrix == CurvatureMatrix::hessian;
  for (std::size_t s = 0; s < plan_->steps.size(); ++s) {
    const Step& step = plan_->steps[s];
    if (!step.learns || step.alias) continue;
    NodePass pass = node_pass(base, s, point);
    pass.vector = vector;
    if (bends && step.kept_dot >= 0)
      pass.kept_dot = reinterpret_cast<std::byte*>(kept_.data()) + step.kept_dot;
    step.op->tangent(pass);
  }
  const auto output = static_cast<std::size_t>(plan_->graph->output);
  const std::int64_t outputs = plan_->graph->outputs();
  float* slopes = slopes_.data() + plan_->slopes[output].offset;
  std::copy_n(values_.data() + plan_->values[output].offset, outputs * plan_->examples, slopes);
  if (matrix == CurvatureMatrix::empirical_fisher)
    weigh_slopes(base.output_slopes(), outputs, plan_->examples, 1 / scale, slopes);
  else
    loss.tangent(base.output_slopes(), base.loss_kept(), slopes, plan_->examples, base.targets(), scale);
  for (std::size_t s = plan_->steps.size(); s-- > 0;) {
    const Step& step = plan_->steps[s];
    if (!step.learns) continue;
    clear_slopes(step);
    if (step.slope_alias) continue;
    NodePass pass = node_pass(base, s, point);
    pass.vector = vector;
    pass.gradient = product;
    pass.add_gradient = add;
    if (step.kept_dot >= 0) pass.kept_dot = reinterpret_cast<std::byte*>(kept_.data()) + step.kept_dot;
    if (bends) {
      step.op->tangent_backward(pass);
      continue;
    }
    pass.dy = pass.dy_dot;
    pass.dx = pass.dx_dot;
    step.op->backward(pass);
  }
}

}  // namespace nwedge::network
