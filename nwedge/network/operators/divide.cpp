#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/spread.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/vectorised.hpp"

namespace nwedge::network {
namespace {

/// y = a / b, broadcast as NumPy does. y. = a. / b - a b. / b^2; slopes dy / b and -dy a / b^2.
class Divide : public Operator {
 public:
  using Operator::Operator;
  bool wide() const override { return true; }
  void tie(const NodeAxes& axes) const override { axes.broadcast(); }
  bool keeps_input(std::size_t) const override { return true; }

  void forward(const NodePass& pass) const override {
    spread(
        pass.y, false, shape(), [](float a, float b) { return a / b; }, pass.x[0], pass.x[1]);
  }
  void backward(const NodePass& pass) const override { pull_back(pass, pass.dy, pass.dx); }
  void tangent(const NodePass& pass) const override {
    const View& a = pass.x[0];
    const View& b = pass.x[1];
    if (pass.x_dot[0])
      spread(
          pass.y_dot, false, shape(), [](float dot, float under) { return dot / under; }, pass.x_dot[0], b);
    if (pass.x_dot[1])
      spread(
          pass.y_dot, static_cast<bool>(pass.x_dot[0]), shape(),
          [](float over, float under, float dot) { return -over * dot / (under * under); }, a, b,
          pass.x_dot[1]);
  }
  void tangent_backward(const NodePass& pass) const override {
    pull_back(pass, pass.dy_dot, pass.dx_dot);
    const View& a = pass.x[0];
    const View& b = pass.x[1];
    const View& a_dot = pass.x_dot[0];
    const View& b_dot = pass.x_dot[1];
    if (pass.dx_dot[0] && b_dot)
      spread(
          pass.dx_dot[0], true, shape(),
          [](float slope, float under, float dot) { return -slope * dot / (under * under); }, pass.dy, b,
          b_dot);
    if (!pass.dx_dot[1]) return;
    if (a_dot)
      spread(
          pass.dx_dot[1], true, shape(),
          [](float slope, float dot, float under) { return -slope * dot / (under * under); }, pass.dy, a_dot,
          b);
    if (b_dot) {
      // 2 dy a b. / b^3, of which the runs take three factors at a time.
      spread(
          {pass.scratch, pass.y.layout}, false, shape(),
          [](float over, float dot) { return 2.0f * over * dot; }, a, b_dot);
      spread(
          pass.dx_dot[1], true, shape(),
          [](float slope, float product, float under) { return slope * product / (under * under * under); },
          pass.dy, View{pass.scratch, pass.y.layout}, b);
    }
  }
  std::int64_t scratch_floats(std::int64_t) const override { return scratch_; }
  void bind(const Binding& binding) override { scratch_ = binding.y->size; }

 private:
  void pull_back(const NodePass& pass, const View& dy, std::span<const View> dx) const {
    if (dx[0])
      spread(
          dx[0], pass.add[0] != 0, shape(), [](float slope, float under) { return slope / under; }, dy,
          pass.x[1]);
    if (dx[1])
      spread(
          dx[1], pass.add[1] != 0, shape(),
          [](float slope, float over, float under) { return -slope * over / (under * under); }, dy, pass.x[0],
          pass.x[1]);
  }

  std::int64_t scratch_ = 0;
};

}  // namespace

std::unique_ptr<Operator> make_divide(const NodeShapes& node) {
  return make_vectorised<Divide>(broadcast_shape(node));
}

}  // namespace nwedge::network
