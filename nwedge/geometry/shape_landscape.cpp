#include "nwedge/geometry/shape_landscape.hpp"

#include <algorithm>
#include <string>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/vectorise.hpp"
#include "nwedge/optimize/blocks.hpp"

namespace nwedge::geometry {
namespace {

/// weights[i] of free point i in a blend, 0 where it takes no part.
std::vector<double> free_weights(const Shape& shape, const Blend& blend) {
  std::vector<double> weights(static_cast<std::size_t>(shape.free_points()), 0.0);
  for (std::size_t k = 0; k < blend.points.size(); ++k)
    if (blend.points[k] >= shape.fixed_points())
      weights[static_cast<std::size_t>(blend.points[k] - shape.fixed_points())] += blend.weights[k];
  return weights;
}

/// blocks_i = weights_i block_0 for every i, where block 0 of `blocks` [n, D] holds the vector on entry.
void spread(std::span<const double> weights, std::size_t size, std::span<float> blocks) {
  optimize::for_each_block(size, [&](std::size_t, std::size_t begin, std::size_t end) {
    const float* vector = blocks.data();
    for (std::size_t i = 1; i < weights.size(); ++i) {
      float* out = blocks.data() + i * size;
      const auto weight = static_cast<float>(weights[i]);
      if (weight == 0)
        std::fill(out + begin, out + end, 0.0f);
      else
        vectorise([=] {
          for (std::size_t j = begin; j < end; ++j) out[j] = weight * vector[j];
        });
    }
    vectorise([=, first = static_cast<float>(weights[0])] {
      for (std::size_t j = begin; j < end; ++j) blocks[j] *= first;
    });
  });
}

/// sums_i += weights_i vector.
void accumulate(std::span<const double> weights, double factor, std::span<const float> vector,
                std::span<float> sums) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto weight = static_cast<float>(weights[i] * factor);
    if (weight == 0) continue;
    float* out = sums.data() + i * vector.size();
    vectorise([=] {
      for (std::size_t j = 0; j < vector.size(); ++j) out[j] += weight * vector[j];
    });
  }
}

class ShapeCurvature final : public Curvature {
 public:
  ShapeCurvature(const CurvedLandscape& base, const ShapeLandscape& shape, std::span<const float> point,
                 Split split)
      : Curvature(shape.dimension()), size_(static_cast<std::size_t>(base.dimension())) {
    std::vector<float> theta(size_);
    for (const BlendShare& node : shape.nodes()) {
      std::vector<double> weights = free_weights(shape.shape(), node.blend);
      if (std::all_of(weights.begin(), weights.end(), [](double w) { return w == 0; })) continue;
      shape.point(node.blend, point, theta);
      terms_.push_back({std::move(weights), node.share, base.curvature_at(theta, split),
                        std::vector<float>(size_), std::vector<float>(size_)});
    }
  }

 private:
  struct Term {
    std::vector<double> weights;
    double share;
    std::unique_ptr<Curvature> curvature;
    std::vector<float> blended;  // sum_j w_j v_j
    std::vector<float> product;
  };

  /// The terms are independent, so they share the threads.
  void do_multiply(std::span<const float> vector, std::span<float> product) override {
    parallel_for(std::ssize(terms_), [&](std::int64_t t) {
      Term& term = terms_[static_cast<std::size_t>(t)];
      std::fill(term.blended.begin(), term.blended.end(), 0.0f);
      for (std::size_t i = 0; i < term.weights.size(); ++i) {
        const auto weight = static_cast<float>(term.weights[i]);
        for (std::size_t j = 0; weight != 0 && j < size_; ++j)
          term.blended[j] += weight * vector[i * size_ + j];
      }
      term.curvature->multiply(term.blended, term.product);
    });
    std::fill(product.begin(), product.end(), 0.0f);
    for (const Term& term : terms_) accumulate(term.weights, term.share, term.product, product);
  }

  std::size_t size_;
  std::vector<Term> terms_;
};

std::int64_t free_dimension(const Landscape& base, const std::shared_ptr<const Shape>& shape) {
  if (shape->free_points() < 1) throw Error("shape landscape", "needs at least 1 free control point, has 0");
  return base.dimension() * shape->free_points();
}

}  // namespace

