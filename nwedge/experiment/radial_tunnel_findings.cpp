#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "nwedge/experiment/judgement.hpp"
#include "nwedge/experiment/radial_tunnel.hpp"

namespace nwedge::experiment {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kNearest = 0.5;  // the radii that a verdict looks at, optimum = 1
constexpr double kFarthest = 1.5;
constexpr double kOffOptimum = 0.1;     // a radius so near to 1 counts as the optimum's
constexpr double kNarrowest = 0.1;      // of the half-angle at the optimum
constexpr double kWidest = 90;          // degrees
constexpr double kCurvatureFactor = 2;  // between measured and predicted by curvature
constexpr double kAngleTolerance = 0.15;
constexpr const char* kControl = "random points of equal norms";

/// One optimum's half-angles by one measure on planes through the origin.
struct Angles {
  double at_optimum = kNan;
  double narrowest = kNan;  // between the nearest and the farthest radius
  double widest = kNan;
  double control = kNan;  // the narrowest around the random point
};

struct Seed {
  RadialTunnelResult result;
  std::vector<double> radii;

  /// Empty where it has no plane through the origin.
  const std::vector<double>* angles(const std::string& measure) const {
    const auto plane = result.planes.find("origin");
    if (plane == result.planes.end()) return nullptr;
    const auto found = plane->second.shape.half_angle.find(measure);
    if (found == plane->second.shape.half_angle.end() || found->second.size() != radii.size()) return nullptr;
    return &found->second;
  }
};

bool counts(double radius) { return radius >= kNearest && radius <= kFarthest; }

/// NaN where any of the radii that count has none, or none counts.
double least_of(const std::vector<double>& radii, const std::vector<double>& angles) {
  double least = kNan;
  for (std::size_t i = 0; i < radii.size() && i < angles.size(); ++i) {
    if (!counts(radii[i])) continue;
    if (!std::isfinite(angles[i])) return kNan;
    if (!(least <= angles[i])) least = angles[i];
  }
  return least;
}

Angles angles_of(const Seed& seed, const std::string& measure) {
  Angles found;
  if (const std::vector<double>* angles = seed.angles(measure)) {
    double off = kOffOptimum;
    for (std::size_t i = 0; i < angles->size(); ++i)
      if (std::abs(seed.radii[i] - 1) <= off) {
        off = std::abs(seed.radii[i] - 1);
        found.at_optimum = (*angles)[i];
      }
    found.narrowest = least_of(seed.radii, *angles);
    std::vector<double> turned;
    for (const double angle : *angles) turned.push_back(-angle);
    found.widest = -least_of(seed.radii, turned);
  }
  if (seed.result.control)
    if (const auto own = seed.result.control->half_angle.find(measure);
        own != seed.result.control->half_angle.end())
      found.control = least_of(seed.radii, own->second);
  return found;
}

Quantity over_seeds(std::span<const Angles> seeds, double Angles::*number) {
  std::vector<double> values;
  for (const Angles& seed : seeds) values.push_back(seed.*number);
  return mean_of(values);
}

std::vector<Seed> seeds_of(std::span<const StoredRecord> records) {
  std::vector<Seed> seeds;
  for (const StoredRecord& record : records) {
    Seed seed;
    seed.result = result_of<RadialTunnelResult>(record);
    if (const auto radii = record.options.find("radii"); radii != record.options.end())
      seed.radii = radii->get<std::vector<double>>();
    seeds.push_back(std::move(seed));
  }
  return seeds;
}

Quantity mean_drop(std::span<const Seed> seeds) {
  std::vector<double> drops;
  for (const Seed& seed : seeds) drops.push_back(seed.result.drop.value);
  return mean_of(drops);
}

/// Measured half-angle at the optimum over the one that the curvature predicts, one ratio a seed.
Quantity over_curvature(std::span<const Seed> seeds, std::span<const Angles> angles) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    const Quantity& predicted = seeds[i].result.curvature_angle;
    if (!predicted.present()) return Quantity::missing("no prediction: " + predicted.reason());
    if (!(predicted.value > 0)) return Quantity::missing("the predicted half-angle is not above 0");
    ratios.push_back(angles[i].at_optimum / predicted.value);
  }
  return mean_of(ratios);
}

