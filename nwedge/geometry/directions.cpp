#include "nwedge/geometry/directions.hpp"

#include <fmt/core.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/core/vectors.hpp"

namespace nwedge::geometry {
namespace {

constexpr double kDependent = 1e-6;  // ten times the float rounding of a difference of neighbouring points

std::size_t rows_of(std::span<const float> vectors, std::int64_t dimension, std::string_view place) {
  const auto size = static_cast<std::size_t>(dimension);
  if (vectors.empty() || vectors.size() % size != 0)
    throw Error(place, fmt::format("needs a positive multiple of {} entries, has {}", size, vectors.size()));
  return vectors.size() / size;
}

std::span<const float> row(std::span<const float> vectors, std::int64_t dimension, std::size_t i) {
  const auto size = static_cast<std::size_t>(dimension);
  return vectors.subspan(i * size, size);
}

void scale(std::span<float> vector, double factor) {
  for (float& x : vector) x = static_cast<float>(factor * x);
}

double norm(std::span<const double> values) {
  double square = 0;
  for (const double x : values) square += x * x;
  return std::sqrt(square);
}

/// result += factor * row, in double.
void add(std::span<double> result, double factor, std::span<const float> vector) {
  for (std::size_t i = 0; i < vector.size(); ++i) result[i] += factor * vector[i];
}

double dot(std::span<const double> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < b.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// G_ij = <p_i - m, p_j - m> of the rows p around their mean m, from plain inner products of differences to
/// row 0, so that a common offset costs no digits.
Eigen::MatrixXd centred_gram(std::span<const float> points, std::int64_t dimension, std::size_t count) {
  std::vector<float> differences(points.begin(), points.end());
  parallel_for(static_cast<std::int64_t>(count), [&](std::int64_t i) {
    const std::span<const float> first = row(points, dimension, 0);
    float* const difference = differences.data() + static_cast<std::size_t>(i) * first.size();
    for (std::size_t k = 0; k < first.size(); ++k) difference[k] -= first[k];
  });
  const auto n = static_cast<Eigen::Index>(count);
  Eigen::MatrixXd gram(n, n);
  parallel_for(static_cast<std::int64_t>(count), [&](std::int64_t i) {
    for (Eigen::Index j = 0; j <= i; ++j)
      gram(i, j) = nwedge::dot(row(differences, dimension, static_cast<std::size_t>(i)),
                               row(differences, dimension, static_cast<std::size_t>(j)));
  });
  gram = gram.selfadjointView<Eigen::Lower>();
  const Eigen::VectorXd means = gram.rowwise().mean();
  gram.colwise() -= means;
  gram.rowwise() -= means.transpose();
  gram.array() += means.mean();
  return gram;
}

/// What [li2018] hold fixed.
bool is_ignored(ParameterGroup::Kind kind) {
  return kind == ParameterGroup::Kind::bias || kind == ParameterGroup::Kind::normalisation;
}

std::vector<float> mean_of(std::span<const float> points, std::int64_t dimension, std::size_t count) {
  std::vector<double> sum(static_cast<std::size_t>(dimension));
  for (std::size_t i = 0; i < count; ++i)
    add(sum, 1.0 / static_cast<double>(count), row(points, dimension, i));
  return {sum.begin(), sum.end()};
}

}  // namespace

std::vector<float> random_direction(std::int64_t dimension, std::uint64_t seed, std::uint64_t index) {
  std::vector<float> direction(static_cast<std::size_t>(dimension));
  RandomStream(seed, "random direction", index).fill_normal(direction);
  scale(direction, 1 / nwedge::norm(direction));
  return direction;
}

std::vector<float> filter_normalised_direction(const Landscape& landscape, std::span<const float> point,
                                               std::uint64_t seed, std::uint64_t index, Vary vary) {
  if (point.size() != static_cast<std::size_t>(landscape.dimension()))
    throw Error("filter-normalised direction",
                fmt::format("the point must have {} entries, has {}", landscape.dimension(), point.size()));
  std::vector<float> direction(point.size());
  RandomStream(seed, "filter-normalised direction", index).fill_normal(direction);
  for (const ParameterGroup& group : landscape.parameter_groups()) {
    const bool varies = vary == Vary::everything || !is_ignored(group.kind);
    scale_group(direction, group, varies ? group_norm(point, group) / group_norm(direction, group) : 0);
  }
  return direction;
}

std::vector<float> descent_direction(const Landscape& landscape, std::span<const float> point, Split split) {
  std::vector<float> direction(point.size());
  landscape.gradient(point, direction, split);
  const double length = nwedge::norm(direction);
  if (!(length > 0) || !std::isfinite(length))
    throw Error("gradient direction",
                fmt::format("the gradient at this point has norm {}: choose another point", length));
  scale(direction, -1 / length);
  return direction;
}

std::vector<float> orthonormalise(std::span<const float> vectors, std::int64_t dimension) {
  const std::size_t count = rows_of(vectors, dimension, "directions");
  std::vector<float> rows(vectors.size());
  std::vector<double> current(static_cast<std::size_t>(dimension));
  for (std::size_t i = 0; i < count; ++i) {
    const std::span<const float> vector = row(vectors, dimension, i);
    std::copy(vector.begin(), vector.end(), current.begin());
    const double before = norm(current);
    for (int pass = 0; pass < 2; ++pass)  // the second pass removes the rounding of the first
      for (std::size_t j = 0; j < i; ++j) {
        const std::span<const float> earlier = row(rows, dimension, j);
        add(current, -dot(current, earlier), earlier);
      }
    const double after = norm(current);
    if (!(after > kDependent * before))
      throw Error("directions",
                  fmt::format("direction {} lies in the span of those before it: leave it out", i + 1));
    for (std::size_t k = 0; k < current.size(); ++k)
      rows[i * current.size() + k] = static_cast<float>(current[k] / after);
  }
  return rows;
}

AffineFamily family_through(std::span<const float> points, std::int64_t dimension) {
  const std::size_t count = rows_of(points, dimension, "section through points");
  if (count < 2) throw Error("section through points", "needs at least 2 points, has 1");
  const std::span<const float> first = row(points, dimension, 0);
  std::vector<float> differences(points.begin() + dimension, points.end());
  for (std::size_t i = 0; i < differences.size(); ++i) differences[i] -= first[i % first.size()];
  return {{first.begin(), first.end()}, orthonormalise(differences, dimension)};
}

PrincipalComponents principal_components(std::span<const float> points, std::int64_t dimension,
                                         std::int64_t k) {
  const std::size_t count = rows_of(points, dimension, "principal components");
  const auto rank = std::min(static_cast<std::int64_t>(count) - 1, dimension);
  if (k < 1 || k > rank)
    throw Error("principal components",
                fmt::format("{} points in {} dimensions have at most {} components, asked for {}", count,
                            dimension, rank, k));
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(centred_gram(points, dimension, count));
  const double total = solver.eigenvalues().cwiseMax(0).sum();
  PrincipalComponents result;
  result.mean = mean_of(points, dimension, count);
  const auto n = static_cast<Eigen::Index>(count);
  for (Eigen::Index j = 0; j < rank; ++j)
    result.shares.push_back(std::max(0.0, solver.eigenvalues()[n - 1 - j]) / total);
  if (!(result.shares[static_cast<std::size_t>(k) - 1] > 1e-12))
    throw Error("principal components", fmt::format("the points span fewer than {} dimensions", k));
  std::vector<float> rows;
  for (Eigen::Index j = 0; j < k; ++j) {
    const Eigen::VectorXd weights = solver.eigenvectors().col(n - 1 - j);
    std::vector<double> component(static_cast<std::size_t>(dimension));
    const double sign = weights[n - 1] < weights[0] ? -1 : 1;  // <p_last - p_first, component> has this sign
    for (std::size_t i = 0; i < count; ++i)
      add(component, sign * weights[static_cast<Eigen::Index>(i)], row(points, dimension, i));
    const double shift = sign * weights.sum();
    add(component, -shift, result.mean);
    rows.insert(rows.end(), component.begin(), component.end());
  }
  result.components = orthonormalise(rows, dimension);
  return result;
}

Projection project(const AffineFamily& family, std::span<const float> points) {
  const auto dimension = static_cast<std::int64_t>(family.origin.size());
  const std::size_t count = rows_of(points, dimension, "projection");
  const auto d = static_cast<Eigen::Index>(family.dimension());
  Eigen::MatrixXd gram(d, d);
  for (Eigen::Index i = 0; i < d; ++i)
    for (Eigen::Index j = 0; j < d; ++j) gram(i, j) = nwedge::dot(family.direction(i), family.direction(j));
  const Eigen::LDLT<Eigen::MatrixXd> solver(gram);
  Projection result;
  result.coordinates.resize(count * static_cast<std::size_t>(d));
  result.residuals.resize(count);
  parallel_for(static_cast<std::int64_t>(count), [&](std::int64_t i) {
    const std::span<const float> point = row(points, dimension, static_cast<std::size_t>(i));
    std::vector<double> rest(point.begin(), point.end());
    add(rest, -1, family.origin);
    Eigen::VectorXd products(d);
    for (Eigen::Index j = 0; j < d; ++j) products[j] = dot(rest, family.direction(j));
    const Eigen::VectorXd coordinates = solver.solve(products);
    for (Eigen::Index j = 0; j < d; ++j) {
      result.coordinates[static_cast<std::size_t>(i * d + j)] = coordinates[j];
      add(rest, -coordinates[j], family.direction(j));
    }
    result.residuals[static_cast<std::size_t>(i)] = norm(rest);
  });
  return result;
}

double explained_variance(const AffineFamily& family, std::span<const float> points) {
  const auto dimension = static_cast<std::int64_t>(family.origin.size());
  const std::size_t count = rows_of(points, dimension, "explained variance");
  const AffineFamily around_mean{mean_of(points, dimension, count), family.directions};
  const Projection projection = project(around_mean, points);
  double outside = 0;
  double total = 0;
  for (std::size_t i = 0; i < count; ++i) {
    outside += projection.residuals[i] * projection.residuals[i];
    const double length = distance(row(points, dimension, i), around_mean.origin);
    total += length * length;
  }
  return total > 0 ? 1 - outside / total : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace nwedge::geometry