ShapeLandscape::ShapeLandscape(const Landscape& base, std::shared_ptr<const Shape> shape,
                               std::vector<float> fixed, std::vector<float> initial, std::int64_t order)
    : Landscape(free_dimension(base, shape)),
      base_(base),
      shape_(std::move(shape)),
      fixed_(std::move(fixed)),
      initial_(std::move(initial)),
      nodes_(shape_->quadrature(order)),
      buffers_(static_cast<std::size_t>(base.dimension())) {
  const std::int64_t fixed_size = shape_->fixed_points() * base.dimension();
  if (static_cast<std::int64_t>(fixed_.size()) != fixed_size)
    throw Error("shape landscape", "the fixed control points must have " + std::to_string(fixed_size) +
                                       " entries, have " + std::to_string(fixed_.size()));
  if (static_cast<std::int64_t>(initial_.size()) != dimension())
    throw Error("shape landscape", "the free control points must have " + std::to_string(dimension()) +
                                       " entries, have " + std::to_string(initial_.size()));
}

void ShapeLandscape::point(const Blend& blend, std::span<const float> free, std::span<float> theta) const {
  blend_point(blend, fixed_, free, theta);
}

std::vector<Metrics> ShapeLandscape::evaluate_blends(std::span<const Blend> blends,
                                                     std::span<const float> free, Split split) const {
  const auto size = static_cast<std::size_t>(base_.dimension());
  const std::size_t at_once =
      std::clamp<std::size_t>((std::size_t{1} << 25) / size, 2, 256);  // 128 MB of points
  std::vector<Metrics> metrics;
  std::vector<float> points;
  for (std::size_t begin = 0; begin < blends.size(); begin += at_once) {
    const std::size_t count = std::min(at_once, blends.size() - begin);
    points.resize(count * size);
    for (std::size_t i = 0; i < count; ++i)
      point(blends[begin + i], free, std::span(points).subspan(i * size, size));
    for (const Metrics& m : base_.evaluate_many(points, split)) metrics.push_back(m);
  }
  return metrics;
}

std::vector<ParameterGroup> ShapeLandscape::do_parameter_groups() const {
  std::vector<ParameterGroup> groups;
  for (std::int64_t i = 0; i < shape_->free_points(); ++i)
    for (ParameterGroup group : base_.parameter_groups()) {
      group.offset += i * base_.dimension();
      groups.push_back(group);
    }
  return groups;
}

Metrics ShapeLandscape::do_evaluate(std::span<const float> point, Split split) const {
  std::vector<Blend> blends;
  for (const BlendShare& node : nodes_) blends.push_back(node.blend);
  const std::vector<Metrics> each = evaluate_blends(blends, point, split);
  Metrics mean{0, 0};
  for (std::size_t i = 0; i < each.size(); ++i) {
    mean.loss += nodes_[i].share * each[i].loss;
    mean.accuracy += nodes_[i].share * each[i].accuracy;
  }
  return mean;
}

double ShapeLandscape::do_gradient(std::span<const float> free, std::span<float> gradient,
                                   Split split) const {
  BufferPool::Loan theta = buffers_.borrow();
  BufferPool::Loan slope = buffers_.borrow();
  std::fill(gradient.begin(), gradient.end(), 0.0f);
  double loss = 0;
  for (const BlendShare& node : nodes_) {
    point(node.blend, free, theta.values());
    loss += node.share * base_.gradient(theta.values(), slope.values(), split);
    accumulate(free_weights(*shape_, node.blend), node.share, slope.values(), gradient);
  }
  return loss;
}

double ShapeLandscape::do_batch_gradient(std::span<const float> free, const Batch& batch,
                                         std::span<float> gradient) const {
  RandomStream stream(batch.seed, "point of a shape", static_cast<std::uint64_t>(batch.index));
  const Blend blend = shape_->draw(stream);
  BufferPool::Loan theta = buffers_.borrow();
  point(blend, free, theta.values());
  const auto size = static_cast<std::size_t>(base_.dimension());
  const double loss = base_.batch_gradient(theta.values(), batch, gradient.first(size));
  spread(free_weights(*shape_, blend), size, gradient);
  return loss;
}

CurvedShapeLandscape::CurvedShapeLandscape(const CurvedLandscape& base, std::shared_ptr<const Shape> shape,
                                           std::vector<float> fixed, std::vector<float> initial,
                                           std::int64_t order)
    : Curved(std::make_unique<ShapeLandscape>(base, std::move(shape), std::move(fixed), std::move(initial),
                                              order)),
      base_(base) {}

std::unique_ptr<Curvature> CurvedShapeLandscape::do_curvature_at(std::span<const float> point,
                                                                 Split split) const {
  return std::make_unique<ShapeCurvature>(base_, plain(), point, split);
}

}  // namespace nwedge::geometry