/// The model's half-angle at radius r, a mean over what it says for each seed's bound; missing where it says
/// nothing for one of them.
Quantity predicted_angle(std::span<const Seed> seeds, std::size_t r) {
  std::vector<double> values;
  std::vector<double> errors;
  Quantity mean;
  for (const Seed& seed : seeds) {
    const auto& prediction = seed.result.prediction;
    if (!prediction || r >= prediction->half_angle.size()) return Quantity::missing("none was made");
    mean = prediction->half_angle[r];
    if (!mean.present()) return mean;
    values.push_back(mean.value);
    errors.push_back(mean.standard_error);
  }
  mean.value = mean_of(values).value;
  mean.standard_error = mean_of(errors).value;
  return mean;
}

/// What the model and the curvature say of the half-angle at the optimum.
void add_predictions(Judgement& judgement, std::span<const Seed> seeds, const std::string& measure) {
  if (measure == "accuracy") return;
  const std::vector<double>& radii = seeds.front().radii;
  for (std::size_t r = 0; r < radii.size(); ++r) {
    const Quantity by_model = predicted_angle(seeds, r);
    if (radii[r] == 1 && measure == "loss" && by_model.present())
      judgement.predict(fmt::format("half-angle at the optimum {}°", by_model.text()));
  }
  std::vector<double> predicted;
  for (const Seed& seed : seeds) predicted.push_back(seed.result.curvature_angle.value);
  const Quantity mean = mean_of(predicted);
  if (mean.present())
    judgement.predict(fmt::format("by the trace of the Hessian {}° at the optimum", mean.text()));
}

/// Of all seeds; what the random sections are worth is a number, not a verdict.
std::string random_text(std::span<const Seed> seeds) {
  double share = 0;
  std::vector<double> needed;
  for (const Seed& seed : seeds) {
    if (!seed.result.random) return "";
    share = std::max(share, seed.result.random->low_share);
    if (seed.result.random->planes_needed) needed.push_back(std::log10(*seed.result.random->planes_needed));
  }
  std::string text =
      (share > 0 ? fmt::format("at most {:.3g} % of the points", 100 * share) : std::string("no point")) +
      " of random sections low, as around a bowl: no such section tells the two apart";
  const Quantity log = mean_of(needed);
  if (log.present() && log.value > 0)
    text += fmt::format(", and by the model one low point takes about 10^{:.0f} random planes", log.value);
  return text;
}

struct Words {
  const char* set;
  const char* null;
};

Words words_of(const std::string& measure) {
  if (measure == "accuracy")
    return {"by accuracy: the set of at least the stated share of the optimum's accuracy",
            "any other axis of equal norms: no low point on it"};
  if (measure == "temperature")
    return {"by loss after the best temperature: the set within the stated rise of the optimum's",
            "any other axis of equal norms: no low point on it"};
  return {"by loss: the set within the stated rise of the optimum's",
          "an isolated bowl: the set closes around the optimum, half-angle 0 away from it; a plain without "
          "walls: 180°"};
}

Judgement started(const StoredRecord& record, const std::string& measure) {
  const Words words = words_of(measure);
  std::string criterion = fmt::format(
      "{} runs along the radius and has walls: on planes through the origin and an optimum, from R = {} to "
      "{} "
      "of the optimum's norm, the narrowest half-angle is at least a tenth of that at the optimum and the "
      "widest at most {}°",
      words.set, kNearest, kFarthest, kWidest);
  if (measure == "temperature")
    criterion += fmt::format(
        ". A network whose logits scale with its weights has such a cone about any optimum; its angle is "
        "what "
        "the curvature of the loss predicts, tan φ = sqrt(2 rise D / tr H) / ‖optimum‖, within a factor of "
        "{}",
        kCurvatureFactor);
  return {"contribution-1", record, std::move(criterion), words.null};
}

