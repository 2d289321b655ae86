#pragma once
#include <cstdint>

#include "nwedge/wedge/wedge_options.hpp"

namespace nwedge::wedge::theory {

// Closed forms of the wedge model [fort2019]: what each experiment should measure on it. They hold for
// stiffness 1, a quadratic energy, a ball cross-section, centres at the origin and a hard minimum, and take
// different wedges as independent: exact for one wedge, and up to terms of order s/D for several. Points have
// N(0, sigma^2) coordinates. A function that a parameter makes meaningless throws `Error`. Each is checked by
// Monte Carlo in tests/unit/wedge/theory_*_test.cpp.

/// The model that a prediction is about.
struct Parameters {
  std::int64_t dimension = 1000;       ///< D
  std::int64_t short_directions = 50;  ///< s, 1 to D
  std::int64_t wedges = 20;            ///< K >= 1
  double sigma = 1.0;                  ///< of the coordinates of points
  double half_width = 0.0;             ///< epsilon
  double opening = 0.0;                ///< kappa
  bool axis = true;                    ///< frames: coordinate axes, or random orthonormal
};

/// Those of a model; sigma is that of its initial points. Throws for a variant that has no closed forms here.
Parameters parameters_of(const WedgeOptions& options);

/// Half-width at a random point: epsilon + kappa sigma sqrt(D - s).
double typical_half_width(const Parameters& p);

/// E[min of `count` chi^2 variables of `degrees` degrees of freedom].
double mean_least_chi_square(double degrees, std::int64_t count);

// --- P1: the loss of a random point
// -------------------------------------------------------------------------------

/// E[L] = 1/2 E[max(sigma sqrt(X) - w, 0)^2], X the least of K chi^2_s; 1/2 s sigma^2 for K = 1, w = 0.
double random_point_loss(const Parameters& p);
/// The q-quantile of L, 0 < q < 1.
double random_point_loss_quantile(const Parameters& p, double q);

// --- P2: the least loss on a random d-dimensional section through a random point
// ------------------------------------

/// Mean of the best of K wedges, 2 L_d ~ sigma^2 chi^2_(s - d) each; 0 for d >= s.
double section_loss(const Parameters& p, std::int64_t d);
/// Mean L_d / L_0 of the nearest wedge at half-width 0: 1 - d/s.
double section_loss_ratio(const Parameters& p, std::int64_t d);
/// P(the section reaches loss 0) = 1 - (1 - P(sigma^2 chi^2_(s - d) <= w^2))^K.
double section_success(const Parameters& p, std::int64_t d);
/// The same for one wedge and a point at short distance R0: I_((w/R0)^2)((s - d)/2, d/2), exact.
double section_success_at(const Parameters& p, std::int64_t d, double short_distance);
/// The least d with section_success >= probability: the intrinsic dimension; s at half-width 0.
std::int64_t intrinsic_dimension(const Parameters& p, double probability = 0.5);
/// d* = s (1 - (w/R0)^2), the threshold of [larsen2021]; 0 when R0 <= w. The transition is O(sqrt(s)) wide.
double threshold_dimension(const Parameters& p, double short_distance);

// --- P3: exit radius along an isotropic random direction from the middle of a core, opening 0
// ------------------------

/// (epsilon + sqrt(2 tau)) / sqrt(beta), beta ~ Beta(s/2, (D - s)/2): its q-quantile. `threshold` tau: the
/// loss at which the ray has left.
double exit_radius_quantile(const Parameters& p, double threshold, double q);
/// (epsilon + sqrt(2 tau)) sqrt(D/s): close to the median when s >> 1.
double exit_radius(const Parameters& p, double threshold);
/// sqrt(2 tau D / tr H), for any smooth minimum: the exit radius measures the trace.
double exit_radius_from_trace(std::int64_t dimension, double trace, double threshold);

// --- P4, P5, P6: lines, tunnels and m-tunnels between optima in different wedges
// -------------------------------------

/// Loss at t on the straight line between optima in two wedges: 1/2 E[max(t' sigma sqrt((1 - s/D) chi^2_s) -
/// w, 0)^2] with t' = min(t, 1 - t); 1/2 sigma^2 s (1 - s/D) t'^2 for w = 0. w is that at the typical long
/// radius there.
double straight_line_loss(const Parameters& p, double t);
/// Its barrier, at t = 1/2: sigma^2 s (1 - s/D) / 8 for w = 0. Inside one wedge it is 0.
double straight_line_barrier(const Parameters& p);
/// How much further from a random point a wedge is that is not its nearest: E[X | not the least of K] / s
/// with X ~ chi^2_s, (K s - E[least of K]) / ((K - 1) s); 1 for K = 1. Optima that training found lie so far
/// from the other wedges.
double selection(const Parameters& p);
/// Mean barrier max_t of the line between trained optima in two wedges at half-width and opening 0: the two
/// energies cross where t sqrt(X_1) = (1 - t) sqrt(X_2), so that it is 1/2 sigma^2 (1 - s/D) selection E[X_1
/// X_2 / (sqrt(X_1) + sqrt(X_2))^2], X chi^2_s; the other wedges, about twice as far, are left out. Between
/// points put into two given wedges the same without `selection`.
double crossing_barrier(const Parameters& p);
/// Short directions of an m-tunnel: E|S_1 u ... u S_m| = D (1 - (1 - s/D)^m) for axis frames, min(ms, D) for
/// random.
double union_of_short_directions(const Parameters& p, std::int64_t m);
/// Standard deviation of |S_1 u ... u S_m| over random axis frames; 0 for random frames.
double union_deviation(const Parameters& p, std::int64_t m);
/// Dimension D - |S_1 u ... u S_m| of the zero-loss set that joins m optima; 0 when they share no more than a
/// point.
double tunnel_dimension(const Parameters& p, std::int64_t m);

// --- P7: the radial tunnel on a plane spanned by a point of a wedge and a random unit vector
// -------------------------

/// Half-width sqrt(D/s) w(R) at distance R along the tunnel: constant for kappa = 0, growing like R for
/// epsilon = 0.
double radial_tunnel_half_width(const Parameters& p, double radius);
/// Half-angle phi in radians at radius R from the origin, from sqrt(s/D) R sin(phi) = epsilon + kappa rho,
/// i.e. about sin(phi) = (w(R)/R) sqrt(D/s); pi/2 when all of the circle is inside.
double radial_tunnel_half_angle(const Parameters& p, double radius);
/// The q-quantile of the half-angle over random planes: beta ~ Beta(s/2, (D - 1 - s)/2) in place of s/D.
/// Needs D > s + 1.
double radial_tunnel_half_angle_quantile(const Parameters& p, double radius, double q);
/// Probability that a random point at radius R from the origin lies inside one of the K wedges; for one wedge
/// I_y^2(s/2, (D - s)/2) with y = w/R at the rim.
double inside_probability(const Parameters& p, double radius);

// --- P8: averages of optima
// -----------------------------------------------------------------------------------------

/// Mean energy, in the wedge of one of them, of the average of N optima in N different wedges:
/// 1/2 E[max(sigma sqrt((1 - s/D) (N - 1) chi^2_s) / N - w, 0)^2], which is 1/2 s sigma^2 (1 - s/D) (N -
/// 1)/N^2 for w = 0. In one wedge it is 0.
double average_energy(const Parameters& p, std::int64_t optima);
/// Mean loss of that average: the same with the least of N chi^2_s. Other wedges are further for N >= 2 by a
/// factor N/(N - 1) and are left out, so it is an upper bound when K > N.
double average_loss(const Parameters& p, std::int64_t optima);

// --- P9: SGD in one wedge, learning rate eta, gradient noise sigma_g per coordinate
// ---------------------------------

/// Stationary variance of a short coordinate: eta sigma_g^2 / (lambda (2 - eta lambda)). Needs 0 < eta <
/// 2/lambda.
double sgd_variance(double learning_rate, double gradient_noise, double stiffness = 1);
/// Loss of one iterate at half-width 0 and opening 0, 1/2 s v.
double sgd_loss(const Parameters& p, double learning_rate, double gradient_noise);
/// Loss of the average of N iterates `spacing` steps apart, 1/2 s v (1 + 2 sum_k (1 - k/N) a^k)/N with
/// a = (1 - eta)^spacing; 1/2 s v / N when they are far apart.
double sgd_average_loss(const Parameters& p, double learning_rate, double gradient_noise,
                        std::int64_t iterates, std::int64_t spacing);

// --- P10: switching wedges
// ------------------------------------------------------------------------------------------

/// The learning rate 2/lambda_max above which gradient descent leaves its wedge.
double critical_learning_rate(double largest_stiffness = 1);
/// Probability that a kick theta <- a theta + sqrt(1 - a^2) N(0, sigma^2 I) from an optimum, followed by
/// descent, ends in another wedge: P(min of K - 1 chi^2_s < X and sigma^2 X > w^2), X ~ (1 - a^2) chi^2_s.
/// `kept` a in [0, 1].
double switch_probability(const Parameters& p, double kept);

}  // namespace nwedge::wedge::theory
