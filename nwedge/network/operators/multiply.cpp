#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/spread.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/vectorised.hpp"

namespace nwedge::network {
namespace {

/// y = a b, broadcast as NumPy does. y. = a. b + a b., and the slope of a is b dy.
class Multiply : public Operator {
 public:
  using Operator::Operator;
  bool wide() const override { return true; }
  void tie(const NodeAxes& axes) const override { axes.broadcast(); }
  bool keeps_input(std::size_t) const override { return true; }

  void forward(const NodePass& pass) const override {
    spread(pass.y, false, shape(), kProduct, pass.x[0], pass.x[1]);
  }
  void backward(const NodePass& pass) const override {
    for (std::size_t i : {0, 1})
      if (pass.dx[i]) spread(pass.dx[i], pass.add[i] != 0, shape(), kProduct, pass.dy, pass.x[1 - i]);
  }
  void tangent(const NodePass& pass) const override {
    bool add = false;
    for (std::size_t i : {0, 1}) {
      if (!pass.x_dot[i]) continue;
      spread(pass.y_dot, add, shape(), kProduct, pass.x_dot[i], pass.x[1 - i]);
      add = true;
    }
  }
  void tangent_backward(const NodePass& pass) const override {
    for (std::size_t i : {0, 1}) {
      if (!pass.dx_dot[i]) continue;
      spread(pass.dx_dot[i], pass.add[i] != 0, shape(), kProduct, pass.dy_dot, pass.x[1 - i]);
      if (pass.x_dot[1 - i]) spread(pass.dx_dot[i], true, shape(), kProduct, pass.dy, pass.x_dot[1 - i]);
    }
  }

 private:
  static constexpr auto kProduct = [](float a, float b) { return a * b; };
};

}  // namespace

std::unique_ptr<Operator> make_multiply(const NodeShapes& node) {
  return make_vectorised<Multiply>(broadcast_shape(node));
}

}  // namespace nwedge::network
