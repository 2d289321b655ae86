#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "nwedge/core/random.hpp"

namespace nwedge::geometry {

/// One point of a shape: theta = sum_k weights[k] q_{points[k]}, the weights summing to 1; only control
/// points with a weight other than 0 are named.
struct Blend {
  std::vector<std::int64_t> points;
  std::vector<double> weights;
};

/// A blend and its share of the shape, for sums that stand for integrals.
struct BlendShare {
  Blend blend;
  double share = 0;
};

/// A set of points of weight space spanned by control points q_0, q_1, …: the first `fixed_points()` stay
/// where they are (optima), the others may move. A curve, a sheet, the star of an m-tunnel. A shape knows
/// weights only, never a dimension D, so one shape serves every landscape. A shape carries a probability
/// distribution over its points.
class Shape {
 public:
  virtual ~Shape() = default;

  std::int64_t fixed_points() const { return fixed_points_; }
  std::int64_t free_points() const { return free_points_; }
  std::int64_t control_points() const { return fixed_points_ + free_points_; }

  virtual Blend draw(RandomStream& stream) const = 0;
  /// Blends whose shares sum to 1, for the mean over the shape; `order` Gauss-Legendre nodes a smooth piece
  /// and direction.
  virtual std::vector<BlendShare> quadrature(std::int64_t order) const = 0;

 protected:
  Shape(std::int64_t fixed_points, std::int64_t free_points);
  Shape(const Shape&) = default;
  Shape& operator=(const Shape&) = default;

 private:
  std::int64_t fixed_points_;
  std::int64_t free_points_;
};

/// Simplices over the control points, all of one dimension k: simplex s has the k + 1 corners corners[s(k+1)
/// + j]. Each simplex has the same probability, and a point is uniform in its simplex. Chains (k = 1), the
/// star of an m-tunnel (k = 1), sheets (k = 2) and the complexes of [benton2021] are all of this kind.
class SimplicialComplex final : public Shape {
 public:
  /// `corners_per_simplex` = k + 1 >= 2.
  SimplicialComplex(std::int64_t fixed_points, std::int64_t free_points, std::int64_t corners_per_simplex,
                    std::vector<std::int64_t> corners);

  std::int64_t simplices() const { return static_cast<std::int64_t>(corners_.size()) / corners_per_simplex_; }
  std::int64_t corners_per_simplex() const { return corners_per_simplex_; }
  std::span<const std::int64_t> corners(std::int64_t simplex) const;
  /// The point of one simplex with the given barycentric coordinates [k + 1].
  Blend at(std::int64_t simplex, std::span<const double> barycentric) const;

  Blend draw(RandomStream& stream) const override;
  std::vector<BlendShare> quadrature(std::int64_t order) const override;

 private:
  std::int64_t corners_per_simplex_;
  std::vector<std::int64_t> corners_;
};

/// theta = sum_k weights[k] q_{points[k]} with the control points [n, D] in `fixed` (first) and `free`; a
/// blend of one point copies it bit for bit. Sums in float in the order of k; cost one pass over each named
/// point.
void blend_point(const Blend& blend, std::span<const float> fixed, std::span<const float> free,
                 std::span<float> theta);

}  // namespace nwedge::geometry
