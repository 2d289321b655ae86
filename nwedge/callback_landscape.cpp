#include "nwedge/callback_landscape.hpp"

#include <fmt/core.h>

#include <set>
#include <string_view>
#include <utility>

#include "nwedge/core/error.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/minibatch.hpp"

namespace nwedge {
namespace {

constexpr std::string_view kPlace = "callback landscape";

void require_cover(const std::vector<ParameterGroup>& groups, std::int64_t dimension) {
  std::vector<char> covered(static_cast<std::size_t>(dimension));
  for (const ParameterGroup& group : groups) {
    if (group.offset < 0 || group.count < 1 || group.stride < 1 ||
        group.count > (dimension - group.offset + group.stride - 1) / group.stride)
      throw Error(kPlace, fmt::format("a group must lie in [0, {}), one has offset {}, count {}, stride {}",
                                      dimension, group.offset, group.count, group.stride));
    for (std::int64_t i = 0; i < group.count; ++i)
      if (std::exchange(covered[group.entry(i)], 1) != 0)
        throw Error(kPlace, fmt::format("groups must be disjoint, entry {} is in two", group.entry(i)));
  }
  for (std::size_t i = 0; i < covered.size(); ++i)
    if (covered[i] == 0)
      throw Error(kPlace, fmt::format("groups must cover every entry, entry {} is in none", i));
}

void require_named(const std::vector<ParameterTensor>& tensors, std::int64_t dimension) {
  std::int64_t end = 0;
  std::set<std::string_view> names;
  for (const ParameterTensor& tensor : tensors) {
    if (tensor.count < 1 || tensor.offset < end || tensor.count > dimension - tensor.offset)
      throw Error(kPlace, fmt::format("tensors must be disjoint and ascend in [0, {}), \"{}\" has offset {}, "
                                      "count {}",
                                      dimension, tensor.name, tensor.offset, tensor.count));
    if (!names.insert(tensor.name).second)
      throw Error(kPlace, fmt::format("names of tensors must differ, \"{}\" is there twice", tensor.name));
    end = tensor.offset + tensor.count;
  }
}

}  // namespace

/// Calls the function that the Hessian at a point gave.
class CallbackLandscape::Product final : public Curvature {
 public:
  Product(const CallbackLandscape& landscape, HessianProduct product)
      : Curvature(landscape.dimension()), landscape_(landscape), product_(std::move(product)) {}

 private:
  void do_multiply(std::span<const float> vector, std::span<float> product) override {
    const auto turn = landscape_.turn();
    product_(vector, product);
  }

  const CallbackLandscape& landscape_;
  HessianProduct product_;
};

/// Central differences of gradients.
class CallbackLandscape::Difference final : public Curvature {
 public:
  Difference(const CallbackLandscape& landscape, std::span<const float> point, Split split)
      : Curvature(landscape.dimension()),
        landscape_(landscape),
        split_(split),
        point_(point.begin(), point.end()),
        moved_(point.size()),
        slope_(point.size()),
        length_(1e-3 * (1 + norm(point))) {}

 private:
  void do_multiply(std::span<const float> vector, std::span<float> product) override {
    const double size = norm(vector);
    if (size == 0) {
      std::fill(product.begin(), product.end(), 0.0f);
      return;
    }
    const double step = length_ / size;
    gradient_at(vector, step, product);
    gradient_at(vector, -step, slope_);
    for (std::size_t i = 0; i < product.size(); ++i)
      product[i] = static_cast<float>((static_cast<double>(product[i]) - slope_[i]) / (2 * step));
  }

  void gradient_at(std::span<const float> vector, double step, std::span<float> gradient) {
    for (std::size_t i = 0; i < point_.size(); ++i)
      moved_[i] = static_cast<float>(point_[i] + step * vector[i]);
    landscape_.gradient(moved_, gradient, split_);
  }

