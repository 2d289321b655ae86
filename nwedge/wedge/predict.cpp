#include "nwedge/wedge/predict.hpp"

#include <fmt/core.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <type_traits>

#include "nwedge/core/error.hpp"
#include "nwedge/wedge/predictor.hpp"

namespace nwedge::wedge::theory {
namespace {

constexpr std::string_view kFrames[] = {"axis", "random"};
constexpr double kMostDimensions = std::numeric_limits<std::int32_t>::max();

constexpr std::string_view kCrossSections[] = {"ball", "box"};
constexpr std::string_view kEnergies[] = {"quadratic", "linear"};
constexpr std::string_view kMinima[] = {"hard", "soft"};
constexpr double kMostStored = 1e8;  // numbers of a model that is made for sampling

/// Gathers predictions under one number.
class List {
 public:
  void begin(std::string number) { number_ = std::move(number); }
  void add(std::string name, wedge::Prediction prediction, std::string meaning) {
    predictions_.push_back({number_, std::move(name), std::move(prediction), std::move(meaning)});
  }
  std::vector<PredictedNumber> take() { return std::move(predictions_); }

 private:
  std::string number_;
  std::vector<PredictedNumber> predictions_;
};

/// What a model's predictions come from: closed forms where its variant has them, the model itself where it
/// is not too large to be made.
class Sources {
 public:
  explicit Sources(const PredictOptions& options) : model_options_(options.model()) {
    const WedgeOptions& o = model_options_;
    shape_ = {o.dimension,  o.short_directions, o.wedges,          o.initial_sigma,
              o.half_width, o.opening,          o.frames == "axis"};
    plain_ = o.stiffness_values().empty() && o.energy == "quadratic" && o.cross_section == "ball" &&
             o.minimum == "hard" && o.centre_spread == 0;
    const double stored = static_cast<double>(o.wedges) * static_cast<double>(o.short_directions) *
                          (o.frames == "random" ? static_cast<double>(o.dimension) : 1.0);
    const bool centres = o.centre_spread > 0 && o.opening > 0;
    if (stored + (centres ? static_cast<double>(o.wedges) * static_cast<double>(o.dimension) : 0.0) +
            static_cast<double>(o.dimension) >
        kMostStored)
      return;
    model_.emplace(o);
    predictor_.emplace(*model_, static_cast<std::uint64_t>(o.seed));
  }

  const Parameters& shape() const { return shape_; }  ///< D, s, K, frames for any variant
  bool plain() const { return plain_; }               ///< its closed forms hold
  bool width_zero() const { return shape_.half_width == 0 && shape_.opening == 0; }

  /// A closed form of the plain variant.
  template <class Value>
  wedge::Prediction closed(bool holds, const Value& value) const {
    if (!plain_ || !holds) return wedge::Prediction::none("this variant has no closed form");
    return wedge::Prediction::closed_form(value());
  }
  /// What the predictor says, or `otherwise` where the model is too large to be made.
  template <class Ask>
  auto ask(const Ask& ask_predictor, std::invoke_result_t<Ask, const Predictor&> otherwise) const {
    return predictor_ ? ask_predictor(*predictor_) : otherwise;
  }
  static wedge::Prediction too_large() {
    return wedge::Prediction::none("the model is too large for Monte Carlo, and there is no closed form");
  }

