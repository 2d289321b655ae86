#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nwedge/landscape.hpp"

namespace nwedge::geometry {

/// An isotropic random unit vector [D], named by (seed, index).
std::vector<float> random_direction(std::int64_t dimension, std::uint64_t seed, std::uint64_t index = 0);

/// Which parameters a filter-normalised direction moves: weights and embeddings, or biases and the scales and
/// shifts of normalisations too.
enum class Vary { weights, everything };

/// A random direction [D] with the scale of the weights at `point`: N(0, 1) entries, then in each parameter
/// group g d_g <- d_g ||theta_g|| / ||d_g||, and 0 for groups that do not vary [li2018, section 4]. A
/// landscape without structure is one group.
std::vector<float> filter_normalised_direction(const Landscape& landscape, std::span<const float> point,
                                               std::uint64_t seed, std::uint64_t index = 0,
                                               Vary vary = Vary::weights);

/// The unit vector [D] of steepest descent at `point`: -g / ||g||. An `Error` where the gradient is 0 or not
/// finite.
std::vector<float> descent_direction(const Landscape& landscape, std::span<const float> point,
                                     Split split = Split::train);

/// Orthonormal rows [n, D] that span the same space as `vectors` [n, D], by Gram-Schmidt in double, twice;
/// row i lies in the span of the first i + 1 vectors, on the positive side of vector i. An `Error` when a
/// vector lies in the span of those before it (remainder below 1e-6 of its norm). Cost O(n^2 D).
std::vector<float> orthonormalise(std::span<const float> vectors, std::int64_t dimension);

/// The affine family through points [n, D], n >= 2: its origin is the first point, its directions are
/// orthonormal. An `Error` when the points do not span n - 1 dimensions.
AffineFamily family_through(std::span<const float> points, std::int64_t dimension);

/// The main directions of a cloud of points.
struct PrincipalComponents {
  std::vector<float> mean;        ///< [D]
  std::vector<float> components;  ///< [k, D], orthonormal, in the order of falling variance
  std::vector<double> shares;  ///< [min(n - 1, D)], share of the total variance of every component, falling
};

/// The first k principal components of points [n, D], from the eigenvectors of their n x n Gram matrix. An
/// `Error` when the points span fewer than k dimensions (a share below 1e-12). The sign of a component is
/// that of its inner product with (last point - first point). Cost O(n^2 D).
PrincipalComponents principal_components(std::span<const float> points, std::int64_t dimension,
                                         std::int64_t k);

/// Points as seen from an affine family: p ~ origin + sum_j c_j d_j + remainder, the remainder orthogonal to
/// all d_j.
struct Projection {
  std::vector<double> coordinates;  ///< [n, d], by least squares: the directions need not be orthonormal
  std::vector<double> residuals;    ///< [n], length of the remainder: the distance from the plane
};
Projection project(const AffineFamily& family, std::span<const float> points);

/// The share of the variance of points [n, D] around their mean that lies in the span of the family's
/// directions. NaN when the points are one.
double explained_variance(const AffineFamily& family, std::span<const float> points);

}  // namespace nwedge::geometry
