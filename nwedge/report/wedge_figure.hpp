#pragma once
#include <nlohmann/json.hpp>

namespace nwedge::report {

/// The wedge model where it can be seen whole: D = 3, s = 1, so that each wedge is a sheet with n = 2 long
/// directions. {dimension, wedges, short_directions, half_width, opening, radius, height, arrays} with the
/// arrays (packed as those of cells), all evaluated by `wedge::WedgeModel`:
///   core [n, 2], long radius and half-width of the set of energy 0 from the origin to the sphere, the same
///   for every wedge; sphere [latitudes, longitudes], the loss at radius * (sin a cos b, sin a sin b, cos a),
///   a and b evenly spaced from 0 to pi and 2 pi; plane [m, m] over plane-axis [m], the loss at (x, y,
///   height), a row for each y.
nlohmann::json wedge_figure();

}  // namespace nwedge::report