  const CallbackLandscape& landscape_;
  Split split_;
  std::vector<float> point_;
  std::vector<float> moved_;
  std::vector<float> slope_;
  double length_;  // of the step in weight space
};

CallbackLandscape::CallbackLandscape(Callbacks callbacks)
    : CurvedLandscape(callbacks.dimension), callbacks_(std::move(callbacks)) {
  if (!callbacks_.initial || !callbacks_.gradient)
    throw Error(kPlace, "the functions `initial` and `gradient` must be set");
  if (callbacks_.train_examples < 0 || callbacks_.test_examples < 0)
    throw Error(kPlace, fmt::format("examples must be at least 0, are {} and {}", callbacks_.train_examples,
                                    callbacks_.test_examples));
  if (callbacks_.batch_gradient && callbacks_.train_examples == 0)
    throw Error(kPlace, "minibatches need the number of training examples, which is 0");
  if (callbacks_.accuracy && !callbacks_.evaluate)
    throw Error(kPlace, "an accuracy needs the function `evaluate`, which gives it");
  if (!callbacks_.groups.empty()) require_cover(callbacks_.groups, dimension());
  require_named(callbacks_.tensors, dimension());
}

std::unique_lock<std::recursive_mutex> CallbackLandscape::turn() const {
  return callbacks_.concurrent ? std::unique_lock<std::recursive_mutex>()
                               : std::unique_lock<std::recursive_mutex>(mutex_);
}

std::vector<ParameterGroup> CallbackLandscape::do_parameter_groups() const {
  return callbacks_.groups.empty() ? std::vector<ParameterGroup>{{0, dimension()}} : callbacks_.groups;
}

std::vector<float> CallbackLandscape::do_initial_point(std::uint64_t seed) const {
  const auto turn = this->turn();
  std::vector<float> point = callbacks_.initial(seed);
  if (std::ssize(point) != dimension())
    throw Error(kPlace,
                fmt::format("an initial point must have {} entries, has {}", dimension(), point.size()));
  return point;
}

Metrics CallbackLandscape::do_evaluate(std::span<const float> point, Split split) const {
  return do_evaluate_many(point, split).front();
}

std::vector<Metrics> CallbackLandscape::do_evaluate_many(std::span<const float> points, Split split) const {
  const auto size = static_cast<std::size_t>(dimension());
  const std::size_t count = points.size() / size;
  if (count == 0) return {};
  const auto turn = this->turn();
  std::vector<Metrics> metrics;
  if (callbacks_.evaluate) {
    metrics = callbacks_.evaluate(points, split);
    if (metrics.size() != count)
      throw Error(kPlace, fmt::format("{} points must have as many losses, have {}", count, metrics.size()));
    return metrics;
  }
  std::vector<float> unused(size);
  for (std::size_t i = 0; i < count; ++i)
    metrics.push_back({callbacks_.gradient(points.subspan(i * size, size), unused, split)});
  return metrics;
}

double CallbackLandscape::do_gradient(std::span<const float> point, std::span<float> gradient,
                                      Split split) const {
  const auto turn = this->turn();
  return callbacks_.gradient(point, gradient, split);
}

double CallbackLandscape::do_batch_gradient(std::span<const float> point, const Batch& batch,
                                            std::span<float> gradient) const {
  if (!callbacks_.batch_gradient) return do_gradient(point, gradient, Split::train);
  std::vector<std::int64_t> indices(static_cast<std::size_t>(batch.size));
  for (std::size_t k = 0; k < indices.size(); ++k)
    indices[k] = example_of(batch, static_cast<std::int64_t>(k), callbacks_.train_examples);
  const auto turn = this->turn();
  return callbacks_.batch_gradient(point, indices, gradient);
}

std::unique_ptr<Curvature> CallbackLandscape::do_curvature_at(std::span<const float> point,
                                                              Split split) const {
  if (!callbacks_.hessian) return std::make_unique<Difference>(*this, point, split);
  const auto turn = this->turn();
  return std::make_unique<Product>(*this, callbacks_.hessian(point, split));
}

std::unique_ptr<Curvature> CallbackLandscape::do_matrix_at(CurvatureMatrix matrix,
                                                           std::span<const float> point, Split split) const {
  const auto turn = this->turn();
  return std::make_unique<Product>(*this, callbacks_.matrices.at(matrix)(point, split));
}

}  // namespace nwedge
