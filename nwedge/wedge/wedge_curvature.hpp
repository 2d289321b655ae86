#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nwedge/curvature.hpp"
#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::wedge {

/// The Hessian of a `WedgeModel` at one point: of the nearest wedge (hard minimum), or for shares pi_k of a
/// soft one
///   H = sum_k pi_k (H_k - g_k g_k^T / tau) + g g^T / tau,   g_k = grad E_k, g = sum_k pi_k g_k.
/// A product costs O(s) per wedge that has a share, O(sD) with random frames, plus O(D).
class WedgeCurvature final : public Curvature {
 public:
  WedgeCurvature(const WedgeModel& model, std::span<const float> point, std::span<const std::int64_t> wedges,
                 std::span<const double> shares);

  /// (I - B_k B_k^T)(theta - c_k) [D].
  struct LongPart {
    LongPart(const WedgeModel& model, std::span<const float> point, std::int64_t wedge);
    std::vector<double> values;
  };

 private:
  struct Piece {  // one wedge that has a share
    std::int64_t wedge;
    double share;
    std::vector<double> u;  // [s]
    double rho;
    std::vector<double> by_u;  // dE/du
    double by_rho;             // dE/drho
    std::vector<double>
        radial;  // unit vector along the long part [D]; empty when the wedge does not open here
  };

  void do_multiply(std::span<const float> vector, std::span<float> product) override;
  /// sum += pi_k H_k v - (pi_k / tau) g_k <g_k, v>; returns <g_k, v>.
  double add_piece(const Piece& piece, std::span<const float> vector, std::span<double> sum) const;

  const WedgeModel& model_;
  std::vector<Piece> pieces_;
  std::vector<double> slope_;  // g [D]; empty for a hard minimum
  std::vector<double> sum_;    // [D], scratch
};

}  // namespace nwedge::wedge
