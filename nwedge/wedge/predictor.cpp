#include "nwedge/wedge/predictor.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/wedge/core_edge.hpp"
#include "nwedge/wedge/section_minimum.hpp"
#include "nwedge/wedge/wedge_section.hpp"

namespace nwedge::wedge {
namespace {

constexpr double kMostWork = 3e8;
constexpr std::int64_t kMostSamples = 1000;
constexpr std::int64_t kLeastSamples = 30;
constexpr double kPerNormal = 8;  // operations of one random number
constexpr double kPerTerm = 4;    // of one short coordinate of a box in a loss
constexpr double kPerBall = 20;   // of one ball
constexpr double kPerLoss = 300;  // and of any loss

/// Why there is no Monte Carlo of something.
struct NotSampled {
  std::string reason;
};

/// What `calculate` gives, or one prediction for each of `count` with the reason why it could not.
template <class Calculate>
std::vector<Prediction> unless_not_sampled(std::size_t count, const Calculate& calculate) {
  try {
    return calculate();
  } catch (const NotSampled& why) {
    return std::vector<Prediction>(count, Prediction::none(why.reason));
  }
}

double norm(std::span<const float> point) {
  double sum = 0;
  for (const float x : point) sum += static_cast<double>(x) * x;
  return std::sqrt(sum);
}

std::vector<float> difference(std::span<const float> to, std::span<const float> from) {
  std::vector<float> result(to.size());
  for (std::size_t i = 0; i < to.size(); ++i) result[i] = to[i] - from[i];
  return result;
}

/// Where a way that starts inside leaves: the first of the ascending scan at which `inside` fails, then
/// halved; infinity when none does, 0 when the start itself is outside.
double first_exit(std::span<const double> scan, const std::function<bool(double)>& inside) {
  constexpr int kHalvings = 12;
  if (!inside(0)) return 0;
  double low = 0;
  for (double high : scan) {
    if (inside(high)) {
      low = high;
      continue;
    }
    for (int i = 0; i < kHalvings; ++i) {
      const double middle = (low + high) / 2;
      (inside(middle) ? low : high) = middle;
    }
    return (low + high) / 2;
  }
  return std::numeric_limits<double>::infinity();
}

std::vector<double> even_scan(double most) {
  constexpr int kPoints = 24;
  std::vector<double> scan;
  for (int i = 1; i <= kPoints; ++i) scan.push_back(most * i / kPoints);
  return scan;
}

std::vector<double> geometric_scan(double least, double most) {
  constexpr int kPoints = 32;
  std::vector<double> scan;
  for (int i = 0; i < kPoints; ++i)
    scan.push_back(least * std::pow(most / least, static_cast<double>(i) / (kPoints - 1)));
  return scan;
}

}  // namespace

Predictor::Predictor(const WedgeModel& model, std::uint64_t seed) : model_(model), seed_(seed) {
  const WedgeOptions& o = model.options();
  const bool plain = o.stiffness_values().empty() && o.energy == "quadratic" && o.cross_section == "ball" &&
                     o.minimum == "hard" && o.centre_spread == 0 && model.geometry().short_centres.empty();
  if (plain) closed_ = theory::parameters_of(o);
}

bool Predictor::width_zero() const {
  return model_.options().half_width == 0 && model_.options().opening == 0;
}

bool Predictor::alone_below(double rise) const {
  if (!closed_ || !width_zero()) return false;
  if (closed_->wedges == 1) return true;
  if (closed_->sigma == 0) return false;
  constexpr double kMargin = 4;  // the energy of the others varies by about so much along the way
  constexpr double kNegligible = 1e-3;
  theory::Parameters wide = *closed_;
  wide.half_width = std::sqrt(2 * kMargin * rise);
  return theory::section_success(wide, 0) < kNegligible;
}

std::int64_t Predictor::samples_of(double points, double losses) const {
  const auto d = static_cast<double>(model_.dimension());
  const double terms = static_cast<double>(model_.wedges()) * static_cast<double>(model_.short_directions());
  double made = kPerNormal * d + terms;
  if (!model_.axis()) made += terms * d;
  if (model_.cross_section().opening > 0) made += 3 * d * static_cast<double>(model_.wedges());
  const double wedge =
      model_.cross_section().box ? kPerTerm * static_cast<double>(model_.short_directions()) : kPerBall;
  const double loss = kPerLoss + wedge * static_cast<double>(model_.wedges());
  const double samples = kMostWork / (points * made + losses * loss);
  return samples < static_cast<double>(kLeastSamples)
             ? 0
             : static_cast<std::int64_t>(std::min(samples, static_cast<double>(kMostSamples)));
}

std::vector<std::vector<double>> Predictor::draw(
    double points, double losses, const std::function<std::vector<double>(std::uint64_t)>& sample) const {
  const std::int64_t count = samples_of(points, losses);
  if (count == 0) throw NotSampled{"the model is too large for Monte Carlo, and there is no closed form"};
  std::vector<std::vector<double>> drawn(static_cast<std::size_t>(count));
  parallel_for(count, [&](std::int64_t i) {
    drawn[static_cast<std::size_t>(i)] = sample(static_cast<std::uint64_t>(i));
  });
  std::erase_if(drawn, [](const std::vector<double>& values) { return values.empty(); });
  if (std::ssize(drawn) < kLeastSamples) throw NotSampled{"random points lead to too few different wedges"};
  std::vector<std::vector<double>> turned(drawn.front().size());
  for (const std::vector<double>& values : drawn)
    for (std::size_t j = 0; j < values.size(); ++j) turned[j].push_back(values[j]);
  return turned;
}

std::vector<float> Predictor::random_point(std::string_view purpose, std::uint64_t index) const {
  std::vector<float> point(static_cast<std::size_t>(model_.dimension()));
  RandomStream(seed_, purpose, index).fill_normal(point, model_.options().initial_sigma);
  return point;
}

Predictor::Optimum Predictor::optimum(std::string_view purpose, std::uint64_t index) const {
  const std::vector<float> start = random_point(purpose, index);
  const std::int64_t wedge = model_.nearest(start);
  return {core_edge(model_, start, wedge), wedge};
}

Predictor::Points Predictor::distinct_optima(std::string_view purpose, std::uint64_t index,
                                             std::int64_t count) const {
  const std::int64_t tries = 2 * count + 4;
  Points found;
  std::set<std::int64_t> seen;
  for (std::int64_t i = 0; i < tries && std::ssize(found) < count; ++i) {
    const std::vector<float> start =
        random_point(purpose, index * static_cast<std::uint64_t>(tries) + static_cast<std::uint64_t>(i));
    const std::int64_t wedge = model_.nearest(start);
    if (seen.insert(wedge).second) found.push_back({core_edge(model_, start, wedge), wedge});
  }
  return found;
}

void Predictor::require_optima() const {
  if (model_.options().minimum == "soft")
    throw NotSampled{
        "descent on a soft minimum goes on for ever, so that there are no optima to predict for"};
}

Prediction Predictor::random_point_loss() const {
  if (closed_ && closed_->opening == 0) return Prediction::closed_form(theory::random_point_loss(*closed_));
  return unless_not_sampled(1, [&]() -> std::vector<Prediction> {
    return {Prediction::mean_of(draw(1, 1, [&](std::uint64_t i) -> std::vector<double> {
      return {model_.loss_of(model_.energies(random_point("predicted random point", i)))};
    })[0])};
  })[0];
}

Prediction Predictor::section_loss(std::int64_t d) const {
  if (closed_ && closed_->opening == 0) return Prediction::closed_form(theory::section_loss(*closed_, d));
  if (!has_section_minimum(model_))
    return Prediction::none("the least loss on a section of this variant is known to descent only");
  return unless_not_sampled(1, [&]() -> std::vector<Prediction> {
    const auto columns = static_cast<double>(d);
    const auto s = static_cast<double>(model_.short_directions());
    // K least-squares problems [s, d], in losses.
    const double solving =
        kPerTerm * static_cast<double>(model_.wedges()) * s * columns * std::min(s, columns) / kPerLoss;
    return {Prediction::mean_of(draw(1 + columns, solving, [&](std::uint64_t i) -> std::vector<double> {
      RandomStream stream(seed_, "predicted section", i);
      const auto column = [&](std::int64_t, std::span<float> values) { stream.fill_normal(values); };
      return {section_minimum(model_, random_point("predicted section point", i), d, column).loss};
    })[0])};
  })[0];
}

std::vector<Prediction> Predictor::line_losses(std::span<const double> t) const {
  return unless_not_sampled(t.size(), [&] {
    require_optima();
    if (model_.wedges() < 2) throw NotSampled{"there is one wedge only"};
    const auto rows = draw(4, static_cast<double>(t.size()), [&](std::uint64_t i) {
      const Points ends = distinct_optima("predicted line", i, 2);
      std::vector<double> losses;
      if (ends.size() < 2) return losses;
      const WedgeSection line(model_, ends[0].point, difference(ends[1].point, ends[0].point));
      for (const double at : t) losses.push_back(line.loss(std::span(&at, 1)));
      return losses;
    });
    std::vector<Prediction> predictions;
    for (const std::vector<double>& row : rows) predictions.push_back(Prediction::mean_of(row));
    return predictions;
  });
}

Prediction Predictor::line_barrier(std::span<const double> t) const {
  return unless_not_sampled(1, [&]() -> std::vector<Prediction> {
    require_optima();
    if (model_.wedges() < 2) throw NotSampled{"there is one wedge only"};
    const auto rows = draw(4, static_cast<double>(t.size()), [&](std::uint64_t i) -> std::vector<double> {
      const Points ends = distinct_optima("predicted line", i, 2);
      if (ends.size() < 2) return {};
      const WedgeSection line(model_, ends[0].point, difference(ends[1].point, ends[0].point));
      const auto loss = [&](double at) { return line.loss(std::span(&at, 1)); };
      const double first = loss(0);
      const double last = loss(1);
      double barrier = 0;
      for (const double at : t) barrier = std::max(barrier, loss(at) - ((1 - at) * first + at * last));
      return {barrier};
    });
    return {Prediction::mean_of(rows[0])};
  })[0];
}

Prediction Predictor::descent_share(double t) const {
  const WedgeOptions& o = model_.options();
  const CrossSection& section = model_.cross_section();
  if (o.minimum == "soft") return Prediction::none("a soft minimum has no closed form along a line");
  const bool straight = width_zero() || (section.box ? o.opening == 0 : section.stiffness.empty());
  if (!straight) return Prediction::none("descent bends on its way to the edge of this core");
  return Prediction::closed_form(section.linear ? 1 - t : (1 - t) * (1 - t));
}

std::vector<Prediction> Predictor::exit_radii(double rise, std::span<const double> quantiles) const {
  if (alone_below(rise)) {
    std::vector<Prediction> predictions;
    for (const double q : quantiles)
      predictions.push_back(Prediction::closed_form(theory::exit_radius_quantile(*closed_, rise, q)));
    return predictions;
  }
  return unless_not_sampled(quantiles.size(), [&] {
    require_optima();
    const auto rows = draw(2, 50, [&](std::uint64_t i) -> std::vector<double> {
      const Optimum start = optimum("predicted ray", i);
      std::vector<float> direction(start.point.size());
      RandomStream(seed_, "predicted ray direction", i).fill_normal(direction);
      const double length = norm(direction);
      const double scale = std::max(norm(start.point), 1e-3);
      const WedgeSection ray(model_, start.point, direction);
      const auto loss = [&](double radius) {
        const double step = radius / length;
        return ray.loss(std::span(&step, 1));
      };
      const double highest = loss(0) + rise;
      return {first_exit(geometric_scan(1e-3 * scale, 10 * scale),
                         [&](double radius) { return loss(radius) <= highest; })};
    });
    std::vector<Prediction> predictions;
    for (const double q : quantiles) predictions.push_back(Prediction::quantile_of(rows[0], q));
    return predictions;
  });
}

Prediction Predictor::short_exit_radius(double rise) const {
  const CrossSection& section = model_.cross_section();
  if (model_.options().minimum == "soft" || !width_zero())
    return Prediction::none("from the edge of a core it depends on the direction");
  const double stiffest =
      section.stiffness.empty() ? 1.0 : *std::max_element(section.stiffness.begin(), section.stiffness.end());
  return Prediction::closed_form((section.linear ? rise : std::sqrt(2 * rise)) / std::sqrt(stiffest));
}

Prediction Predictor::trace() const {
  const CrossSection& section = model_.cross_section();
  if (model_.options().minimum == "soft" || section.linear || !width_zero())
    return Prediction::none("the Hessian jumps where an optimum of this variant lies");
  double sum = section.stiffness.empty() ? static_cast<double>(model_.short_directions()) : 0;
  for (const double value : section.stiffness) sum += value;
  return Prediction::closed_form(sum);
}

std::vector<Predictor::Radial> Predictor::radial_tunnel(std::span<const double> shares, Inside inside) const {
  constexpr double kReach = 3;  // times the optimum's norm, across
  const auto measure = [&](std::uint64_t i) {
    const Optimum axis = optimum("predicted radial tunnel", i);
    const double distance = norm(axis.point);
    std::vector<double> exits;
    if (!(distance > 0)) return exits;
    // u = optimum / distance and v, the part of a random vector that is orthogonal to it, at unit length.
    std::vector<float> spanning = axis.point;
    std::vector<float> across(axis.point.size());
    RandomStream(seed_, "predicted radial direction", i).fill_normal(across);
    double along = 0;
    for (std::size_t j = 0; j < across.size(); ++j)
      along += static_cast<double>(across[j]) * static_cast<double>(axis.point[j]) / (distance * distance);
    for (std::size_t j = 0; j < across.size(); ++j) across[j] -= static_cast<float>(along * axis.point[j]);
    const double length = norm(across);
    spanning.insert(spanning.end(), across.begin(), across.end());
    const WedgeSection plane(model_, std::vector<float>(across.size()), spanning);
    const auto loss = [&](double x, double y) {
      const double coordinates[] = {x / distance, y / length};
      return plane.loss(coordinates);
    };
    for (const double share : shares) {
      const double radius = share * distance;
      const double highest = inside.loss + (inside.above_axis ? loss(radius, 0) : 0);
      double widths = 0;
      double angles = 0;
      for (const double side : {1.0, -1.0}) {
        widths += first_exit(even_scan(kReach * distance),
                             [&](double y) { return loss(radius, side * y) <= highest; }) /
                  2;
        angles += first_exit(even_scan(180),
                             [&](double degrees) {
                               const double phi = side * degrees * std::numbers::pi / 180;
                               return loss(radius * std::cos(phi), radius * std::sin(phi)) <= highest;
                             }) /
                  2;
      }
      exits.insert(exits.end(), {widths, angles});
    }
    return exits;
  };
  std::vector<Radial> predictions;
  try {
    require_optima();
    if (model_.dimension() < 2) throw NotSampled{"there is no plane in one dimension"};
    const auto rows = draw(3, 140 * static_cast<double>(shares.size()), measure);
    for (std::size_t j = 0; j < rows.size(); j += 2)
      predictions.push_back(
          {Prediction::quantile_of(rows[j], 0.5), Prediction::quantile_of(rows[j + 1], 0.5)});
  } catch (const NotSampled& why) {
    predictions.assign(shares.size(), {Prediction::none(why.reason), Prediction::none(why.reason)});
  }
  return predictions;
}

Prediction Predictor::average_loss(std::int64_t optima, bool apart) const {
  if (!apart && model_.options().opening == 0 && model_.options().minimum == "hard")
    return Prediction::closed_form(0);  // the core is convex
  return unless_not_sampled(1, [&]() -> std::vector<Prediction> {
    require_optima();
    if (apart && model_.wedges() < optima) throw NotSampled{"there are fewer wedges than optima"};
    const auto count = static_cast<double>(optima);
    const auto rows = draw(2 * count, 1, [&](std::uint64_t i) -> std::vector<double> {
      Points members;
      if (apart) {
        members = distinct_optima("predicted average", i, optima);
      } else {
        for (std::int64_t j = 0; j < optima; ++j) {
          const std::uint64_t index = i * static_cast<std::uint64_t>(optima) + static_cast<std::uint64_t>(j);
          const std::int64_t wedge = static_cast<std::int64_t>(i) % model_.wedges();
          members.push_back({core_edge(model_, random_point("predicted average", index), wedge), wedge});
        }
      }
      if (std::ssize(members) < optima) return {};
      std::vector<float> mean(static_cast<std::size_t>(model_.dimension()));
      for (const Optimum& member : members)
        for (std::size_t j = 0; j < mean.size(); ++j) mean[j] += static_cast<float>(member.point[j] / count);
      return {model_.loss_of(model_.energies(mean))};
    });
    return {Prediction::mean_of(rows[0])};
  })[0];
}

Prediction Predictor::tunnel_barrier(std::int64_t first, std::int64_t second) const {
  const WedgeOptions& o = model_.options();
  if (o.minimum == "soft") return Prediction::none("the floor of a soft minimum is not level");
  if (first == second) return Prediction::closed_form(0);
  const std::int64_t both[] = {first, second};
  const std::vector<float> origin(static_cast<std::size_t>(model_.dimension()));
  try {
    static_cast<void>(model_.project(origin, both));
    return Prediction::closed_form(0);
  } catch (const Error&) {  // their middles do not meet
  }
  if (o.opening > 0 && model_.union_of_short_directions(both) < model_.dimension())
    return Prediction::closed_form(0);  // far enough out they are as wide as need be
  return Prediction::none("the middles of these two wedges do not meet, and a path may lead through others");
}

Prediction Predictor::switch_probability(double kept) const {
  if (closed_ && width_zero()) return Prediction::closed_form(theory::switch_probability(*closed_, kept));
  return unless_not_sampled(1, [&]() -> std::vector<Prediction> {
    require_optima();
    const double fresh = std::sqrt(1 - kept * kept);
    const auto rows = draw(2, 2, [&](std::uint64_t i) -> std::vector<double> {
      const Optimum home = optimum("predicted kick", i);
      std::vector<float> kicked = random_point("predicted kick's step", i);
      for (std::size_t j = 0; j < kicked.size(); ++j)
        kicked[j] = static_cast<float>(kept * home.point[j] + fresh * kicked[j]);
      const std::vector<double> energies = model_.energies(kicked);
      const double own = energies[static_cast<std::size_t>(home.wedge)];
      return {*std::min_element(energies.begin(), energies.end()) < own ? 1.0 : 0.0};
    });
    Prediction share = Prediction::mean_of(rows[0]);
    // None or all of n leave an error of about 1 / n.
    share.standard_error = std::max(share.standard_error, 1 / static_cast<double>(rows[0].size()));
    return {share};
  })[0];
}

}  // namespace nwedge::wedge
