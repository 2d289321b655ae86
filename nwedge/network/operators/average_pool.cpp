#include <algorithm>

#include "nwedge/network/kernels/lanes.hpp"
#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/vectorised.hpp"
#include "nwedge/network/operators/window.hpp"

namespace nwedge::network {
namespace {

/// y[c, h, w] = the mean of x over the window. Padding counts as zeros (`count_padding`) or not at all.
/// Attributes kernel, stride (the kernel), padding, ceil, count_padding (1).
class AveragePool : public LinearMap {
 public:
  AveragePool(Shape shape, const Window& window, const std::vector<std::int64_t>& padding, bool count_padding)
      : LinearMap(std::move(shape)), window_(window), padding_(padding), count_padding_(count_padding) {}
  void tie(const NodeAxes& axes) const override { axes.slide(); }

 private:
  /// Places [begin, end) of one axis that output o reads, and what they are divided by.
  struct Span {
    std::int64_t begin;
    std::int64_t end;
    std::int64_t count;
  };
  Span span(const WindowAxis& axis, std::int64_t o, std::int64_t behind) const {
    const std::int64_t first = o * axis.stride - axis.before;
    const std::int64_t last = first + axis.kernel;
    const std::int64_t begin = std::max<std::int64_t>(first, 0);
    const std::int64_t end = std::min(last, axis.input);
    return {begin, end, count_padding_ ? std::min(last, axis.input + behind) - first : end - begin};
  }
  template <class F>  // f(x's entry, y's entry, weight)
  void for_each(const Layout& x, const Layout& y, F&& f) const {
    for (std::int64_t c = 0; c < shape()[0]; ++c)
      for (std::int64_t h = 0; h < shape()[1]; ++h) {
        const Span rows = span(window_.rows, h, padding_[2]);
        for (std::int64_t w = 0; w < shape()[2]; ++w) {
          const Span columns = span(window_.columns, w, padding_[3]);
          const float weight = 1.0f / static_cast<float>(rows.count * columns.count);
          const std::int64_t to = c * y.strides[0] + h * y.strides[1] + w * y.strides[2];
          for (std::int64_t i = rows.begin; i < rows.end; ++i)
            for (std::int64_t j = columns.begin; j < columns.end; ++j)
              f(c * x.strides[0] + i * x.strides[1] + j * x.strides[2], to, weight);
        }
      }
  }
  static void clear(const View& view) {
    const Runs runs(view.layout->shape, {view.layout->strides}, view.layout->lanes);
    runs.for_each([&](const auto& at) { std::fill_n(view.begin() + at[0], runs.length(), 0.0f); });
  }
  void map(std::span<const View> x, const View& y) const final {
    clear(y);
    for_each(*x[0].layout, *y.layout, [&](std::int64_t from, std::int64_t to, float weight) {
      const float* values = x[0].begin() + from;
      float* sums = y.begin() + to;
      for (std::int64_t n = 0; n < kLanes; ++n) sums[n] += weight * values[n];
    });
  }
  void transpose(const View& dy, std::span<const View> dx, std::span<const std::uint8_t> add) const final {
    if (!dx[0]) return;
    if (add[0] == 0) clear(dx[0]);
    for_each(*dx[0].layout, *dy.layout, [&](std::int64_t to, std::int64_t from, float weight) {
      const float* slopes = dy.begin() + from;
      float* sums = dx[0].begin() + to;
      for (std::int64_t n = 0; n < kLanes; ++n) sums[n] += weight * slopes[n];
    });
  }

  Window window_;
  std::vector<std::int64_t> padding_;
  bool count_padding_;
};

}  // namespace

std::unique_ptr<Operator> make_average_pool(const NodeShapes& node) {
  node.expect(1);
  const std::vector<std::int64_t> kernel = node.node.attributes.integers("kernel", {2, 2});
  const Window window = make_window(node, kernel, kernel);
  node.require(window.rows.dilation == 1 && window.columns.dilation == 1, "dilation must be 1");
  node.require(
      2 * window.rows.before <= window.rows.kernel && 2 * window.columns.before <= window.columns.kernel,
      "padding must be at most half the kernel");
  const Shape shape = {node.inputs[0][0], window.rows.output, window.columns.output};
  return make_vectorised<AveragePool>(shape, window, node.node.attributes.integers("padding", {0, 0, 0, 0}),
                                      node.node.attributes.integer("count_padding", 1) != 0);
}

}  // namespace nwedge::network
