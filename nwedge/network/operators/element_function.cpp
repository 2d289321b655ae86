#include "nwedge/network/operators/element_function.hpp"

#include <algorithm>
#include <utility>

#include "nwedge/network/kernels/elementwise.hpp"

namespace nwedge::network {
namespace {

Runs runs_of(const Shape& shape, std::initializer_list<const View*> views) {
  std::vector<std::vector<std::int64_t>> strides;
  for (const View* view : views) strides.push_back(view->layout->strides);
  return Runs(shape, std::move(strides), (*views.begin())->layout->lanes);
}

}  // namespace

ElementOperator::ElementOperator(const NodeShapes& node, std::shared_ptr<const ElementFunction> function)
    : Operator(node.inputs.empty() ? Shape{} : node.inputs[0]), function_(std::move(function)) {
  node.expect(1);
}

void ElementOperator::forward(const NodePass& pass) const {
  const View& x = pass.x[0];
  const Runs runs = runs_of(shape(), {&x, &pass.y});
  runs.for_each(
      [&](const auto& at) { function_->apply(x.begin() + at[0], pass.y.begin() + at[1], runs.length()); });
}

void ElementOperator::pull_back(const View& t, const View& dy, const View& dx, bool add,
                                float* scratch) const {
  const Runs runs = runs_of(shape(), {&t, &dy, &dx});
  runs.for_each([&](const auto& at) {
    float* target = dx.begin() + at[2];
    float* slope = add ? scratch : target;
    if (slope != dy.begin() + at[1]) std::copy_n(dy.begin() + at[1], runs.length(), slope);
    function_->chain(t.begin() + at[0], slope, runs.length());
    if (add) add_elements(slope, target, runs.length());
  });
}

void ElementOperator::backward(const NodePass& pass) const {
  if (pass.dx[0]) pull_back(known(pass), pass.dy, pass.dx[0], pass.add[0], pass.scratch);
}

void ElementOperator::tangent(const NodePass& pass) const {
  const View& t = known(pass);
  const Runs runs = runs_of(shape(), {&t, &pass.x_dot[0], &pass.y_dot});
  runs.for_each([&](const auto& at) {
    const float* from = pass.x_dot[0].begin() + at[1];
    float* to = pass.y_dot.begin() + at[2];
    if (to != from) std::copy_n(from, runs.length(), to);
    function_->chain(t.begin() + at[0], to, runs.length());
  });
}

void ElementOperator::tangent_backward(const NodePass& pass) const {
  const View& dx_dot = pass.dx_dot[0];
  if (!dx_dot) return;
  const View& t = known(pass);
  pull_back(t, pass.dy_dot, dx_dot, pass.add[0], pass.scratch);
  if (!function_->bends() || !pass.x_dot[0]) return;
  const Runs runs = runs_of(shape(), {&t, &pass.dy, &pass.x_dot[0], &dx_dot});
  runs.for_each([&](const auto& at) {
    function_->bend(t.begin() + at[0], pass.dy.begin() + at[1], pass.x_dot[0].begin() + at[2], pass.scratch,
                    runs.length());
    add_elements(pass.scratch, dx_dot.begin() + at[3], runs.length());
  });
}

}  // namespace nwedge::network
