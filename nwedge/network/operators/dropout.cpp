#include <algorithm>

#include "nwedge/core/random.hpp"
#include "nwedge/network/kernels/elementwise.hpp"
#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/vectorised.hpp"

namespace nwedge::network {
namespace {

/// y = m x, in training batches: each entry of each example has m = 0 with probability `rate`, else
/// 1 / (1 - rate). The masks are named by the minibatch, the micro-batch and the tensor's place in it. In all
/// other passes y is x.
class Dropout : public Operator {
 public:
  Dropout(const NodeShapes& node, double rate)
      : Operator(node.inputs[0]), rate_(rate), number_(node.node.output) {}

  bool random() const override { return true; }
  bool wide() const override { return true; }
  void tie(const NodeAxes& axes) const override { axes.broadcast(); }
  std::int64_t kept_bytes(std::int64_t lanes) const override { return size_of(shape()) * lanes * 4; }
  std::int64_t scratch_floats(std::int64_t lanes) const override { return size_of(shape()) * lanes; }
  /// Without masks y is x.
  std::optional<Layout> view(const Layout& x) const override { return x; }

  void forward(const NodePass& pass) const override {
    if (pass.masks != nullptr) draw(pass);
    apply(pass, pass.x[0], pass.y, false);
  }
  void backward(const NodePass& pass) const override {
    if (pass.dx[0]) apply(pass, pass.dy, pass.dx[0], pass.add[0] != 0);
  }
  void tangent(const NodePass& pass) const override { apply(pass, pass.x_dot[0], pass.y_dot, false); }
  void tangent_backward(const NodePass& pass) const override {
    if (pass.dx_dot[0]) apply(pass, pass.dy_dot, pass.dx_dot[0], pass.add[0] != 0);
  }

 private:
  void draw(const NodePass& pass) const {
    const std::int64_t count = size_of(shape()) * pass.y.layout->lanes;
    auto* mask = reinterpret_cast<float*>(pass.kept);
    const auto threshold = static_cast<std::uint32_t>(rate_ * 0x1p32);
    const auto kept = static_cast<float>(1 / (1 - rate_));
    RandomStream stream(derive_seed(pass.masks->seed, "dropout", pass.masks->step), "mask",
                        (pass.masks->micro_batch << 20) + static_cast<std::uint64_t>(number_));
    for (std::int64_t n = 0; n < count; ++n) mask[n] = stream.bits() < threshold ? 0.0f : kept;
  }
  void apply(const NodePass& pass, const View& from, const View& to, bool add) const {
    const Runs runs(shape(), {from.layout->strides, to.layout->strides}, from.layout->lanes);
    const float* mask = pass.masks == nullptr ? nullptr : reinterpret_cast<const float*>(pass.kept);
    runs.for_each([&](const auto& at) {
      float* target = add ? pass.scratch : to.begin() + at[1];
      if (target != from.begin() + at[0]) std::copy_n(from.begin() + at[0], runs.length(), target);
      if (mask != nullptr) multiply_elements(mask, target, runs.length());
      if (add) add_elements(target, to.begin() + at[1], runs.length());
      if (mask != nullptr) mask += runs.length();
    });
  }

  double rate_;
  std::int32_t number_;
};

}  // namespace

std::unique_ptr<Operator> make_dropout(const NodeShapes& node) {
  node.expect(1);
  const double rate = node.node.attributes.number("rate", 0.5);
  node.require(rate >= 0 && rate < 1, "the rate must be at least 0 and less than 1");
  return make_vectorised<Dropout>(node, rate);
}

}  // namespace nwedge::network
