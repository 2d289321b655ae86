#include "nwedge/wedge/predict.hpp"

#include <fmt/core.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "nwedge/core/error.hpp"

namespace nwedge::wedge::theory {
namespace {

constexpr std::string_view kFrames[] = {"axis", "random"};
constexpr double kMostDimensions = std::numeric_limits<std::int32_t>::max();

Parameters parameters(const PredictOptions& o) {
  return {o.dimension, o.short_directions, o.wedges, o.sigma, o.half_width, o.opening, o.frames == "axis"};
}

/// Gathers predictions under one number.
class List {
 public:
  void begin(std::string number) { number_ = std::move(number); }
  void add(std::string name, double value, std::string meaning) {
    predictions_.push_back({number_, std::move(name), value, std::move(meaning)});
  }
  std::vector<Prediction> take() { return std::move(predictions_); }

 private:
  std::string number_;
  std::vector<Prediction> predictions_;
};

void predict_losses(const PredictOptions& o, const Parameters& p, List& list) {
  list.begin("P1");
  list.add("loss", random_point_loss(p), "mean loss of a random point");
  list.add("loss-median", random_point_loss_quantile(p, 0.5), "median loss of a random point");

  list.begin("P2");
  std::vector<std::int64_t> dimensions = o.section_dimensions;
  if (dimensions.empty())
    for (const std::int64_t quarter : {1, 2, 3})
      if (const std::int64_t d = quarter * o.short_directions / 4;
          dimensions.empty() || d != dimensions.back())
        dimensions.push_back(d);
  for (const std::int64_t d : dimensions) {
    list.add(fmt::format("section-loss-{}", d), section_loss(p, d),
             fmt::format("mean least loss on a random section of dimension {}", d));
    list.add(fmt::format("section-success-{}", d), section_success(p, d),
             fmt::format("probability that a random section of dimension {} reaches loss 0", d));
  }
  list.add("intrinsic-dimension", static_cast<double>(intrinsic_dimension(p)),
           "least dimension whose random sections reach loss 0 with probability 1/2");
  list.add("intrinsic-dimension-10", static_cast<double>(intrinsic_dimension(p, 0.1)),
           "the same with probability 0.1");
  list.add("intrinsic-dimension-90", static_cast<double>(intrinsic_dimension(p, 0.9)),
           "the same with probability 0.9");
}

void predict_shape(const PredictOptions& o, const Parameters& p, List& list) {
  list.begin("P3");
  if (o.opening == 0) {
    const std::string where = fmt::format("exit radius at loss {} along a random direction", o.threshold);
    list.add("exit-radius", exit_radius(p, o.threshold), where + ", leading form");
    for (const int percent : {10, 50, 90})
      list.add(fmt::format("exit-radius-{}", percent), exit_radius_quantile(p, o.threshold, percent / 100.0),
               fmt::format("{}, {} % of directions leave before", where, percent));
  }
  list.begin("P4");
  list.add("barrier", straight_line_barrier(p), "on the straight line between optima in two wedges");
  list.add("barrier-within", 0, "between optima in one wedge of opening 0");
  list.begin("P5");
  list.add("tunnel-dimension", tunnel_dimension(p, 2),
           "dimension of the zero-loss set that joins two wedges");
  list.begin("P6");
  for (std::int64_t m = 1; m <= o.optima; ++m)
    list.add(fmt::format("short-directions-{}", m), union_of_short_directions(p, m),
             fmt::format("short directions of a {}-tunnel, give or take {:.2g}", m, union_deviation(p, m)));
}

void predict_tunnel(const PredictOptions& o, const Parameters& p, List& list) {
  const double optimum = o.sigma * std::sqrt(static_cast<double>(o.dimension - o.short_directions));
  const double radius = o.radius > 0 ? o.radius : optimum;
  if (radius <= 0) return;
  list.begin("P7");
  const std::string where = fmt::format("at radius {:.4g}", radius);
  list.add("half-width", radial_tunnel_half_width(p, radius), "of the radial tunnel " + where);
  list.add("half-angle", radial_tunnel_half_angle(p, radius) * 180 / std::numbers::pi,
           "of the radial tunnel " + where + ", degrees");
  if (o.dimension > o.short_directions + 1)
    for (const int percent : {10, 50, 90})
      list.add(fmt::format("half-angle-{}", percent),
               radial_tunnel_half_angle_quantile(p, radius, percent / 100.0) * 180 / std::numbers::pi,
               fmt::format("degrees; {} % of random planes have less", percent));
  list.add("inside", inside_probability(p, radius),
           "probability that a random point " + where + " lies in a wedge");
}

void predict_descent(const PredictOptions& o, const Parameters& p, List& list) {
  list.begin("P8");
  list.add("average-loss", average_loss(p, o.optima),
           fmt::format("mean loss of the average of {} optima in as many wedges", o.optima));
  list.add("average-loss-within", 0, "of optima in one wedge of opening 0");
  const double rate = o.learning_rate;
  const double noise = o.gradient_noise;
  if (o.half_width == 0 && o.opening == 0) {
    list.begin("P9");
    list.add("variance", sgd_variance(rate, noise), "stationary variance of a short coordinate under SGD");
    list.add("iterate-loss", sgd_loss(p, rate, noise), "mean loss of an iterate");
    list.add("iterate-average-loss", sgd_loss(p, rate, noise) / static_cast<double>(o.optima),
             fmt::format("mean loss of the average of {} decorrelated iterates", o.optima));
  }
  list.begin("P10");
  list.add("critical-learning-rate", critical_learning_rate(), "above it gradient descent leaves its wedge");
  list.add("switch-probability", switch_probability(p, o.kept),
           fmt::format("that a kick which keeps {} of an optimum ends in another wedge", o.kept));
}

}  // namespace

void PredictOptions::visit(OptionVisitor& visitor) {
  visitor.field("dimension", dimension, between(1, kMostDimensions), "dimension D of the weight space");
  visitor.field("short-directions", short_directions, between(1, kMostDimensions),
                "short directions s, at most D");
  visitor.field("wedges", wedges, between(1, kMostDimensions), "number K of wedges");
  visitor.field("frames", frames, kFrames, "short directions: coordinate axes or a random orthonormal frame");
  visitor.field("half-width", half_width, at_least(0), "half-width of the flat core");
  visitor.field("opening", opening, at_least(0), "half-width gained per unit of long radius");
  visitor.field("sigma", sigma, at_least(0), "standard deviation of the coordinates of points");
  visitor.field("section-dimensions", section_dimensions, between(0, kMostDimensions),
                "dimensions of random sections, at most D; none: quarters of s");
  visitor.field("threshold", threshold, at_least(0), "loss at which a ray has left a wedge");
  visitor.field("radius", radius, at_least(0),
                "distance from the origin of the radial tunnel; 0: an optimum's");
  visitor.field("optima", optima, between(2, 1e6), "optima joined by an m-tunnel or averaged");
  visitor.field("learning-rate", learning_rate, {0, 2, true}, "of stochastic gradient descent, below 2");
  visitor.field("gradient-noise", gradient_noise, at_least(0),
                "standard deviation of a step's gradient per coordinate");
  visitor.field("kept", kept, between(0, 1), "share of an optimum that a kick keeps");
}

void PredictOptions::validate(std::string_view place) const {
  check_options(place, *this);
  if (short_directions > dimension)
    throw Error(place, fmt::format("short-directions must be at most dimension ({}), is {}", dimension,
                                   short_directions));
  for (const std::int64_t d : section_dimensions)
    if (d > dimension)
      throw Error(place,
                  fmt::format("section-dimensions must be at most dimension ({}), one is {}", dimension, d));
  if (learning_rate >= 2)
    throw Error(place, fmt::format("learning-rate must be below 2, is {}", learning_rate));
  for (const double value : {half_width, opening, sigma, threshold, radius, gradient_noise})
    if (!std::isfinite(value)) throw Error(place, fmt::format("numbers must be finite, one is {}", value));
}

std::vector<Prediction> predict(const PredictOptions& options) {
  options.validate("predict");
  const Parameters p = parameters(options);
  List list;
  predict_losses(options, p, list);
  predict_shape(options, p, list);
  predict_tunnel(options, p, list);
  predict_descent(options, p, list);
  return list.take();
}

}  // namespace nwedge::wedge::theory
