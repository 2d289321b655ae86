#include <algorithm>

#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/vectorised.hpp"

namespace nwedge::network {
namespace {

/// Numbers that are the same for all examples. Attributes shape, values (row-major).
class Constant : public Operator {
 public:
  Constant(Shape shape, std::vector<float> values) : Operator(std::move(shape)), values_(std::move(values)) {}
  bool wide() const override { return true; }
  /// Along an axis where all numbers are equal their entries may move.
  void tie(const NodeAxes& axes) const override {
    std::int64_t inner = size_of(shape());
    for (std::size_t k = 0; k < shape().size(); ++k) {
      const std::int64_t run = inner;
      inner /= shape()[k];
      bool equal = true;
      for (std::int64_t n = 0; n < static_cast<std::int64_t>(values_.size()) && equal; ++n)
        equal = values_[static_cast<std::size_t>(n)] ==
                values_[static_cast<std::size_t>(n / run * run + n % inner)];
      if (!equal) axes.all.fix(axes.y[k]);
    }
  }

  void forward(const NodePass& pass) const override {
    const Runs runs(shape(), {pass.y.layout->strides}, pass.y.layout->lanes);
    const std::int64_t lanes = pass.y.layout->lanes;
    const float* value = values_.data();
    runs.for_each([&](const auto& at) {
      for (std::int64_t n = 0; n < runs.length(); n += lanes)
        std::fill_n(pass.y.begin() + at[0] + n, lanes, *value++);
    });
  }
  void backward(const NodePass&) const override {}
  void tangent(const NodePass&) const override {}
  void tangent_backward(const NodePass&) const override {}

 private:
  std::vector<float> values_;
};

}  // namespace

std::unique_ptr<Operator> make_constant(const NodeShapes& node) {
  node.expect(0);
  Shape shape = node.node.attributes.integers("shape", {});
  std::vector<float> values = node.node.attributes.floats("values");
  node.require(static_cast<std::int64_t>(values.size()) == size_of(shape),
               "there must be as many values as shape " + shape_text(shape) + " has entries");
  return make_vectorised<Constant>(std::move(shape), std::move(values));
}

}  // namespace nwedge::network
