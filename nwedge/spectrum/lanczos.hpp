#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "nwedge/core/large_pages.hpp"
#include "nwedge/spectrum/operator.hpp"

namespace nwedge::spectrum {

/// The eigenpairs of a symmetric tridiagonal matrix T = V diag(values) V^T.
struct TridiagonalEigen {
  std::vector<double> values;   ///< [m], ascending
  std::vector<double> vectors;  ///< [m, m], row i is the eigenvector of values[i]

  double component(std::int64_t i, std::int64_t row) const {
    return vectors[static_cast<std::size_t>(i) * values.size() + static_cast<std::size_t>(row)];
  }
};

/// `diagonal` has m >= 1 entries, `off_diagonal` at least m - 1. Cost O(m^3).
TridiagonalEigen tridiagonal_eigen(std::span<const double> diagonal, std::span<const double> off_diagonal);

/// What a Lanczos process leaves.
struct Tridiagonal {
  std::vector<double> diagonal;      ///< [m]
  std::vector<double> off_diagonal;  ///< [m - 1]
  bool finite = true;
};

/// At most `steps` >= 1 steps of the Lanczos recurrence from `start`, which keeps two vectors and makes none
/// orthogonal to earlier ones: memory 20 D bytes, a step costs one product and some 6 D multiplications.
/// `made` is told the size after each. Ends where a space is invariant or a value is not finite.
Tridiagonal lanczos_recurrence(OperatorReference matrix, std::span<const float> start, std::int64_t steps,
                               const std::function<void(std::int64_t)>& made);

/// The Lanczos process with full reorthogonalisation [golub2013, sec. 10.3]: an orthonormal basis Q = (q_1
/// ... q_m) with
///     H Q = Q T + coupling * q_{m+1} e_m^T,   T symmetric tridiagonal.
/// Vectors are stored as floats, inner products summed in double; a vector is orthogonalised a second time
/// when the first pass cancelled much of it [daniel1976]. A space that H maps into itself ends the process;
/// `begin` then goes on in its complement and T becomes block diagonal, so that multiple eigenvalues are
/// found as often as they occur.
///
/// Memory 4 D (m + 1) + 12 D bytes, m + 1 rounded up to a multiple of eight; step m costs one product and
/// about 4 m D multiplications. The same bits on any number of threads.
class Lanczos {
 public:
  explicit Lanczos(OperatorReference matrix);

  /// Begins a block from `start` [D], made orthogonal to the basis; false when nothing of it remains.
  bool begin(std::span<const float> start);
  /// One product more. False when the block is complete: it is invariant under H, or H gave a value that is
  /// not finite.
  bool step();

  std::int64_t size() const { return static_cast<std::int64_t>(diagonal_.size()); }  ///< m
  std::int64_t block_begin() const { return block_begin_; }       ///< basis vectors before the current block
  std::span<const double> diagonal() const { return diagonal_; }  ///< [m]
  std::span<const double> off_diagonal() const { return off_diagonal_; }  ///< [m - 1]; 0 between blocks
  double coupling() const { return coupling_; }                           ///< 0 when the block is complete
  bool finite() const { return finite_; }
  /// sum_j coefficients[j] q_j, coefficients [m], vector [D].
  void combine(std::span<const double> coefficients, std::span<float> vector) const;

 private:
  struct Subtracted {
    double coefficient;  // of the last vector
    double norm;         // of the residual that is left
  };
  Subtracted subtract_projections(std::size_t first, std::size_t last);
  double orthogonalise(std::size_t count, double before);
  void append(double norm);

  OperatorReference matrix_;
  std::size_t stride_;                    // of the vectors of a slab
  std::vector<LargeArray<float>> slabs_;  // several vectors each, in large pages
  std::vector<float*> basis_;             // m vectors, and q_{m+1} while the block is open
  std::vector<double> diagonal_;
  std::vector<double> off_diagonal_;
  double coupling_ = 0;
  double scale_ = 0;  // largest entry of T so far, a lower bound of the norm of H
  std::int64_t block_begin_ = 0;
  bool finite_ = true;
  LargeArray<float> product_;
  LargeArray<double> residual_;
};

}  // namespace nwedge::spectrum
