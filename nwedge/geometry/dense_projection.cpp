#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "nwedge/core/parallel.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/geometry/block_products.hpp"
#include "nwedge/geometry/random_projections.hpp"

namespace nwedge::geometry {
namespace {

constexpr std::int64_t kBlock = DenseProjection::kBlock;
static_assert(kBlock == kBlockRows);
constexpr std::int64_t kLanes = 16;  // partial sums of a coordinate
constexpr std::int64_t kTogether =
    32;  // blocks of one task: its sums stay in single precision over 4096 rows

std::int64_t blocks_of(std::int64_t rows) { return (rows + kBlock - 1) / kBlock; }
std::int64_t tasks_of(std::int64_t rows) { return (blocks_of(rows) + kTogether - 1) / kTogether; }

/// body(block, task) for every block of rows, tasks in parallel, the blocks of one task in order. The tasks
/// begin at the end: `apply_transpose` begins at the beginning, so that each finds what the other read last
/// in the last-level cache.
template <class Body>
void for_blocks(std::int64_t rows, const Body& body) {
  parallel_for(tasks_of(rows), [&](std::int64_t k) {
    const std::int64_t task = tasks_of(rows) - 1 - k;
    for (std::int64_t b = task * kTogether; b < std::min(blocks_of(rows), (task + 1) * kTogether); ++b)
      body(b, task);
  });
}

using Block = Eigen::Map<Eigen::Matrix<float, kBlock, Eigen::Dynamic>>;

}  // namespace

DenseProjection::DenseProjection(std::int64_t rows, std::int64_t columns, Columns kind, std::uint64_t seed)
    : RandomProjection(rows, columns), values_(static_cast<std::size_t>(blocks_of(rows) * columns * kBlock)) {
  draw(seed);
  if (kind == Columns::unit) {
    normalise_columns();
    return;
  }
  // Two rounds: the first one loses orthogonality in proportion to the square of the condition number. A draw
  // so close to singular that the first round breaks down is replaced.
  for (std::uint64_t again = 1; !orthonormalise_columns(); ++again)
    draw(derive_seed(seed, "another draw", again));
  orthonormalise_columns();
}

void DenseProjection::draw(std::uint64_t seed) {
  parallel_for(blocks_of(rows()), [&](std::int64_t b) {
    float* block = values_.data() + b * columns() * kBlock;
    for (std::int64_t r = 0; r < std::min(kBlock, rows() - b * kBlock); ++r) {
      RandomStream stream(seed, "gaussian projection", static_cast<std::uint64_t>(b * kBlock + r));
      for (std::int64_t j = 0; j < columns(); ++j)
        block[j * kBlock + r] = static_cast<float>(stream.normal());
    }
  });
}

void DenseProjection::normalise_columns() {
  std::vector<Eigen::VectorXd> parts(static_cast<std::size_t>(tasks_of(rows())),
                                     Eigen::VectorXd::Zero(columns()));
  const auto block = [&](std::int64_t b) {
    return Block(values_.data() + b * columns() * kBlock, kBlock, columns());
  };
  for_blocks(rows(), [&](std::int64_t b, std::int64_t task) {
    parts[static_cast<std::size_t>(task)] += block(b).cast<double>().colwise().squaredNorm().transpose();
  });
  Eigen::VectorXd squares = Eigen::VectorXd::Zero(columns());
  for (const Eigen::VectorXd& part : parts) squares += part;
  const Eigen::VectorXf factors = squares.array().rsqrt().cast<float>();
  for_blocks(rows(), [&](std::int64_t b, std::int64_t) { block(b) = block(b) * factors.asDiagonal(); });
}

/// P <- P R^-1 with P^T P = R^T R (Cholesky); false when that matrix is not positive definite to rounding.
bool DenseProjection::orthonormalise_columns() {
  constexpr std::int64_t kSums = 8;  // partial Gram matrices, d^2 doubles each
  const std::int64_t d = columns();
  const auto block = [&](std::int64_t b) { return Block(values_.data() + b * d * kBlock, kBlock, d); };
  std::vector<Eigen::MatrixXd> parts(kSums, Eigen::MatrixXd::Zero(d, d));
  parallel_for(kSums, [&](std::int64_t part) {
    for (std::int64_t b = part; b < blocks_of(rows()); b += kSums)
      parts[static_cast<std::size_t>(part)].selfadjointView<Eigen::Lower>().rankUpdate(
          block(b).cast<double>().transpose().eval());
  });
  for (std::size_t part = 1; part < parts.size(); ++part) parts[0] += parts[part];
  const Eigen::LLT<Eigen::MatrixXd, Eigen::Lower> factor(parts[0]);
  if (factor.info() != Eigen::Success) return false;
  for_blocks(rows(), [&](std::int64_t b, std::int64_t) {
    // P R^-1 with R = L^T is (L^-1 P^T)^T.
    const Eigen::MatrixXd solved = factor.matrixL().solve(block(b).cast<double>().transpose());
    block(b) = solved.transpose().cast<float>();
  });
  return true;
}

void DenseProjection::do_apply(std::span<const float> coordinates, std::span<const float> origin,
                               std::span<float> point) const {
  for_blocks(rows(), [&](std::int64_t b, std::int64_t) {
    const float* p = values_.data() + b * columns() * kBlock;
    alignas(64) float block[kBlock];
    add_columns(p, coordinates, block);
    const std::int64_t begin = b * kBlock;
    for (std::int64_t r = 0; r < std::min(kBlock, rows() - begin); ++r) {
      const auto i = static_cast<std::size_t>(begin + r);
      point[i] = origin[i] + block[r];
    }
  });
}

void DenseProjection::do_apply_transpose(std::span<const float> vector, std::span<float> coordinates) const {
  const std::int64_t d = columns();
  std::vector<double> parts(static_cast<std::size_t>(tasks_of(rows()) * d));
  parallel_for(tasks_of(rows()), [&](std::int64_t task) {
    std::vector<float> sums(static_cast<std::size_t>(d * kLanes));
    for (std::int64_t b = task * kTogether; b < std::min(blocks_of(rows()), (task + 1) * kTogether); ++b) {
      alignas(64) float block[kBlock] = {};
      const std::int64_t begin = b * kBlock;
      std::copy_n(vector.begin() + begin, std::min(kBlock, rows() - begin), block);
      project_block(values_.data() + b * d * kBlock, block, d, sums.data());
    }
    for (std::int64_t j = 0; j < d; ++j)
      parts[static_cast<std::size_t>(task * d + j)] =
          std::accumulate(sums.begin() + j * kLanes, sums.begin() + (j + 1) * kLanes, 0.0);
  });
  for (std::int64_t j = 0; j < d; ++j) {
    double sum = 0;
    for (std::int64_t task = 0; task < tasks_of(rows()); ++task)
      sum += parts[static_cast<std::size_t>(task * d + j)];
    coordinates[static_cast<std::size_t>(j)] = static_cast<float>(sum);
  }
}

}  // namespace nwedge::geometry
