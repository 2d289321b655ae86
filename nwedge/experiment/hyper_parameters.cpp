#include "nwedge/experiment/hyper_parameters.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/experiment/tunnel_plane.hpp"
#include "nwedge/network/network.hpp"

namespace nwedge::experiment {
namespace {

using nlohmann::json;

constexpr std::int64_t kRecordPoints = 20;
constexpr double kMatched = 0.1;  // of the rise: how near losses must be to compare
constexpr double kTrained = 0.5;  // of the best drop

/// One value of a factor: its landscape (shared by its seeds) and options.
struct Variant {
  std::string factor;
  std::string value;
  double level = 0;                           // NaN: the dimension
  std::shared_ptr<const Landscape> owned;     // null: the landscape under study
  std::shared_ptr<const Landscape> measured;  // on fewer examples; null: the landscape trained on
  optimize::Options training;

  const Landscape& landscape(const Input& input) const { return owned ? *owned : input.landscape; }
  const Landscape& measured_on(const Input& input) const { return measured ? *measured : landscape(input); }
};

std::vector<double> rates_of(const HyperParameters& options, const Input& input) {
  if (options.any_factor()) return options.learning_rates;
  std::vector<double> rates;
  for (const double factor : {0.5, 1.0, 2.0}) rates.push_back(factor * input.training.learning_rate);
  return rates;
}

std::vector<double> decays_of(const HyperParameters& options) {
  return options.any_factor() ? options.weight_decays : std::vector<double>{0.0, 0.001, 0.01};
}

/// Makes the variants of one input, in the order of factors.
class VariantMaker {
 public:
  VariantMaker(const HyperParameters& options, const Input& input)
      : options_(options), input_(input), same_(measured(json::object())) {}

  std::vector<Variant> all() {
    for (const double x : rates_of(options_, input_))
      training("learning-rate", fmt::format("{:g}", x), x).learning_rate = x;
    for (const std::int64_t x : options_.batch_sizes)
      training("batch-size", fmt::format("{}", x), 1 / static_cast<double>(x)).batch_size = x;
    for (const double x : decays_of(options_))
      training("weight-decay", fmt::format("{:g}", x), x).weight_decay = x;
    for (const double x : options_.dropouts) landscape("dropout", x, fmt::format("{:g}", x), x);
    for (const std::string& x : options_.models)
      landscape("model", x, x, std::numeric_limits<double>::quiet_NaN());
    return std::move(variants_);
  }

 private:
  std::shared_ptr<const Landscape> vary(const json& changes) const {
    if (!input_.vary) throw Error("hyper-parameters", "cannot vary this landscape by " + changes.dump());
    return input_.vary(changes);
  }
  std::shared_ptr<const Landscape> measured(json changes) const {
    if (options_.examples == 0 || options_.examples >= input_.landscape.examples(Split::train))
      return nullptr;
    changes["train-examples"] = options_.examples;
    return vary(changes);
  }
  optimize::Options& training(const char* factor, std::string value, double level) {
    variants_.push_back({factor, std::move(value), level, nullptr, same_, input_.training});
    return prepared();
  }
  void landscape(const char* factor, const json& value, std::string text, double level) {
    variants_.push_back({factor, std::move(text), level, vary({{factor, value}}), measured({{factor, value}}),
                         input_.training});
    prepared();
  }
  optimize::Options& prepared() {
    optimize::Options& own = variants_.back().training;
    own.record_points = options_.match_loss ? kRecordPoints : 0;
    own = options_.own_training(own);
    return own;
  }

