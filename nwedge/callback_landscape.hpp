#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "nwedge/curvature.hpp"

namespace nwedge {

/// v -> Hv at one point, both [D].
using HessianProduct = std::function<void(std::span<const float> vector, std::span<float> product)>;

/// A landscape as functions. Only `initial` and `gradient` must be set.
struct Callbacks {
  std::int64_t dimension = 0;  ///< D
  /// The point [D] from which a seed starts.
  std::function<std::vector<float>(std::uint64_t seed)> initial;
  /// The loss over a split and its gradient [D].
  std::function<double(std::span<const float> point, std::span<float> gradient, Split split)> gradient;
  /// Metrics of points [P, D], P of them. Empty: the losses of P gradients, without accuracy.
  std::function<std::vector<Metrics>(std::span<const float> points, Split split)> evaluate;
  /// The mean loss over the training examples with these indices and its gradient [D]; needs
  /// `train_examples`. Empty: minibatches are the whole split.
  std::function<double(std::span<const float> point, std::span<const std::int64_t> indices,
                       std::span<float> gradient)>
      batch_gradient;
  /// The Hessian at a point: what a product needs of the point is done here, once. The function it gives may
  /// refer to `point` only until it returns. Empty: central differences of `gradient`.
  std::function<HessianProduct(std::span<const float> point, Split split)> hessian;
  /// The same of other matrices, of those that there are.
  std::map<CurvatureMatrix, std::function<HessianProduct(std::span<const float> point, Split split)>>
      matrices;
  std::vector<ParameterGroup> groups;    ///< disjoint, covering [0, D); empty: one group
  std::vector<ParameterTensor> tensors;  ///< named and disjoint; empty: weights have no names
  std::int64_t train_examples = 0;       ///< 0: the loss is no mean over examples
  std::int64_t test_examples = 0;
  bool accuracy = false;    ///< whether `evaluate` gives one
  bool concurrent = false;  ///< whether the functions may be called from several threads at once
};

/// A landscape made of functions, without deriving a class. What it cannot promise: that the functions are
/// deterministic, and their bits the same on any number of threads. Calls are serialised unless they say that
/// they need not be; a function may call its own landscape. What a function throws passes through.
///
/// Without `hessian` a product is the central difference
///   H v ~ (g(theta + h v) - g(theta - h v)) / (2 h),   h ||v|| = 10^-3 (1 + ||theta||),
/// two gradients each, good to about four digits where gradients are good to seven and the loss is smooth
/// over such a distance; `exact_curvature` says which it is.
class CallbackLandscape : public CurvedLandscape {
 public:
  /// Errors: what must be set is not, groups do not cover [0, D) once, a count is negative.
  explicit CallbackLandscape(Callbacks callbacks);

  bool exact_curvature() const { return static_cast<bool>(callbacks_.hessian); }

 private:
  class Product;
  class Difference;

  bool do_has_accuracy() const override { return callbacks_.accuracy; }
  std::int64_t do_examples(Split split) const override {
    return split == Split::train ? callbacks_.train_examples : callbacks_.test_examples;
  }
  std::vector<ParameterGroup> do_parameter_groups() const override;
  std::vector<ParameterTensor> do_parameter_tensors() const override { return callbacks_.tensors; }
  std::vector<float> do_initial_point(std::uint64_t seed) const override;
  Metrics do_evaluate(std::span<const float> point, Split split) const override;
  std::vector<Metrics> do_evaluate_many(std::span<const float> points, Split split) const override;
  double do_gradient(std::span<const float> point, std::span<float> gradient, Split split) const override;
  double do_batch_gradient(std::span<const float> point, const Batch& batch,
                           std::span<float> gradient) const override;
  std::unique_ptr<Curvature> do_curvature_at(std::span<const float> point, Split split) const override;
  bool do_has_matrix(CurvatureMatrix matrix) const override { return callbacks_.matrices.count(matrix) > 0; }
  std::unique_ptr<Curvature> do_matrix_at(CurvatureMatrix matrix, std::span<const float> point,
                                          Split split) const override;

  /// One call at a time, unless the functions are concurrent.
  std::unique_lock<std::recursive_mutex> turn() const;

  Callbacks callbacks_;
  mutable std::recursive_mutex mutex_;
};

}  // namespace nwedge
