#include "nwedge/spectrum/lanczos.hpp"

#include <fmt/core.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "nwedge/core/memory.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/vectorise.hpp"
#include "nwedge/spectrum/basis_products.hpp"

namespace nwedge::spectrum {
namespace {

constexpr std::size_t kChunk = 4096;  // doubles of the residual that stay in the caches
constexpr std::size_t kSlab = 8;      // basis vectors that are allocated together
constexpr std::size_t kAligned = 16;  // floats of a cache line
/// A residual below this share of the operator's scale is the rounding of single-precision products.
constexpr double kInvariant = 1e-5;
/// Orthogonalise again when less than this share of a vector's norm is left [daniel1976].
constexpr double kCancelled = 0.7071;

std::size_t chunks_of(std::size_t size) { return (size + kChunk - 1) / kChunk; }

enum class Order { ascending, descending };

/// body(begin, count, chunk) over [0, size) in chunks, in parallel. A pass over what is larger than the
/// caches goes against the direction of the one before it, whose end they still hold.
template <class Body>
void for_chunks(std::size_t size, Body body, Order order = Order::ascending) {
  const std::size_t chunks = chunks_of(size);
  constexpr std::size_t kTogether = 8;  // chunks of one task
  const std::size_t tasks = (chunks + kTogether - 1) / kTogether;
  parallel_for(static_cast<std::int64_t>(tasks), [&](std::int64_t k) {
    const auto task = static_cast<std::size_t>(k);
    const std::size_t first = (order == Order::ascending ? task : tasks - 1 - task) * kTogether;
    for (std::size_t chunk = first; chunk < std::min(chunks, first + kTogether); ++chunk)
      body(chunk * kChunk, std::min(kChunk, size - chunk * kChunk), chunk);
  });
}

double root_of_sum(std::span<const double> parts) {
  double sum = 0;
  for (const double part : parts) sum += part;
  return std::sqrt(sum);
}

double norm(std::span<const double> vector) {
  std::vector<double> parts(chunks_of(vector.size()));
  for_chunks(vector.size(), [&](std::size_t begin, std::size_t count, std::size_t chunk) {
    parts[chunk] = square(vector.data() + begin, count);
  });
  return root_of_sum(parts);
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

Tridiagonal lanczos_recurrence(OperatorReference matrix, std::span<const float> start, std::int64_t steps,
                               const std::function<void(std::int64_t)>& made) {
  const std::size_t size = start.size();
  std::vector<float> before(size);
  std::vector<float> q(start.begin(), start.end());
  std::vector<float> product(size);
  std::vector<double> residual(start.begin(), start.end());
  Tridiagonal result;
  const double length = norm(residual);
  for (float& x : q) x = static_cast<float>(x / length);
  double coupling = 0;
  double scale = 0;
  while (std::ssize(result.diagonal) < steps) {
    if (!result.diagonal.empty()) result.off_diagonal.push_back(coupling);
    matrix.multiply(q, product);
    vectorise([&] {
      for (std::size_t i = 0; i < size; ++i)
        residual[i] = static_cast<double>(product[i]) - coupling * static_cast<double>(before[i]);
    });
    double alpha = 0;
    const float* vector = q.data();
    inner_products(residual.data(), size, {&vector, 1}, &alpha);
    subtract_multiples(&alpha, {&vector, 1}, size, residual.data());
    coupling = norm(residual);
    result.diagonal.push_back(alpha);
    result.finite = std::isfinite(alpha) && std::isfinite(coupling);
    scale = std::max({scale, std::abs(alpha), coupling});
    made(std::ssize(result.diagonal));
    if (!result.finite || coupling <= kInvariant * scale) break;
    before.swap(q);
    vectorise([&] {
      for (std::size_t i = 0; i < size; ++i) q[i] = static_cast<float>(residual[i] / coupling);
    });
  }
  return result;
}

Lanczos::Lanczos(OperatorReference matrix)
    : matrix_(matrix),
      stride_((static_cast<std::size_t>(matrix.rows()) + kAligned - 1) / kAligned * kAligned),
      product_(static_cast<std::size_t>(matrix.rows())),
      residual_(static_cast<std::size_t>(matrix.rows())) {}

/// residual -= sum_j q_j (q_j^T residual) over the basis vectors first <= j < last.
Lanczos::Subtracted Lanczos::subtract_projections(std::size_t first, std::size_t last) {
  const std::size_t size = residual_.size();
  const std::size_t count = last - first;
  const std::size_t chunks = chunks_of(size);
  const auto vectors = [&](std::size_t begin) {
    std::vector<const float*> here;
    for (std::size_t j = first; j < last; ++j) here.push_back(basis_[j] + begin);
    return here;
  };
  std::vector<double> parts(chunks * count);
  for_chunks(size, [&](std::size_t begin, std::size_t length, std::size_t chunk) {
    inner_products(residual_.data() + begin, length, vectors(begin), parts.data() + chunk * count);
  });
  std::vector<double> sums(count);
  for (std::size_t i = 0; i < parts.size(); ++i) sums[i % count] += parts[i];
  std::vector<double> squares(chunks);
  for_chunks(
      size,
      [&](std::size_t begin, std::size_t length, std::size_t chunk) {
        double* r = residual_.data() + begin;
        subtract_multiples(sums.data(), vectors(begin), length, r);
        squares[chunk] = square(r, length);
      },
      Order::descending);
  return {sums.back(), root_of_sum(squares)};
}

/// Makes the residual, of norm `before`, orthogonal to the first `count` >= 1 vectors; returns the norm that
/// is left.
double Lanczos::orthogonalise(std::size_t count, double before) {
  for (int pass = 0; pass < 3; ++pass) {
    const double after = subtract_projections(0, count).norm;
    if (!(after < kCancelled * before)) return after;
    before = after;
  }
  return before;
}

void Lanczos::append(double length) {
  if (basis_.size() == slabs_.size() * kSlab) {
    const MemoryClaim fits(static_cast<std::int64_t>(kSlab * stride_ * sizeof(float)), "max-products",
                           fmt::format("a basis of {} and {} more vectors in {} dimensions", basis_.size(),
                                       kSlab, residual_.size()),
                           "take fewer products, or fewer of these at a time (--threads)");
    slabs_.emplace_back(kSlab * stride_);
  }
  float* const q = slabs_[basis_.size() / kSlab].data() + basis_.size() % kSlab * stride_;
  basis_.push_back(q);
  const double factor = 1 / length;
  for_chunks(residual_.size(), [&](std::size_t begin, std::size_t count, std::size_t) {
    vectorise([&] {
      for (std::size_t i = begin; i < begin + count; ++i) q[i] = static_cast<float>(factor * residual_[i]);
    });
  });
}

bool Lanczos::begin(std::span<const float> start) {
  basis_.resize(diagonal_.size());  // an open block is given up
  std::copy(start.begin(), start.end(), residual_.begin());
  const double whole = norm(residual_);
  const double left = basis_.empty() ? whole : orthogonalise(basis_.size(), whole);
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
  matrix_.multiply({basis_[m], residual_.size()}, product_);
  for_chunks(residual_.size(), [&](std::size_t begin, std::size_t count, std::size_t) {
    std::copy_n(product_.begin() + static_cast<std::ptrdiff_t>(begin), count, residual_.data() + begin);
  });
  // The two terms of the recurrence first: what is left then loses little to the other vectors, and one pass
  // is enough.
  const auto [alpha, left] = subtract_projections(m > 0 ? m - 1 : 0, m + 1);
  diagonal_.push_back(alpha);
  coupling_ = orthogonalise(m + 1, left);
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
    vectorise([&] {
      double sums[kChunk] = {};
      for (std::size_t j = 0; j < coefficients.size(); ++j) {
        const float* q = basis_[j] + begin;
        const double c = coefficients[j];
        for (std::size_t i = 0; i < count; ++i) sums[i] += c * static_cast<double>(q[i]);
      }
      for (std::size_t i = 0; i < count; ++i) vector[begin + i] = static_cast<float>(sums[i]);
    });
  });
}

}  // namespace nwedge::spectrum