  const HyperParameters& options_;
  const Input& input_;
  std::shared_ptr<const Landscape> same_;
  std::vector<Variant> variants_;
};

/// Whether a variant is the landscape as it is studied, trained as its optima were.
bool is_own(const Variant& variant, const Input& input) {
  optimize::Options own = input.training;
  optimize::Options its = variant.training;
  own.record_points = its.record_points = 0;
  return !variant.owned && to_json_object(own) == to_json_object(its);
}

/// Trains a variant; its own optimum of that seed serves where the variant changes nothing.
optimize::Result train(const Variant& variant, const Input& input, std::uint64_t seed, bool with_trajectory,
                       Monitor& monitor) {
  if (is_own(variant, input))
    for (const optimize::Result& optimum : input.optima)
      if (optimum.seed == seed && !optimum.batch_losses.empty() &&  // trained, not given
          !(with_trajectory && optimum.trajectory.empty()))
        return optimum;
  const Landscape& landscape = variant.landscape(input);
  return optimize::minimize(landscape, landscape.initial_point(seed), variant.training, seed, monitor);
}

/// A training with the landscape that its tunnel is measured on.
struct Trained {
  const Variant* variant;
  const Landscape* measured;
  optimize::Result run;
  FactorRun result;
};

void describe(Trained& trained, const Input& input) {
  const Landscape& landscape = trained.variant->landscape(input);
  FactorRun& result = trained.result;
  result.factor = trained.variant->factor;
  result.value = trained.variant->value;
  result.dimension = landscape.dimension();
  result.level =
      std::isnan(trained.variant->level) ? static_cast<double>(result.dimension) : trained.variant->level;
  result.diverged = trained.run.termination == optimize::Termination::diverged;
  if (result.diverged) return;
  result.final_loss = trained.measured->evaluate(trained.run.point).loss;
  result.drop = trained.measured->evaluate(trained.run.initial).loss - result.final_loss;
  if (landscape.examples(Split::test) > 0) {
    const Metrics test = landscape.evaluate(trained.run.point, Split::test);
    result.test_loss = test.loss;
    if (landscape.has_accuracy()) result.test_accuracy = test.accuracy;
  }
}

/// The first point of a trajectory whose loss has come down to `target`, to within `tolerance`, on the line
/// from the recorded point before it; the last point where none has.
std::vector<float> point_at_loss(const Landscape& landscape, const optimize::Result& run, double target,
                                 double tolerance) {
  const std::size_t dimension = run.point.size();
  const std::size_t count = run.trajectory.size() / dimension;
  const auto point = [&](std::size_t i) {
    return std::span(run.trajectory).subspan(i * dimension, dimension);
  };
  for (std::size_t i = 1; i < count; ++i) {
    if (!(landscape.evaluate(point(i)).loss <= target)) continue;
    double above = 0;
    double below = 1;
    std::vector<float> middle(point(i).begin(), point(i).end());
    double loss = landscape.evaluate(middle).loss;
    for (int step = 0; step < 20 && std::abs(loss - target) > tolerance; ++step) {
      const double t = (above + below) / 2;
      for (std::size_t k = 0; k < dimension; ++k)
        middle[k] = static_cast<float>((1 - t) * point(i - 1)[k] + t * point(i)[k]);
      loss = landscape.evaluate(middle).loss;
      (loss <= target ? below : above) = t;
    }
    return middle;
  }
  return run.point;
}

HalfAngles half_angles(const HyperParameters& options, const Landscape& landscape,
                       const optimize::Result& run, std::uint64_t seed, Monitor& monitor) {
  const std::vector<std::string> measures = tunnel_measures(landscape);
  const TunnelSet set =
      TunnelSet::of(tunnel_values(landscape, run.point), options.rise, options.accuracy_share);
  HalfAngles angles;
  for (const std::string plane : {"origin", "initial"}) {
    const std::vector<float> base = tunnel_base(plane, run);
    for (const std::string& measure : measures)
      angles[plane][measure] = std::numeric_limits<double>::quiet_NaN();
    if (!tunnel_plane_missing(base, run.point).empty()) continue;
    const std::vector<double> radii = {distance(base, run.point)};
    std::vector<TunnelExits> exits(static_cast<std::size_t>(options.directions));
    parallel_for(options.directions, [&](std::int64_t d) {
      const MeasuredPlane section(landscape,
                                  tunnel_family(base, run.point, seed, static_cast<std::uint64_t>(d)));
      exits[static_cast<std::size_t>(d)] = tunnel_exits(section, radii, set, measures, true, {}, monitor);
    });
    for (std::size_t m = 0; m < measures.size(); ++m) {
      std::vector<double> own;
      for (const TunnelExits& one : exits) own.push_back(one[m][0]);
      angles[plane][measures[m]] = median_exit(std::move(own));
    }
  }
  return angles;
}

/// Measures one training, at `target` where its loss is below that by more than the tolerance.
void measure(const HyperParameters& options, Trained& trained, double target, const Input& input,
             Monitor& monitor) {
  FactorRun& result = trained.result;
  const double tolerance = kMatched * options.rise;
  optimize::Result at = trained.run;
  if (options.match_loss && result.final_loss < target - tolerance)
    at.point = point_at_loss(*trained.measured, trained.run, target, tolerance / 2);
  result.loss = trained.measured->evaluate(at.point).loss;
  result.matched = std::abs(result.loss - target) <= tolerance;
  result.norm = norm(at.point);
  result.distance = distance(at.initial, at.point);
  result.half_angle = half_angles(options, *trained.measured, at, input.seed, monitor);
}

struct FactorRuns {
  std::vector<FactorRun> runs;
  void visit(FieldVisitor& visitor) { visitor.field("runs", runs, "of one factor"); }
};

/// Trains and measures all values of one factor.
std::vector<FactorRun> study_factor(const HyperParameters& options, std::span<const Variant> variants,
                                    const Input& input, Monitor& monitor) {
  std::vector<Trained> trained(variants.size() * static_cast<std::size_t>(options.seeds));
  parallel_for(std::ssize(trained), [&](std::int64_t i) {
    Trained& own = trained[static_cast<std::size_t>(i)];
    own.variant = &variants[static_cast<std::size_t>(i / options.seeds)];
    own.measured = &own.variant->measured_on(input);
    own.result.seed = i % options.seeds;
    own.run =
        train(*own.variant, input, static_cast<std::uint64_t>(own.result.seed), options.match_loss, monitor);
    describe(own, input);
  });
  double best = 0;
  for (const Trained& own : trained)
    if (!own.result.diverged && own.result.drop > best) best = own.result.drop;
  double target = -std::numeric_limits<double>::infinity();
  for (Trained& own : trained) {
    own.result.trained = !own.result.diverged && best > 0 && own.result.drop >= kTrained * best;
    if (own.result.trained) target = std::max(target, own.result.final_loss);
  }
  parallel_for(std::ssize(trained), [&](std::int64_t i) {
    Trained& own = trained[static_cast<std::size_t>(i)];
    if (own.result.trained) measure(options, own, target, input, monitor);
  });
  std::vector<FactorRun> runs;
  for (Trained& own : trained) runs.push_back(std::move(own.result));
  return runs;
}

void require_levels(std::string_view place, std::string_view key, std::size_t count) {
  if (count == 1)
    throw Error(place,
                fmt::format("{} has one value, a trend needs at least two: name another or none", key));
}

}  // namespace

void HyperParameters::visit(OptionVisitor& visitor) {
  visitor.field(
      "learning-rates", learning_rates, above(0),
      "learning rates to train with; without any factor half, one and two times the landscape's own");
  visitor.field("batch-sizes", batch_sizes, at_least(1), "batch sizes to train with");
  visitor.field("weight-decays", weight_decays, at_least(0),
                "L2 penalties to train with; without any factor 0, 0.001 and 0.01");
  visitor.field("dropouts", dropouts, between(0, 0.95), "dropout shares to train with (networks)");
  visitor.field("models", models, {}, "models to train instead, such as other widths (networks)");
  visitor.field("trainings", seeds, at_least(1), "trainings of each value");
  visitor.field("directions", directions, at_least(1), "random planes through each optimum");
  visitor.field("rise", rise, above(0),
                "inside by loss (and by temperature): at most this above the optimum's");
  visitor.field("accuracy-share", accuracy_share, between(0, 1),
                "inside by accuracy: at least this share of the optimum's");
  visitor.field("match-loss", match_loss, "measure where losses of one factor's trainings are equal");
  visitor.field("epochs", epochs, at_least(0),
                "train for so many epochs; 0: as the landscape's own training");
  visitor.field("examples", examples, at_least(0), "measure on this many training examples; 0: all");
}

bool HyperParameters::any_factor() const {
  return !learning_rates.empty() || !batch_sizes.empty() || !weight_decays.empty() || !dropouts.empty() ||
         !models.empty();
}

void HyperParameters::validate(std::string_view place) const {
  require_levels(place, "learning-rates", learning_rates.size());
  require_levels(place, "batch-sizes", batch_sizes.size());
  require_levels(place, "weight-decays", weight_decays.size());
  require_levels(place, "dropouts", dropouts.size());
  require_levels(place, "models", models.size());
}

optimize::Options HyperParameters::own_training(optimize::Options training) const {
  if (epochs > 0) {
    training.epochs = epochs;
    training.steps = 0;
  }
  return training;
}

void HyperParameters::validate_for(const Planned& planned, std::string_view place) const {
  optimize::Options training = own_training(planned.training);
  if (training.epochs == 0 && training.steps == 0)
    throw Error(place, "hyper-parameters trains again: epochs or steps of the training must be set");
  if (planned.landscape_kind != "network" && !(dropouts.empty() && models.empty()))
    throw Error(place, fmt::format("dropouts and models belong to networks, the landscape is a {}",
                                   planned.landscape_kind));
  training.total_steps(planned.landscape);
  for (const std::int64_t size : batch_sizes) {
    training.batch_size = size;
    training.total_steps(planned.landscape);
  }
  if (const auto* net = dynamic_cast<const network::Network*>(&planned.landscape))
    for (const std::string& model : models)
      network::make_model({model}, net->data(), place, net->options().loss);
}

double HyperParameters::cost(const Landscape& landscape, const optimize::Options& training,
                             std::int64_t) const {
  const std::size_t named =
      learning_rates.size() + batch_sizes.size() + weight_decays.size() + dropouts.size() + models.size();
  const auto trainings =
      static_cast<double>(seeds) * static_cast<double>(any_factor() ? named : std::size_t{6});
  const optimize::Options own = own_training(training);
  const double steps =
      static_cast<double>(own.total_steps(landscape)) * batch_examples(landscape, own.batch_size);
  constexpr double kExits = 2 * 66;  // planes, evaluations each
  return trainings *
         (3 * steps + static_cast<double>(directions) * kExits * examples_used(landscape, examples));
}

SpreadLoop HyperParameters::loop(const Landscape&, std::int64_t) const {
  if (!any_factor()) return {2};  // learning rates and weight decays of its own choice
  return {std::int64_t{!learning_rates.empty()} + !batch_sizes.empty() + !weight_decays.empty() +
          !dropouts.empty() + !models.empty()};
}

Record HyperParameters::run(const Input& input, Monitor& monitor) const {
  const std::vector<Variant> variants = VariantMaker(*this, input).all();
  std::vector<std::span<const Variant>> factors;
  for (std::size_t begin = 0, end = 0; begin < variants.size(); begin = end) {
    while (end < variants.size() && variants[end].factor == variants[begin].factor) ++end;
    factors.push_back(std::span(variants).subspan(begin, end - begin));
  }
  HyperParametersResult result;
  std::vector<double> drops;
  const auto study = [&](std::int64_t i) {
    const auto index = static_cast<std::size_t>(i);
    return ItemWriter().put_result(FactorRuns{study_factor(*this, factors[index], input, monitor)}).take();
  };
  input.parts.for_each(std::ssize(factors), study, [&](std::int64_t, const Parts::Bytes& item) {
    for (FactorRun& run : ItemReader(item).result<FactorRuns>().runs) {
      if (!run.diverged) drops.push_back(run.drop);
      result.runs.push_back(std::move(run));
    }
  });
  result.drop = mean_of(drops, "trainings");
  find_trends(result, input.seed);
  Record record;
  record.result = to_record(result);
  return record;
}

void FactorRun::visit(FieldVisitor& visitor) {
  visitor.field("factor", factor, "learning-rate, batch-size, weight-decay, dropout or model");
  visitor.field("value", value, "of the factor");
  visitor.field("level", level, "what the trend ranks: the value, 1 / batch size, the model's dimension");
  visitor.field("seed", seed, "of the training");
  visitor.field("diverged", diverged, "whether the training did");
  visitor.field("trained", trained, "whether it made half the best drop of its factor; else left out");
  visitor.field("dimension", dimension, "of the landscape");
  visitor.field("drop", drop, "initial less final training loss");
  visitor.field("final-loss", final_loss, "training loss at the end");
  visitor.field("test-loss", test_loss, "at the end");
  visitor.field("test-accuracy", test_accuracy, "at the end");
  visitor.field("loss", loss, "training loss where the tunnel was measured");
  visitor.field("matched", matched, "whether that is the loss of the factor's other trainings");
  visitor.field("norm", norm, "of the point there");
  visitor.field("distance", distance, "from the initial point");
  visitor.field("half-angle", half_angle, "by plane and measure, in degrees; 180 where never left");
}

void Trend::visit(FieldVisitor& visitor) {
  visitor.field("within", within, "mean over seeds of the rank correlation within one seed");
  visitor.field("correlation", correlation, "rank correlation, as the test takes it");
  visitor.field("p-value", p_value, "two-sided, of the permutation test");
  visitor.field("adjusted", adjusted, "the same after Holm's correction; for half-angles");
  visitor.field("arrangements", arrangements, "that the test counts");
  visitor.field("exact", exact, "whether all were counted");
  visitor.field("exchanged", exchanged, "among which runs levels are exchanged");
  visitor.field("runs", runs, "trainings in the trend");
}

void FactorTrends::visit(FieldVisitor& visitor) {
  visitor.field("half-angle", half_angle, "by plane and measure");
  visitor.field("norm", norm, "of the norm");
  visitor.field("distance", distance, "of the distance from the initial point");
  visitor.field("loss", loss, "of the training loss where the tunnel was measured");
  visitor.field("matched", matched, "whether all those losses are equal to a tenth of the rise");
}

void HyperParametersResult::visit(FieldVisitor& visitor) {
  visitor.field("runs", runs, "every training");
  visitor.field("trends", trends, "by factor");
  visitor.field("shuffled", shuffled, "the control: half-angles' trends with levels dealt out at random");
  visitor.field("drop", drop, "initial less final training loss, mean over the trainings");
}

}  // namespace nwedge::experiment
