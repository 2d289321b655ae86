#pragma once
#include <concepts>
#include <cstdint>
#include <span>
#include <type_traits>

#include "nwedge/curvature.hpp"

namespace nwedge::spectrum {

/// A symmetric matrix H known only by its products: rows() is D, multiply(x, y) sets y = H x, both [D].
template <class T>
concept SymmetricOperator = requires(T& matrix, std::span<const float> x, std::span<float> y) {
  { matrix.rows() } -> std::convertible_to<std::int64_t>;
  matrix.multiply(x, y);
};

/// Any symmetric operator, or the Hessian of a landscape at a point, by reference: what it refers to must
/// outlive it.
class OperatorReference {
 public:
  template <SymmetricOperator T>
  requires(!std::same_as<std::remove_cv_t<T>, OperatorReference>) OperatorReference(T& matrix)
      : object_(&matrix),
        rows_(matrix.rows()),
        multiply_([](void* object, Input x, Output y) { static_cast<T*>(object)->multiply(x, y); }) {}
  OperatorReference(Curvature& hessian)
      : object_(&hessian),
        rows_(hessian.dimension()),
        multiply_([](void* object, Input x, Output y) { static_cast<Curvature*>(object)->multiply(x, y); }) {}

  std::int64_t rows() const { return rows_; }
  void multiply(std::span<const float> x, std::span<float> y) const { multiply_(object_, x, y); }

 private:
  using Input = std::span<const float>;
  using Output = std::span<float>;

  void* object_;
  std::int64_t rows_;
  void (*multiply_)(void*, Input, Output);
};

}  // namespace nwedge::spectrum
