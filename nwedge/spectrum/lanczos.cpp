#include "nwedge/spectrum/lanczos.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "nwedge/core/parallel.hpp"

namespace nwedge::spectrum {
namespace {

constexpr std::size_t kChunk = 4096;  // doubles of the residual that stay in the first-level cache
constexpr std::size_t kLanes = 32;  // independent partial sums, so that the compiler may use vector registers
/// A residual below this share of the operator's scale is the rounding of single-precision products.
constexpr double kInvariant = 1e-5;
/// Orthogonalise again when less than this share of a vector's norm is left [daniel1976].
constexpr double kCancelled = 0.7071;

double dot(const double* a, const float* b, std::size_t count) {
  double lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (std::size_t l = 0; l < kLanes; ++l) lanes[l] += a[i + l] * static_cast<double>(b[i + l]);
  double sum = 0;
  for (; i < count; ++i) sum += a[i] * static_cast<double>(b[i]);
  for (const double lane : lanes) sum += lane;
  return sum;
}

double square(const double* a, std::size_t count) {
  double lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (std::size_t l = 0; l < kLanes; ++l) lanes[l] += a[i + l] * a[i + l];
  double sum = 0;
  for (; i < count; ++i) sum += a[i] * a[i];
  for (const double lane : lanes) sum += lane;
  return sum;
}

std::size_t chunks_of(std::size_t size) { return (size + kChunk - 1) / kChunk; }

/// body(begin, count, chunk) over [0, size) in chunks, in parallel.
template <class Body>
void for_chunks(std::size_t size, Body body) {
  const std::size_t chunks = chunks_of(size);
  constexpr std::size_t kTogether = 8;  // chunks of one task
  parallel_for(static_cast<std::int64_t>((chunks + kTogether - 1) / kTogether), [&](std::int64_t task) {
    const std::size_t first = static_cast<std::size_t>(task) * kTogether;
    for (std::size_t chunk = first; chunk < std::min(chunks, first + kTogether); ++chunk)
      body(chunk * kChunk, std::min(kChunk, size - chunk * kChunk), chunk);
  });
}

double norm(const std::vector<double>& vector) {
  std::vector<double> parts(chunks_of(vector.size()));
  for_chunks(vector.size(), [&](std::size_t begin, std::size_t count, std::size_t chunk) {
    parts[chunk] = square(vector.data() + begin, count);
  });
  double sum = 0;
  for (const double part : parts) sum += part;
  return std::sqrt(sum);
}

}  // namespace

TridiagonalEigen tridiagonal_eigen(std::span<const double> diagonal, std::span<const double> off_diagonal) {
  const auto m = static_cast<Eigen::Index>(diagonal.size());
  Eigen::VectorXd main = Eigen::Map<const Eigen::VectorXd>(diagonal.data(), m);
  Eigen::VectorXd off = Eigen::Map<const Eigen::VectorXd>(off_diagonal.data(), m - 1);
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(main, off, Eigen::ComputeEigenvectors);
  TridiagonalEigen eigen;
  eigen.values.assign(solver.eigenvalues().data(), solver.eigenvalues().data() + m);
  eigen.vectors.assign(solver.eigenvectors().data(),
                       solver.eigenvectors().data() + m * m);  // columns, one by one
  return eigen;
}

Lanczos::Lanczos(OperatorReference matrix)
    : matrix_(matrix),
      product_(static_cast<std::size_t>(matrix.rows())),
      residual_(static_cast<std::size_t>(matrix.rows())) {}

/// residual -= sum_j q_j (q_j^T residual) over the basis vectors first <= j < last; returns the last
/// coefficient.
double Lanczos::subtract_projections(std::size_t first, std::size_t last) {
  const std::size_t size = residual_.size();
  const std::size_t count = last - first;
  std::vector<double> parts(chunks_of(size) * count);
  for_chunks(size, [&](std::size_t begin, std::size_t length, std::size_t chunk) {
    for (std::size_t j = 0; j < count; ++j)
      parts[chunk * count + j] = dot(residual_.data() + begin, basis_[first + j].data() + begin, length);
  });
  std::vector<double> sums(count);
  for (std::size_t i = 0; i < parts.size(); ++i) sums[i % count] += parts[i];
  for_chunks(size, [&](std::size_t begin, std::size_t length, std::size_t) {
    double* r = residual_.data() + begin;
    for (std::size_t j = 0; j < count; ++j) {
      const float* q = basis_[first + j].data() + begin;
      const double c = sums[j];
      for (std::size_t i = 0; i < length; ++i) r[i] -= c * static_cast<double>(q[i]);
    }
  });
  return sums.back();
}

/// Makes the residual orthogonal to the first `count` >= 1 vectors; returns the norm that is left.
double Lanczos::orthogonalise(std::size_t count) {
  double before = norm(residual_);
  for (int pass = 0; pass < 3; ++pass) {
    subtract_projections(0, count);
    const double after = norm(residual_);
    if (!(after < kCancelled * before)) return after;
    before = after;
  }
  return before;
}

void Lanczos::append(double length) {
  std::vector<float>& q = basis_.emplace_back(residual_.size());
  const double factor = 1 / length;
  for_chunks(residual_.size(), [&](std::size_t begin, std::size_t count, std::size_t) {
    for (std::size_t i = begin; i < begin + count; ++i) q[i] = static_cast<float>(factor * residual_[i]);
  });
}

bool Lanczos::begin(std::span<const float> start) {
  basis_.resize(diagonal_.size());  // an open block is given up
  std::copy(start.begin(), start.end(), residual_.begin());
  const double whole = norm(residual_);
  const double left = basis_.empty() ? whole : orthogonalise(basis_.size());
  if (!(left > kInvariant * whole)) return false;
  if (!diagonal_.empty()) off_diagonal_.push_back(0);
  coupling_ = 0;
  block_begin_ = size();
  append(left);
  return true;
}

bool Lanczos::step() {
  const std::size_t m = diagonal_.size();
  if (basis_.size() != m + 1) return false;  // the block is complete
  if (static_cast<std::int64_t>(m) > block_begin_) off_diagonal_.push_back(coupling_);
  matrix_.multiply(basis_[m], product_);
  std::copy(product_.begin(), product_.end(), residual_.begin());
  // The two terms of the recurrence first: what is left then loses little to the other vectors, and one pass
  // is enough.
  const double alpha = subtract_projections(m > 0 ? m - 1 : 0, m + 1);
  diagonal_.push_back(alpha);
  coupling_ = orthogonalise(m + 1);
  finite_ = finite_ && std::isfinite(alpha) && std::isfinite(coupling_);
  scale_ = std::max({scale_, std::abs(alpha), coupling_});
  if (!finite_ || coupling_ <= kInvariant * scale_ || size() == matrix_.rows()) {
    coupling_ = 0;
    return false;
  }
  append(coupling_);
  return true;
}

void Lanczos::combine(std::span<const double> coefficients, std::span<float> vector) const {
  for_chunks(vector.size(), [&](std::size_t begin, std::size_t count, std::size_t) {
    double sums[kChunk] = {};
    for (std::size_t j = 0; j < coefficients.size(); ++j) {
      const float* q = basis_[j].data() + begin;
      const double c = coefficients[j];
      for (std::size_t i = 0; i < count; ++i) sums[i] += c * static_cast<double>(q[i]);
    }
    for (std::size_t i = 0; i < count; ++i) vector[begin + i] = static_cast<float>(sums[i]);
  });
}

}  // namespace nwedge::spectrum
