#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace nwedge::geometry {

/// A random linear map P: R^d -> R^D whose columns are unit vectors: the frame of a random d-dimensional
/// section theta = origin + P z. Calls are const, safe from several threads at once, use the threads that are
/// free, and give the same bits on any number of threads.
class RandomProjection {
 public:
  virtual ~RandomProjection() = default;
  RandomProjection(const RandomProjection&) = delete;
  RandomProjection& operator=(const RandomProjection&) = delete;

  std::int64_t rows() const { return rows_; }        ///< D
  std::int64_t columns() const { return columns_; }  ///< d
  /// point = origin + P coordinates; origin and point [D] may be the same, coordinates [d].
  void apply(std::span<const float> coordinates, std::span<const float> origin, std::span<float> point) const;
  /// coordinates = P^T vector; sums over rows end in double.
  void apply_transpose(std::span<const float> vector, std::span<float> coordinates) const;

 protected:
  RandomProjection(std::int64_t rows, std::int64_t columns);

 private:
  virtual void do_apply(std::span<const float> coordinates, std::span<const float> origin,
                        std::span<float> point) const = 0;
  virtual void do_apply_transpose(std::span<const float> vector, std::span<float> coordinates) const = 0;

  std::int64_t rows_;
  std::int64_t columns_;
};

/// A projection of one of these kinds (memory in bytes; time of one product):
/// - "hadamard": column j is (s_i H_{r(i), c(j)})_i / sqrt(D), where H is the Walsh-Hadamard matrix of the
/// least
///   power of two N >= D, s random signs, r an increasing random choice of D of its N rows, c a random choice
///   of d of its columns. Orthonormal when D = N, otherwise nearly so (inner products about sqrt((1 - D/N) /
///   D)). 4 D + 4 d; O(D log D).
/// - "gaussian": independent N(0, 1), divided by the column norms [chunyuan2018]. 4 D d; O(D d).
/// - "orthonormal": the same made orthonormal, uniform on d-frames. 4 D d; O(D d), to make O(D d^2).
/// - "signs": independent +-1 / sqrt(D) [achlioptas2003]. D d / 4; O(D d).
/// - "sparse": round(sqrt(D)) entries +-1 in random rows of each column, scaled [chunyuan2018]. 8 d sqrt(D);
///   O(D + d sqrt(D)).
///
/// The same seed gives nested sections: the first columns for a larger d are those for a smaller one
/// ("orthonormal": they span the same space). Needs 1 <= columns <= rows; a dense kind that does not fit into
/// memory is an `Error`.
std::unique_ptr<RandomProjection> make_random_projection(std::string_view kind, std::int64_t rows,
                                                         std::int64_t columns, std::uint64_t seed);

/// The names above.
std::span<const std::string_view> random_projection_kinds();

}  // namespace nwedge::geometry