 private:
  WedgeOptions model_options_;
  Parameters shape_;
  bool plain_ = false;
  std::optional<WedgeModel> model_;
  std::optional<Predictor> predictor_;
};

void predict_losses(const PredictOptions& o, const Sources& from, List& list) {
  const Parameters& p = from.shape();
  list.begin("P1");
  list.add("loss",
           from.ask([](const Predictor& of) { return of.random_point_loss(); },
                    from.closed(true, [&] { return random_point_loss(p); })),
           "mean loss of a random point");
  list.add("loss-median", from.closed(true, [&] { return random_point_loss_quantile(p, 0.5); }),
           "median loss of a random point");

  list.begin("P2");
  std::vector<std::int64_t> dimensions = o.section_dimensions;
  if (dimensions.empty())
    for (const std::int64_t quarter : {1, 2, 3})
      if (const std::int64_t d = quarter * o.short_directions / 4;
          dimensions.empty() || d != dimensions.back())
        dimensions.push_back(d);
  for (const std::int64_t d : dimensions) {
    list.add(fmt::format("section-loss-{}", d),
             from.ask([&](const Predictor& of) { return of.section_loss(d); },
                      from.closed(true, [&] { return section_loss(p, d); })),
             fmt::format("mean least loss on a random section of dimension {}", d));
    list.add(fmt::format("section-success-{}", d), from.closed(true, [&] { return section_success(p, d); }),
             fmt::format("probability that a random section of dimension {} reaches loss 0", d));
  }
  for (const int percent : {50, 10, 90})
    list.add(percent == 50 ? "intrinsic-dimension" : fmt::format("intrinsic-dimension-{}", percent),
             from.closed(true, [&] { return static_cast<double>(intrinsic_dimension(p, percent / 100.0)); }),
             fmt::format("least dimension whose random sections reach loss 0 with probability {}",
                         percent / 100.0));
}

void predict_rays(const PredictOptions& o, const Sources& from, List& list) {
  const Parameters& p = from.shape();
  constexpr double kShares[] = {0.1, 0.5, 0.9};
  list.begin("P3");
  const std::string where = fmt::format("exit radius at loss {} along a random direction", o.threshold);
  list.add("exit-radius", from.closed(p.opening == 0, [&] { return exit_radius(p, o.threshold); }),
           where + " from the middle of a core, leading form");
  const auto radii = from.ask([&](const Predictor& of) { return of.exit_radii(o.threshold, kShares); },
                              std::vector<wedge::Prediction>(3, Sources::too_large()));
  for (std::size_t i = 0; i < 3; ++i)
    list.add(fmt::format("exit-radius-{:.0f}", 100 * kShares[i]), radii[i],
             fmt::format("{} from an optimum, {:.0f} % leave before", where, 100 * kShares[i]));
}

void predict_lines(const PredictOptions& o, const Sources& from, List& list) {
  const Parameters& p = from.shape();
  constexpr int kPoints = 101;
  std::vector<double> t;
  for (int i = 0; i < kPoints; ++i) t.push_back(i / (kPoints - 1.0));
  list.begin("P4");
  list.add("barrier", from.ask([&](const Predictor& of) { return of.line_barrier(t); }, Sources::too_large()),
           "mean barrier of the straight line between optima in two wedges, the least of all wedges");
  list.add("barrier-crossing",
           from.closed(from.width_zero() && p.wedges > 1, [&] { return crossing_barrier(p); }),
           "the same where the energies of the two wedges cross, without the others");
  list.add("barrier-leading", from.closed(p.wedges > 1, [&] { return straight_line_barrier(p); }),
           "mean energy of one of them half way: right to order 1/sqrt(s)");
  const bool convex = p.opening == 0 && o.minimum == "hard";
  list.add(
      "barrier-within",
      convex ? wedge::Prediction::closed_form(0) : wedge::Prediction::none("one wedge is not convex here"),
      "between optima in one wedge");
  list.begin("P5");
  list.add("tunnel-dimension", wedge::Prediction::closed_form(tunnel_dimension(p, 2)),
           "dimension of the set that joins the middles of two wedges");
  list.begin("P6");
  for (std::int64_t m = 1; m <= o.optima; ++m)
    list.add(fmt::format("short-directions-{}", m),
             wedge::Prediction::closed_form(union_of_short_directions(p, m)),
             fmt::format("short directions of a {}-tunnel, give or take {:.2g}", m, union_deviation(p, m)));
}

void predict_tunnel(const PredictOptions& o, const Sources& from, List& list) {
  const Parameters& p = from.shape();
  const double optimum = o.sigma * std::sqrt(static_cast<double>(o.dimension - o.short_directions));
  const double radius = o.radius > 0 ? o.radius : optimum;
  if (radius <= 0) return;
  const auto degrees = [](double radians) { return radians * 180 / std::numbers::pi; };
  list.begin("P7");
  const std::string where = fmt::format("at radius {:.4g}", radius);
  list.add("half-width", from.closed(true, [&] { return radial_tunnel_half_width(p, radius); }),
           "of the core from its middle " + where);
  list.add("half-angle", from.closed(true, [&] { return degrees(radial_tunnel_half_angle(p, radius)); }),
           "of the core from its middle " + where + ", degrees");
  for (const int percent : {10, 50, 90})
    list.add(
        fmt::format("half-angle-{}", percent),
        from.closed(o.dimension > o.short_directions + 1,
                    [&] { return degrees(radial_tunnel_half_angle_quantile(p, radius, percent / 100.0)); }),
        fmt::format("degrees; {} % of random planes have less", percent));
  list.add("inside", from.closed(true, [&] { return inside_probability(p, radius); }),
           "probability that a random point " + where + " lies in a wedge");
  if (optimum <= 0) return;
  const double share[] = {radius / optimum};
  const auto tunnel = from.ask(
      [&](const Predictor& of) {
        return of.radial_tunnel(share, {o.threshold, true}).front();
      },
      Predictor::Radial{Sources::too_large(), Sources::too_large()});
  const std::string level =
      fmt::format(" {} from an axis through an optimum, loss up to {} above it", where, o.threshold);
  list.add("half-width-at-loss", tunnel.half_width, "median over random planes" + level);
  list.add("half-angle-at-loss", tunnel.half_angle, "median over random planes, degrees," + level);
}

void predict_descent(const PredictOptions& o, const Sources& from, List& list) {
  const Parameters& p = from.shape();
  list.begin("P8");
  for (const bool apart : {true, false})
    list.add(
        apart ? "average-loss" : "average-loss-within",
        from.ask([&](const Predictor& of) { return of.average_loss(o.optima, apart); }, Sources::too_large()),
        fmt::format("mean loss of the average of {} optima in {}", o.optima,
                    apart ? "as many wedges" : "one wedge"));
  const double rate = o.learning_rate;
  const double noise = o.gradient_noise;
  list.begin("P9");
  const bool stationary = from.width_zero();
  list.add("variance", from.closed(stationary, [&] { return sgd_variance(rate, noise); }),
           "stationary variance of a short coordinate under SGD");
  list.add("iterate-loss", from.closed(stationary, [&] { return sgd_loss(p, rate, noise); }),
           "mean loss of an iterate");
  list.add("iterate-average-loss",
           from.closed(stationary, [&] { return sgd_loss(p, rate, noise) / static_cast<double>(o.optima); }),
           fmt::format("mean loss of the average of {} decorrelated iterates", o.optima));
  list.begin("P10");
  list.add("critical-learning-rate", from.closed(true, [] { return critical_learning_rate(); }),
           "above it gradient descent leaves its wedge");
  list.add("switch-probability",
           from.ask([&](const Predictor& of) { return of.switch_probability(o.kept); }, Sources::too_large()),
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
  visitor.field("stiffness", stiffness, above(0),
                "stiffness: none (1), one for all, or one per short direction");
  visitor.field("stiffness-spread", stiffness_spread, at_least(1),
                "largest over smallest stiffness, log-spaced over the short directions");
  visitor.field("centre-spread", centre_spread, at_least(0),
                "standard deviation of the wedges' centres; 0: all cross at the origin");
  visitor.field("cross-section", cross_section, kCrossSections,
                "shape of the core across the short directions");
  visitor.field("energy", energy, kEnergies, "how the loss grows with the distance from the core");
  visitor.field("minimum", minimum, kMinima, "how wedges combine");
  visitor.field("temperature", temperature, at_least(0), "temperature of the soft minimum; 0 for a hard one");
  visitor.field("seed", seed, any_seed(), "seed of the wedges and of everything sampled");
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
  model().validate(place);
  for (const double value : {half_width, opening, sigma, threshold, radius, gradient_noise})
    if (!std::isfinite(value)) throw Error(place, fmt::format("numbers must be finite, one is {}", value));
}

WedgeOptions PredictOptions::model() const {
  WedgeOptions o;
  o.dimension = dimension;
  o.wedges = wedges;
  o.short_directions = short_directions;
  o.frames = frames;
  o.half_width = half_width;
  o.opening = opening;
  o.stiffness = stiffness;
  o.stiffness_spread = stiffness_spread;
  o.centre_spread = centre_spread;
  o.cross_section = cross_section;
  o.energy = energy;
  o.minimum = minimum;
  o.temperature = temperature;
  o.initial_sigma = sigma;
  o.seed = seed;
  return o;
}

std::vector<PredictedNumber> predict(const PredictOptions& options) {
  options.validate("predict");
  const Sources from(options);
  List list;
  predict_losses(options, from, list);
  predict_rays(options, from, list);
  predict_lines(options, from, list);
  predict_tunnel(options, from, list);
  predict_descent(options, from, list);
  return list.take();
}

}  // namespace nwedge::wedge::theory
