#include "nwedge/spectrum/eigenpairs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nwedge/core/random.hpp"
#include "nwedge/spectrum/lanczos.hpp"

namespace nwedge::spectrum {
namespace {

/// The wanted Ritz pairs of a Lanczos process, as rows of the eigenvectors of T.
struct Ritz {
  TridiagonalEigen eigen;
  double coupling = 0;
  double scale = 0;  // largest Ritz value in modulus

  std::int64_t size() const { return static_cast<std::int64_t>(eigen.values.size()); }
  double value(std::int64_t i) const { return eigen.values[static_cast<std::size_t>(i)]; }
  double residual(std::int64_t i) const { return coupling * std::abs(eigen.component(i, size() - 1)); }
  /// Relative to the eigenvalue itself, since a pair accepted too early can hide its neighbour; but never
  /// below a tenth of the norm, since an eigenvalue may be 0.
  bool settled(std::int64_t i, double tolerance) const {
    return residual(i) <= tolerance * std::max(std::abs(value(i)), 0.1 * scale);
  }
};

Ritz ritz_pairs(const Lanczos& process) {
  Ritz ritz{tridiagonal_eigen(process.diagonal(), process.off_diagonal()), process.coupling(), 0};
  for (const double value : ritz.eigen.values) ritz.scale = std::max(ritz.scale, std::abs(value));
  return ritz;
}

/// Whether a Ritz pair lies in the block that begins at `block_begin` (T is block diagonal).
bool in_block(const Ritz& ritz, std::int64_t i, std::int64_t block_begin) {
  double weight = 0;
  for (std::int64_t row = block_begin; row < ritz.size(); ++row)
    weight += ritz.eigen.component(i, row) * ritz.eigen.component(i, row);
  return weight > 0.5;
}

/// One end of the spectrum: position 0 is the outermost Ritz pair.
struct End {
  const Ritz& ritz;
  bool top;
  std::int64_t index(std::int64_t position) const { return top ? ritz.size() - 1 - position : position; }

  std::int64_t converged(std::int64_t wanted, double tolerance) const {
    std::int64_t count = 0;
    while (count < std::min(wanted, ritz.size()) && ritz.settled(index(count), tolerance)) ++count;
    return count;
  }

  /// After an invariant space was found, copies of its eigenvalues may hide in its complement: they are all
  /// found when the current block's outermost value has converged and lies inside the wanted ones.
  bool complement_searched(std::int64_t wanted, double tolerance, std::int64_t block_begin) const {
    if (block_begin == 0) return true;
    for (std::int64_t position = 0; position < ritz.size(); ++position) {
      if (!in_block(ritz, index(position), block_begin)) continue;
      const double inside = ritz.value(index(wanted - 1)) - ritz.value(index(position));
      return ritz.settled(index(position), tolerance) && (top ? inside : -inside) >= -tolerance * ritz.scale;
    }
    return false;
  }

  bool found(std::int64_t wanted, double tolerance, std::int64_t block_begin) const {
    return wanted == 0 || (ritz.size() >= wanted && converged(wanted, tolerance) == wanted &&
                           complement_searched(wanted, tolerance, block_begin));
  }
};

Eigenpairs extract(const Lanczos& process, const End& end, std::int64_t wanted, double tolerance,
                   std::int64_t rows) {
  Eigenpairs pairs;
  const std::int64_t count = std::min(wanted, end.ritz.size());
  const auto d = static_cast<std::size_t>(rows);
  pairs.vectors.resize(static_cast<std::size_t>(count) * d);
  for (std::int64_t position = 0; position < count; ++position) {
    const std::int64_t i = end.index(position);
    pairs.values.push_back(end.ritz.value(i));
    pairs.residuals.push_back(end.ritz.residual(i));
    const auto m = static_cast<std::size_t>(end.ritz.size());
    process.combine(std::span(end.ritz.eigen.vectors).subspan(static_cast<std::size_t>(i) * m, m),
                    std::span(pairs.vectors).subspan(static_cast<std::size_t>(position) * d, d));
  }
  pairs.converged = end.converged(wanted, tolerance);
  return pairs;
}

Eigenpairs not_finite(std::int64_t wanted, std::int64_t rows) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  Eigenpairs pairs;
  pairs.values.assign(static_cast<std::size_t>(wanted), kNan);
  pairs.residuals = pairs.values;
  pairs.vectors.assign(static_cast<std::size_t>(wanted * rows), std::numeric_limits<float>::quiet_NaN());
  return pairs;
}

}  // namespace

void EigenpairOptions::visit(OptionVisitor& visitor) {
  visitor.field("top", top, at_least(0), "eigenvalues from the largest down");
  visitor.field("bottom", bottom, at_least(0), "eigenvalues from the smallest up");
  visitor.field("tolerance", tolerance, between(1e-5, 1),
                "a pair has converged when |Hv - lambda v| is at most this share of its eigenvalue (or of a "
                "tenth of the largest)");
  visitor.field("max-products", max_products, at_least(1), "most Hessian-vector products");
}

ExtremalEigenpairs extremal_eigenpairs(OperatorReference matrix, const EigenpairOptions& options,
                                       std::uint64_t seed, Monitor& monitor) {
  check_options("eigenpairs", options);
  const std::int64_t rows = matrix.rows();
  const std::int64_t top = std::min(options.top, rows);
  const std::int64_t bottom = std::min(options.bottom, rows);
  const std::int64_t most = std::min(options.max_products, rows);
  Lanczos process(matrix);
  std::vector<float> start(static_cast<std::size_t>(rows));
  std::uint64_t blocks = 0;
  Ritz ritz;
  bool open = false;
  while (process.size() < most) {
    if (!open) {
      RandomStream(seed, "lanczos start", blocks++).fill_normal(start);
      if (!process.begin(start)) continue;  // a start inside the basis has probability 0; draw again
    }
    open = process.step();
    monitor.checkpoint(static_cast<double>(process.size()) / static_cast<double>(most));
    if (!process.finite()) return {not_finite(top, rows), not_finite(bottom, rows), process.size()};
    // The small eigenproblem costs O(m^3): look at every step at first, then more rarely.
    const std::int64_t stride = 1 + process.size() / 50;
    if (open && process.size() % stride != 0 && process.size() < most) continue;
    ritz = ritz_pairs(process);
    const std::int64_t block = process.block_begin();
    if (End{ritz, true}.found(top, options.tolerance, block) &&
        End{ritz, false}.found(bottom, options.tolerance, block))
      break;
  }
  return {extract(process, {ritz, true}, top, options.tolerance, rows),
          extract(process, {ritz, false}, bottom, options.tolerance, rows), process.size()};
}

std::vector<double> measured_residuals(OperatorReference matrix, const Eigenpairs& pairs) {
  const auto d = static_cast<std::size_t>(matrix.rows());
  std::vector<float> product(d);
  std::vector<double> residuals;
  for (std::size_t k = 0; k < pairs.values.size(); ++k) {
    const float* v = pairs.vectors.data() + k * d;
    matrix.multiply({v, d}, product);
    double sum = 0;
    for (std::size_t i = 0; i < d; ++i) {
      const double difference = static_cast<double>(product[i]) - pairs.values[k] * static_cast<double>(v[i]);
      sum += difference * difference;
    }
    residuals.push_back(std::sqrt(sum));
  }
  return residuals;
}

}  // namespace nwedge::spectrum
