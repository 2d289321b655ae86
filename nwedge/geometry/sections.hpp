#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nwedge/core/monitor.hpp"
#include "nwedge/core/parts.hpp"
#include "nwedge/landscape.hpp"

namespace nwedge::geometry {

/// Evenly spaced values least, …, most; one value (count = 1) lies in the middle.
struct GridAxis {
  double least = -1;
  double most = 1;
  std::int64_t count = 25;

  std::vector<double> values() const;
};

/// A landscape on a grid of an affine family: loss (and accuracy, NaN where there is none) of
/// origin + sum_j c_j d_j for c on the product of the axes.
struct Section {
  std::vector<std::vector<double>> axes;  ///< the values of c_j
  std::vector<double> loss;               ///< row-major over the axes, the last one fastest
  std::vector<double> accuracy;           ///< the same

  std::vector<std::int64_t> shape() const;
};

/// Evaluates a section through `restrict_to`, so that a landscape may use that it is affine; one axis for
/// each of the family's directions (any number, usually 1 to 3), each of at least one value. Cost: one
/// evaluation a grid point.
Section evaluate_section(const Landscape& landscape, const AffineFamily& family,
                         std::span<const GridAxis> axes, Split split, Monitor& monitor);
/// Grid points that are evaluated together, enough for a network to gain from it: a tile.
inline constexpr std::int64_t kTilePoints = 64;
/// The same on several splits, by tiles of the grid that `parts` may spread.
std::vector<Section> evaluate_sections(const Landscape& landscape, const AffineFamily& family,
                                       std::span<const GridAxis> axes, std::span<const Split> splits,
                                       Monitor& monitor, Parts& parts);

}  // namespace nwedge::geometry
