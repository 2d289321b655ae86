#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "nwedge/geometry/shape.hpp"
#include "nwedge/geometry/shape_landscape.hpp"

namespace nwedge::geometry {

/// How a path bends between its ends. `chain`: straight pieces q_0 q_1, q_1 q_2, …, each over an equal part
/// of [0, 1]; `bezier`: theta(t) = sum_j C(n+1, j) t^j (1 - t)^(n+1-j) q_j. Both are the straight line when
/// there is no bend.
enum class Curve { chain, bezier };

/// A path over n bends as a shape: q_0 = fixed point 0, q_(n+1) = fixed point 1, q_j = free point j - 1; t
/// uniform [garipov2018, section 3].
class PathShape final : public Shape {
 public:
  PathShape(Curve curve, std::int64_t bends);

  /// The control points of theta(t) and their weights, in the order of j; 0 <= t <= 1. At t = 0 and 1 exactly
  /// one point with weight 1.
  Blend at(double t) const;
  Blend draw(RandomStream& stream) const override { return at(stream.uniform()); }
  std::vector<BlendShare> quadrature(std::int64_t order) const override;

 private:
  Curve curve_;
};

/// A path between two points of weight space.
class Path {
 public:
  /// `bends`: [n, D], n >= 0.
  Path(Curve curve, std::span<const float> begin, std::span<const float> end, std::vector<float> bends);
  static Path line(std::span<const float> begin, std::span<const float> end);

  std::int64_t dimension() const { return static_cast<std::int64_t>(ends_.size() / 2); }
  std::int64_t bend_count() const { return shape_.free_points(); }
  Curve curve() const { return curve_; }
  std::span<const float> begin() const { return std::span(ends_).first(ends_.size() / 2); }
  std::span<const float> end() const { return std::span(ends_).last(ends_.size() / 2); }
  std::span<const float> ends() const { return ends_; }        ///< [2, D]
  std::span<const float> bends() const { return bends_; }      ///< [n, D]
  std::span<const float> control_point(std::int64_t j) const;  ///< q_j, 0 <= j <= n + 1

  /// theta(t) in `theta` [D]; t = 0 and t = 1 give the ends bit for bit.
  void point(double t, std::span<float> theta) const;
  /// The points at many t, [T, D].
  std::vector<float> points(std::span<const double> t) const;
  /// The length of the path from theta(0) to theta(t_i) for ascending t; exact for chains, by 8-node
  /// quadrature of the speed on 16 pieces a unit of t for Bezier curves. Cost O(n^2 D).
  std::vector<double> lengths(std::span<const double> t) const;
  double length() const;

 private:
  std::vector<double> chain_lengths(std::span<const double> t) const;
  std::vector<double> bezier_lengths(std::span<const double> t) const;
  /// <q_(i+1) - q_i, q_(j+1) - q_j>, [n + 1, n + 1].
  std::vector<double> step_products() const;

  Curve curve_;
  PathShape shape_;
  std::vector<float> ends_;
  std::vector<float> bends_;
};

/// The straight line from `begin` to `end` with its n >= 1 bends evenly spaced on it: where curves start to
/// train.
Path straight_path(Curve curve, std::span<const float> begin, std::span<const float> end, std::int64_t bends);

/// A chain of one bend whose length is `stretch` >= 1 times the straight line's: the bend stands off the
/// middle of the line by sqrt(stretch^2 - 1) / 2 of its length, in a random direction orthogonal to the line.
Path random_chain(std::span<const float> begin, std::span<const float> end, double stretch,
                  RandomStream& stream);

/// The mean loss of a path as a function of its bends: the landscape on which curves are trained. `path` must
/// have a bend; its bends are the initial point. `order`: quadrature nodes a straight piece (chain) or in all
/// (Bezier).
std::unique_ptr<ShapeLandscape> path_landscape(const Landscape& base, const Path& path,
                                               std::int64_t order = 8);

/// `count` >= 2 values of t from 0 to 1, evenly spaced, the ends exact.
std::vector<double> even_positions(std::int64_t count);

/// Loss and accuracy along a path.
struct PathProfile {
  std::vector<double> t;         ///< [T]
  std::vector<double> lengths;   ///< [T], from the beginning
  std::vector<Metrics> metrics;  ///< [T]
};
/// Cost: `evaluate_many` at the points of the path. A straight line costs less where the landscape restricts
/// to one faster; metrics at t = 0 and t = 1 are bit for bit those of the ends, in between those of
/// path.point(t) to float rounding.
PathProfile profile(const Landscape& landscape, const Path& path, std::span<const double> t, Split split);

/// What stands in the way on a path: the largest excess of the loss, and of the error rate 1 - accuracy, over
/// the straight interpolation in t of their values at the two ends; 0 when the ends are highest
/// [draxler2018]. NaN where a loss is not a number, or, for the error rate, where the landscape has no
/// accuracy.
struct Barrier {
  double loss = 0;
  double error = 0;
  double position = 0;  ///< t of the highest loss above the interpolation
  double highest_loss = 0;
};
Barrier barrier(const PathProfile& profile);

}  // namespace nwedge::geometry