Finding tunnel_finding(const StoredRecord& record, std::span<const Seed> seeds, const std::string& measure) {
  std::vector<Angles> angles;
  for (const Seed& seed : seeds) angles.push_back(angles_of(seed, measure));
  const Yardstick at_optimum("the half-angle at the optimum", over_seeds(angles, &Angles::at_optimum));
  const Quantity ratio = over_curvature(seeds, angles);
  const auto runs_along = [&](double Angles::*number) {
    return Check::at_least(fmt::format("narrowest half-angle by {}", measure), over_seeds(angles, number),
                           kNarrowest, at_optimum);
  };
  Judgement judgement = started(record, measure);
  judgement.premise(Yardstick("the drop in training", mean_drop(seeds)))
      .require(runs_along(&Angles::narrowest))
      .require(Check::at_most("widest", over_seeds(angles, &Angles::widest), kWidest, "°"))
      .control(kControl + (", by " + measure), runs_along(&Angles::control));
  if (const Quantity control = over_seeds(angles, &Angles::control); !control.present())
    judgement.require(Check::unmeasured(kControl, control.reason()));
  if (measure == "temperature") {
    judgement.require(Check::within("half-angle at the optimum over that by curvature", ratio,
                                    1 / kCurvatureFactor, kCurvatureFactor));
  }
  if (measure == "accuracy")
    judgement.cannot_fail(
        "a scale of the weights hardly changes what a network decides, so a set of high accuracy is a cone "
        "about any optimum");
  if (measure == "loss") judgement.note(random_text(seeds));
  if (measure == "loss" && ratio.present())
    judgement.note(fmt::format("half-angle at the optimum {} times that by curvature", ratio.text()));
  add_predictions(judgement, seeds, measure);
  return judgement.finding();
}

/// Measured half-angles against the model's, at those radii for which it has one.
Finding model_finding(const StoredRecord& record, std::span<const Seed> seeds) {
  const auto& first = seeds.front().result.prediction;
  Judgement judgement(
      kModelClaim, record,
      fmt::format("on planes through the origin the half-angle by loss at each radius from {} to {} of the "
                  "optimum's norm, a mean over seeds, is within {:.0f} % of the model's ({})",
                  kNearest, kFarthest, 100 * kAngleTolerance,
                  first && !first->source.empty() ? first->source : "none"),
      "");
  judgement.premise(Yardstick("the drop in training", mean_drop(seeds)));
  const std::vector<double>& radii = seeds.front().radii;
  bool any = false;
  for (std::size_t r = 0; r < radii.size(); ++r) {
    if (!counts(radii[r])) continue;
    const Quantity predicted = predicted_angle(seeds, r);
    const std::string what = fmt::format("half-angle in degrees at R = {:.3g}", radii[r]);
    if (!predicted.present() && !predicted.absent.empty()) {  // the model has none, and says why
      judgement.note(fmt::format("{}: no prediction ({})", what, predicted.reason()));
      continue;
    }
    any = true;
    std::vector<double> measured;
    for (const Seed& seed : seeds) {
      const std::vector<double>* own = seed.angles("loss");
      measured.push_back(own != nullptr && seed.radii == radii ? (*own)[r] : kNan);
    }
    judgement.require(Check::agrees(what, mean_of(measured), predicted, kAngleTolerance));
  }
  if (!any) judgement.require(Check::unmeasured("half-angle", "the model predicts none"));
  return judgement.finding();
}

}  // namespace

std::vector<Finding> RadialTunnel::do_judge(std::span<const StoredRecord> records) const {
  const std::vector<Seed> seeds = seeds_of(records);
  std::set<std::string> measures;
  for (const Seed& seed : seeds)
    for (const auto& [measure, bound] : seed.result.bound) measures.insert(measure);
  std::vector<Finding> findings;
  for (const std::string measure : {"loss", "accuracy", "temperature"})
    if (measure == "loss" || measures.contains(measure))
      findings.push_back(tunnel_finding(records.front(), seeds, measure));
  if (std::any_of(seeds.begin(), seeds.end(), [](const Seed& s) { return s.result.prediction.has_value(); }))
    findings.push_back(model_finding(records.front(), seeds));
  return findings;
}

}  // namespace nwedge::experiment
