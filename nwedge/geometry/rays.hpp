#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "nwedge/core/monitor.hpp"
#include "nwedge/landscape.hpp"

namespace nwedge::geometry {

/// When a point counts as inside a low-loss region: loss <= highest_loss and accuracy >= least_accuracy. A
/// loss that is not a number is outside; so is an accuracy that is not one, where an accuracy is asked for.
struct Criterion {
  double highest_loss = std::numeric_limits<double>::infinity();
  double least_accuracy = -std::numeric_limits<double>::infinity();

  bool inside(const Metrics& metrics) const;
};

/// The points origin + r direction, r >= 0, and when they count as inside. Views: the arrays must outlive it.
struct Ray {
  std::span<const float> origin;     ///< [D]
  std::span<const float> direction;  ///< [D]; r is a length where it is a unit vector
  Criterion criterion;
};

/// Exit radii: for each ray the first r at which it leaves its region. The ray is scanned outward at the
/// radii `scan` (ascending, above 0) until a point is outside; then the interval between that radius and the
/// one before it is halved until its length is at most tolerance * max(its upper end, scan[0]); the result is
/// its middle. A region that the ray leaves and enters again between two radii of the scan is not seen. 0
/// where the origin is outside, infinity where the ray is inside at every radius of the scan. All rays
/// advance together through `evaluate_many`: at most 1 + scan.size() evaluations a ray outward and about
/// log2(1 / tolerance) to halve. Tolerance at least 1e-9.
std::vector<double> exit_radii(const Landscape& landscape, std::span<const Ray> rays,
                               std::span<const double> scan, double tolerance, Split split, Monitor& monitor);

/// least, …, most in `count` >= 2 steps of equal ratio (0 < least < most).
std::vector<double> geometric_radii(double least, double most, std::int64_t count);

}  // namespace nwedge::geometry
