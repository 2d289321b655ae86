#include "nwedge/spectrum/lanczos.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "nwedge/core/parallel.hpp"

namespace nwedge::spectrum {
namespace {

constexpr std::size_t kChunk = 4096;  // doubles of the residual that stay in the caches
constexpr std::size_t kLanes = 32;  // independent partial sums, so that the compiler may use vector registers
/// Basis vectors that one pass over the residual serves: as many as have their sums in registers.
#ifdef __AVX512F__
constexpr std::size_t kVectors = 4;
#else
constexpr std::size_t kVectors = 1;
#endif
constexpr std::size_t kSlab = 8;      // basis vectors that are allocated together
constexpr std::size_t kAligned = 16;  // floats of a cache line
/// A residual below this share of the operator's scale is the rounding of single-precision products.
constexpr double kInvariant = 1e-5;
/// Orthogonalise again when less than this share of a vector's norm is left [daniel1976].
constexpr double kCancelled = 0.7071;

using Doubles = double __attribute__((vector_size(64)));
using Floats = float __attribute__((vector_size(32)));
constexpr std::size_t kDoubles = 8;
constexpr std::size_t kParts = kLanes / kDoubles;

/// sums[j] = the inner product of `a` with vectors[j], j < N. Each is summed as if it were alone.
template <std::size_t N>
void dots(const double* a, const float* const* vectors, std::size_t count, double* sums) {
  Doubles lanes[N][kParts] = {};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (std::size_t p = 0; p < kParts; ++p) {
      Doubles x;
      std::memcpy(&x, a + i + p * kDoubles, sizeof x);
      for (std::size_t j = 0; j < N; ++j) {
        Floats q;
        std::memcpy(&q, vectors[j] + i + p * kDoubles, sizeof q);
        lanes[j][p] += x * __builtin_convertvector(q, Doubles);
      }
    }
  for (std::size_t j = 0; j < N; ++j) {
    double sum = 0;
    for (std::size_t k = i; k < count; ++k) sum += a[k] * static_cast<double>(vectors[j][k]);
    for (const Doubles& part : lanes[j])
      for (std::size_t l = 0; l < kDoubles; ++l) sum += part[l];
    sums[j] = sum;
  }
}

/// a -= coefficients[j] vectors[j] for j = 0, …, N - 1, one after the other.
template <std::size_t N>
void subtract(const double* coefficients, const float* const* vectors, std::size_t count, double* a) {
  for (std::size_t i = 0; i < count; ++i) {
    double x = a[i];
    for (std::size_t j = 0; j < N; ++j) x -= coefficients[j] * static_cast<double>(vectors[j][i]);
    a[i] = x;
  }
}

/// body(first, std::integral_constant<N>) over [0, count): kVectors at a time, then one at a time.
template <class Body>
void for_vectors(std::size_t count, Body body) {
  std::size_t j = 0;
  for (; j + kVectors <= count; j += kVectors) body(j, std::integral_constant<std::size_t, kVectors>());
  for (; j < count; ++j) body(j, std::integral_constant<std::size_t, 1>());
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
    for (std::size_t i = 0; i < size; ++i)
      residual[i] = static_cast<double>(product[i]) - coupling * static_cast<double>(before[i]);
    double alpha = 0;
    const float* vector = q.data();
    dots<1>(residual.data(), &vector, size, &alpha);
    subtract<1>(&alpha, &vector, size, residual.data());
    coupling = norm(residual);
    result.diagonal.push_back(alpha);
    result.finite = std::isfinite(alpha) && std::isfinite(coupling);
    scale = std::max({scale, std::abs(alpha), coupling});
    made(std::ssize(result.diagonal));
    if (!result.finite || coupling <= kInvariant * scale) break;
    before.swap(q);
    for (std::size_t i = 0; i < size; ++i) q[i] = static_cast<float>(residual[i] / coupling);
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
  std::vector<double> parts(chunks * count);
  for_chunks(size, [&](std::size_t begin, std::size_t length, std::size_t chunk) {
    for_vectors(count, [&]<std::size_t N>(std::size_t j, std::integral_constant<std::size_t, N>) {
      const float* vectors[N];
      for (std::size_t k = 0; k < N; ++k) vectors[k] = basis_[first + j + k] + begin;
      dots<N>(residual_.data() + begin, vectors, length, parts.data() + chunk * count + j);
    });
  });
  std::vector<double> sums(count);
  for (std::size_t i = 0; i < parts.size(); ++i) sums[i % count] += parts[i];
  std::vector<double> squares(chunks);
  for_chunks(
      size,
      [&](std::size_t begin, std::size_t length, std::size_t chunk) {
        double* r = residual_.data() + begin;
        for_vectors(count, [&]<std::size_t N>(std::size_t j, std::integral_constant<std::size_t, N>) {
          const float* vectors[N];
          for (std::size_t k = 0; k < N; ++k) vectors[k] = basis_[first + j + k] + begin;
          subtract<N>(sums.data() + j, vectors, length, r);
        });
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
  if (basis_.size() == slabs_.size() * kSlab) slabs_.emplace_back(kSlab * stride_);
  float* const q = slabs_[basis_.size() / kSlab].data() + basis_.size() % kSlab * stride_;
  basis_.push_back(q);
  const double factor = 1 / length;
  for_chunks(residual_.size(), [&](std::size_t begin, std::size_t count, std::size_t) {
    for (std::size_t i = begin; i < begin + count; ++i) q[i] = static_cast<float>(factor * residual_[i]);
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
    double sums[kChunk] = {};
    for (std::size_t j = 0; j < coefficients.size(); ++j) {
      const float* q = basis_[j] + begin;
      const double c = coefficients[j];
      for (std::size_t i = 0; i < count; ++i) sums[i] += c * static_cast<double>(q[i]);
    }
    for (std::size_t i = 0; i < count; ++i) vector[begin + i] = static_cast<float>(sums[i]);
  });
}

}  // namespace nwedge::spectrum
