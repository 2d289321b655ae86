#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/spread.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/vectorised.hpp"

namespace nwedge::network {
namespace {

/// y = f(a + b), broadcast as NumPy does; f is what follows, if it was taken over, else nothing.
class Add : public Operator {
 public:
  using Operator::Operator;
  bool wide() const override { return true; }
  void tie(const NodeAxes& axes) const override { axes.broadcast(); }
  bool keeps_output() const override { return function_ != nullptr; }
  bool take(const std::shared_ptr<const ElementFunction>& function) override {
    function_ = function;
    return true;
  }

  void forward(const NodePass& pass) const override {
    const Runs runs(shape(),
                    {broadcast_strides(*pass.x[0].layout, shape()),
                     broadcast_strides(*pass.x[1].layout, shape()), pass.y.layout->strides},
                    pass.y.layout->lanes);
    runs.for_each([&](const auto& at) {
      const float* a = pass.x[0].begin() + at[0];
      const float* b = pass.x[1].begin() + at[1];
      float* y = pass.y.begin() + at[2];
      for (std::int64_t begin = 0; begin < runs.length(); begin += kNear) {
        const std::int64_t end = std::min(begin + kNear, runs.length());
        for (std::int64_t n = begin; n < end; ++n) y[n] = a[n] + b[n];
        if (function_ != nullptr) function_->apply(y + begin, y + begin, end - begin);
      }
    });
  }
  void backward(const NodePass& pass) const override { pull_back(pass, pass.dy, pass.dx); }
  void tangent(const NodePass& pass) const override {
    bool add = false;
    for (std::size_t i : {0, 1}) {
      if (!pass.x_dot[i]) continue;
      spread(
          pass.y_dot, add, shape(), [](float dot) { return dot; }, pass.x_dot[i]);
      add = true;
    }
    chain(pass, pass.y_dot);
  }
  void tangent_backward(const NodePass& pass) const override { pull_back(pass, pass.dy_dot, pass.dx_dot); }

 private:
  static constexpr std::int64_t kNear = 2048;  // floats that stay in the first-level cache

  void chain(const NodePass& pass, const View& slopes) const {
    if (function_ == nullptr) return;
    const Runs runs(shape(), {pass.y.layout->strides, slopes.layout->strides}, pass.y.layout->lanes);
    runs.for_each([&](const auto& at) {
      function_->chain(pass.y.begin() + at[0], slopes.begin() + at[1], runs.length());
    });
  }
  void pull_back(const NodePass& pass, const View& dy, std::span<const View> dx) const {
    chain(pass, dy);
    for (std::size_t i : {0, 1})
      if (dx[i])
        spread(
            dx[i], pass.add[i] != 0, shape(), [](float slope) { return slope; }, dy);
  }

  std::shared_ptr<const ElementFunction> function_;  // null: none
};

}  // namespace

std::unique_ptr<Operator> make_add(const NodeShapes& node) {
  return make_vectorised<Add>(broadcast_shape(node));
}

}  // namespace nwedge::network
