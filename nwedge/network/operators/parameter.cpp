#include <algorithm>

#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/vectorised.hpp"

namespace nwedge::network {
namespace {

/// A tensor of weights as a value that is the same for all examples: a class token, positions. Its slope is
/// the sum of dy over examples.
class Parameter : public Operator {
 public:
  explicit Parameter(const TensorPlace& tensor) : Operator(tensor.shape), offset_(tensor.offset) {}
  bool wide() const override { return true; }
  void tie(const NodeAxes& axes) const override { axes.tie(axes.y, axes.weights[0]); }

  void forward(const NodePass& pass) const override { put(pass.weights, pass.y); }
  void tangent(const NodePass& pass) const override { put(pass.vector, pass.y_dot); }
  void backward(const NodePass& pass) const override { sum(pass, pass.dy); }
  void tangent_backward(const NodePass& pass) const override { sum(pass, pass.dy_dot); }

 private:
  void put(const float* weights, const View& y) const {
    const Runs runs(shape(), {y.layout->strides}, y.layout->lanes);
    const float* value = weights + offset_;
    runs.for_each([&](const auto& at) {
      for (std::int64_t n = 0; n < runs.length(); n += y.layout->lanes)
        std::fill_n(y.begin() + at[0] + n, y.layout->lanes, *value++);
    });
  }
  void sum(const NodePass& pass, const View& dy) const {
    if (pass.gradient == nullptr) return;
    const Runs runs(shape(), {dy.layout->strides}, dy.layout->lanes);
    float* target = pass.gradient + offset_;
    runs.for_each([&](const auto& at) {
      for (std::int64_t entry = 0; entry < runs.length(); entry += dy.layout->lanes, ++target) {
        const float* slope = dy.begin() + at[0] + entry;
        float total = 0;
        for (std::int64_t n = 0; n < pass.examples; ++n) total += slope[n];
        *target = total + (pass.add_gradient ? *target : 0.0f);
      }
    });
  }

  std::int64_t offset_;
};

}  // namespace

std::unique_ptr<Operator> make_parameter(const NodeShapes& node) {
  node.expect(0, 1);
  node.require(node.weights.size() == 1 && node.weights[0] != nullptr, "must have one tensor of weights");
  return make_vectorised<Parameter>(*node.weights[0]);
}

}  // namespace nwedge::network
