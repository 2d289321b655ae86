#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "nwedge/geometry/shape.hpp"
#include "nwedge/geometry/shape_landscape.hpp"

namespace nwedge::geometry {

/// The star of an m-tunnel: m segments from the optima (fixed points 0 … m - 1) to one free centre. The mean
/// loss over it is the m-tunnel functional
///   T_m(c) = (1/m) sum_i int_0^1 L(c + t (o_i - c)) dt,
/// whose Hessian is (1/m) sum_i int (1 - t)^2 H(c + t (o_i - c)) dt [fort2019].
std::shared_ptr<const SimplicialComplex> star(std::int64_t optima);

/// A deformed sheet over m >= 3 optima: the polygon o_1 o_2 … o_m with `edge_bends` >= 0 free bends on each
/// of its edges, filled by the triangles from a free centre to the pieces of its boundary. Free point 0 is
/// the centre, then the bends of edge o_1 o_2, of o_2 o_3, …, of o_m o_1, each in its order along the edge.
std::shared_ptr<const SimplicialComplex> sheet(std::int64_t optima, std::int64_t edge_bends);

/// The simplices (o_i, c_1, …, c_r), i = 1 … m, over r >= 1 free connectors: m optima joined by one volume
/// [benton2021, section 4].
std::shared_ptr<const SimplicialComplex> connected_simplices(std::int64_t optima, std::int64_t connectors);

/// The mean of the points [n, D], summed in double: [D].
std::vector<float> mean_point(std::span<const float> points, std::int64_t dimension);

/// The flat sheet's free points: the centre at the mean of the optima, bends evenly spaced on straight edges.
std::vector<float> flat_sheet(std::span<const float> optima, std::int64_t dimension, std::int64_t edge_bends);

/// The m-tunnel functional over `optima` [m, D] with the mean of the optima as initial point; `order`
/// Gauss-Legendre nodes a segment. Where the base has curvature so has the functional.
std::unique_ptr<ShapeLandscape> m_tunnel(const Landscape& base, std::span<const float> optima,
                                         std::int64_t order);
std::unique_ptr<CurvedShapeLandscape> m_tunnel(const CurvedLandscape& base, std::span<const float> optima,
                                               std::int64_t order);

}  // namespace nwedge::geometry
