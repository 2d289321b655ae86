#include "nwedge/geometry/shape.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "nwedge/core/error.hpp"
#include "nwedge/core/vectorise.hpp"
#include "nwedge/geometry/quadrature.hpp"
#include "nwedge/optimize/blocks.hpp"

namespace nwedge::geometry {
namespace {

/// Barycentric coordinates and shares of a product rule on the k-simplex in collapsed coordinates x in [0,
/// 1]^k: w_0 = 1 - x_1, w_1 = x_1 (1 - x_2), …, w_k = x_1 … x_k, with density k! prod_j x_j^(k - j).
struct SimplexRule {
  std::vector<std::vector<double>> barycentric;
  std::vector<double> shares;
};

SimplexRule simplex_rule(std::int64_t k, std::int64_t order) {
  const Quadrature line = gauss_legendre(order);
  SimplexRule rule{{{}}, {1.0}};
  for (std::int64_t j = 1; j <= k; ++j) {
    SimplexRule next;
    for (std::size_t i = 0; i < rule.shares.size(); ++i) {
      for (std::size_t node = 0; node < line.nodes.size(); ++node) {
        std::vector<double> x = rule.barycentric[i];
        x.push_back(line.nodes[node]);
        next.barycentric.push_back(std::move(x));
        next.shares.push_back(rule.shares[i] * line.weights[node] * static_cast<double>(k - j + 1) *
                              std::pow(line.nodes[node], static_cast<double>(k - j)));
      }
    }
    rule = std::move(next);
  }
  for (std::vector<double>& x : rule.barycentric) {
    std::vector<double> w;
    double rest = 1;
    for (const double value : x) {
      w.push_back(rest * (1 - value));
      rest *= value;
    }
    w.push_back(rest);
    x = std::move(w);
  }
  return rule;
}

}  // namespace

Shape::Shape(std::int64_t fixed_points, std::int64_t free_points)
    : fixed_points_(fixed_points), free_points_(free_points) {
  if (fixed_points < 0 || free_points < 0)
    throw Error("shape", "the numbers of fixed and free points must be at least 0, are " +
                             std::to_string(fixed_points) + " and " + std::to_string(free_points));
}

SimplicialComplex::SimplicialComplex(std::int64_t fixed_points, std::int64_t free_points,
                                     std::int64_t corners_per_simplex, std::vector<std::int64_t> corners)
    : Shape(fixed_points, free_points),
      corners_per_simplex_(corners_per_simplex),
      corners_(std::move(corners)) {
  if (corners_per_simplex < 2)
    throw Error("simplicial complex",
                "a simplex needs at least 2 corners, has " + std::to_string(corners_per_simplex));
  if (corners_.empty() || corners_.size() % static_cast<std::size_t>(corners_per_simplex) != 0)
    throw Error("simplicial complex", "corners must have a positive multiple of " +
                                          std::to_string(corners_per_simplex) + " entries, have " +
                                          std::to_string(corners_.size()));
  for (const std::int64_t corner : corners_)
    if (corner < 0 || corner >= control_points())
      throw Error("simplicial complex", "a corner must be from 0 to " + std::to_string(control_points() - 1) +
                                            ", is " + std::to_string(corner));
}

std::span<const std::int64_t> SimplicialComplex::corners(std::int64_t simplex) const {
  return {corners_.data() + simplex * corners_per_simplex_, static_cast<std::size_t>(corners_per_simplex_)};
}

Blend SimplicialComplex::at(std::int64_t simplex, std::span<const double> barycentric) const {
  Blend blend;
  const std::span<const std::int64_t> names = corners(simplex);
  for (std::size_t j = 0; j < names.size(); ++j) {
    if (barycentric[j] == 0) continue;
    blend.points.push_back(names[j]);
    blend.weights.push_back(barycentric[j]);
  }
  return blend;
}

Blend SimplicialComplex::draw(RandomStream& stream) const {
  const auto simplex = static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(simplices())));
  // Normalised exponential variables are uniform on the simplex.
  std::vector<double> barycentric(static_cast<std::size_t>(corners_per_simplex_));
  double sum = 0;
  for (double& w : barycentric) {
    w = -std::log1p(-stream.uniform());
    sum += w;
  }
  if (sum == 0) {  // every uniform draw was 0
    std::fill(barycentric.begin(), barycentric.end(), 1.0);
    sum = static_cast<double>(corners_per_simplex_);
  }
  for (double& w : barycentric) w /= sum;
  return at(simplex, barycentric);
}

std::vector<BlendShare> SimplicialComplex::quadrature(std::int64_t order) const {
  const SimplexRule rule = simplex_rule(corners_per_simplex_ - 1, order);
  double sum = 0;  // below 1 when the order is too low for the density of the collapsed coordinates
  for (const double share : rule.shares) sum += share;
  std::vector<BlendShare> all;
  all.reserve(static_cast<std::size_t>(simplices()) * rule.shares.size());
  for (std::int64_t s = 0; s < simplices(); ++s)
    for (std::size_t i = 0; i < rule.shares.size(); ++i)
      all.push_back({at(s, rule.barycentric[i]), rule.shares[i] / sum / static_cast<double>(simplices())});
  return all;
}

void blend_point(const Blend& blend, std::span<const float> fixed, std::span<const float> free,
                 std::span<float> theta) {
  const std::size_t size = theta.size();
  const auto fixed_count = static_cast<std::int64_t>(fixed.size() / size);
  std::vector<const float*> sources;
  for (const std::int64_t name : blend.points)
    sources.push_back(name < fixed_count ? fixed.data() + static_cast<std::size_t>(name) * size
                                         : free.data() + static_cast<std::size_t>(name - fixed_count) * size);
  if (sources.size() == 1 && blend.weights[0] == 1.0) {
    std::copy_n(sources[0], size, theta.data());
    return;
  }
  constexpr std::size_t kTile = 2048;  // the running sums stay in the first-level cache
  optimize::for_each_block(size, [&](std::size_t, std::size_t first, std::size_t last) {
    for (std::size_t begin = first; begin < last; begin += kTile) {
      const std::size_t count = std::min(kTile, last - begin);
      float* out = theta.data() + begin;
      for (std::size_t k = 0; k < sources.size(); ++k) {
        const auto weight = static_cast<float>(blend.weights[k]);
        const float* q = sources[k] + begin;
        vectorise([=] {
          if (k == 0)
            for (std::size_t i = 0; i < count; ++i) out[i] = weight * q[i];
          else
            for (std::size_t i = 0; i < count; ++i) out[i] += weight * q[i];
        });
      }
    }
  });
}

}  // namespace nwedge::geometry
