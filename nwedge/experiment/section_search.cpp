#include "nwedge/experiment/section_search.hpp"

#include <algorithm>
#include <cmath>

#include "nwedge/core/parallel.hpp"
#include "nwedge/core/progress.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/geometry/random_projection.hpp"
#include "nwedge/geometry/subspace.hpp"
#include "nwedge/optimize/optimizer.hpp"
#include "nwedge/wedge/section_minimum.hpp"

namespace nwedge::experiment {
namespace {

constexpr std::string_view kMethods[] = {"sgd", "adam"};

const wedge::WedgeModel* exactly_solvable(const Landscape& landscape) {
  const auto* model = dynamic_cast<const wedge::WedgeModel*>(&landscape);
  return model != nullptr && wedge::has_section_minimum(*model) ? model : nullptr;
}

double exact_loss(const wedge::WedgeModel& model, std::span<const float> origin,
                  const geometry::RandomProjection& projection) {
  const std::vector<float> zero(origin.size());
  std::vector<float> unit(static_cast<std::size_t>(projection.columns()));
  const auto column = [&](std::int64_t j, std::span<float> values) {
    unit[static_cast<std::size_t>(j)] = 1;
    projection.apply(unit, zero, values);
    unit[static_cast<std::size_t>(j)] = 0;
  };
  return wedge::section_minimum(model, origin, projection.columns(), column).loss;
}

}  // namespace

void SectionOptions::visit(OptionVisitor& visitor) {
  visitor.field("projection", projection, geometry::random_projection_kinds(),
                "kind of the random projection");
  visitor.field("sections", sections, at_least(1), "random sections of each dimension");
  visitor.field("exact", exact, "use the exact minimiser where the landscape has one instead of descending");
  visitor.field("method", method, kMethods, "optimiser in the section");
  visitor.field("learning-rate", learning_rate, above(0),
                "its learning rate, falling to 0 like a cosine; Adam's in root mean square over the weights");
  visitor.field("momentum", momentum, between(0, 0.9999), "its momentum");
  visitor.field("steps", steps, at_least(1), "its steps");
  visitor.field("batch-size", batch_size, at_least(1), "examples of a step");
}

double SectionOutcome::mean_loss(Split split) const {
  const std::vector<Metrics>& all = split == Split::train ? train : test;
  double sum = 0;
  for (const Metrics& metrics : all) sum += metrics.loss;
  return sum / static_cast<double>(all.size());
}

double SectionOutcome::mean_accuracy(Split split) const {
  const std::vector<Metrics>& all = split == Split::train ? train : test;
  double sum = 0;
  for (const Metrics& metrics : all) sum += metrics.accuracy;
  return sum / static_cast<double>(all.size());
}

bool SectionTarget::reached(const SectionOutcome& outcome) const {
  return accuracy ? outcome.mean_accuracy(split) >= value : outcome.mean_loss(split) <= value;
}

LeastDimension least_of(const std::map<std::int64_t, SectionOutcome>& outcomes, const SectionTarget& target) {
  LeastDimension least;
  for (const auto& [d, outcome] : outcomes) {
    if (target.reached(outcome)) {
      least.reaching = d;
      break;
    }
    least.failing = d;
  }
  return least;
}

SectionSearch::SectionSearch(const Landscape& landscape, std::span<const float> origin,
                             const SectionOptions& options, std::uint64_t seed)
    : landscape_(landscape),
      origin_(origin),
      options_(options),
      seed_(seed),
      exact_(options.exact && exactly_solvable(landscape) != nullptr) {}

SectionSearch::Lowest SectionSearch::lowest(std::int64_t d, std::int64_t section, Monitor& monitor) const {
  const std::uint64_t seed = derive_seed(seed_, "section", static_cast<std::uint64_t>(section));
  std::shared_ptr<const geometry::RandomProjection> projection =
      geometry::make_random_projection(options_.projection, landscape_.dimension(), d, seed);
  if (exact_) return {{exact_loss(*exactly_solvable(landscape_), origin_, *projection)}, {}};
  const geometry::Subspace subspace(landscape_, {origin_.begin(), origin_.end()}, std::move(projection));
  const optimize::Result result = optimize::minimize(subspace, subspace.initial_point(0),
                                                     section_training(options_, landscape_.dimension(), d),
                                                     derive_seed(seed, "descent"), monitor);
  Lowest lowest = {subspace.evaluate(result.point), {}};
  if (landscape_.examples(Split::test) > 0) lowest.test = subspace.evaluate(result.point, Split::test);
  return lowest;
}

void SectionSearch::compute(std::span<const std::int64_t> dimensions, Monitor& monitor, Parts& parts) {
  std::vector<std::int64_t> missing;
  for (const std::int64_t d : dimensions)
    if (!outcomes_.contains(d)) missing.push_back(d);
  const auto jobs = static_cast<std::size_t>(std::ssize(missing) * options_.sections);
  if (jobs == 0) return;
  Progress progress(monitor, std::vector<double>(jobs, 1.0));
  const auto dimension_of = [&](std::int64_t job) {
    return missing[static_cast<std::size_t>(job / options_.sections)];
  };
  const auto descend = [&](std::int64_t job) {
    Monitor& part = progress.part(static_cast<std::size_t>(job));
    const Lowest found = lowest(dimension_of(job), job % options_.sections, part);
    part.checkpoint(1);
    const double numbers[] = {found.train.loss, found.train.accuracy, found.test.loss, found.test.accuracy};
    return pack(numbers);
  };
  parts.for_each(static_cast<std::int64_t>(jobs), descend, [&](std::int64_t job, const Parts::Bytes& bytes) {
    const std::vector<double> numbers = unpack(bytes);
    SectionOutcome& outcome = outcomes_[dimension_of(job)];
    outcome.d = dimension_of(job);
    outcome.train.push_back({numbers[0], numbers[1]});
    if (landscape_.examples(Split::test) > 0) outcome.test.push_back({numbers[2], numbers[3]});
  });
}

LeastDimension SectionSearch::least_dimension(const SectionTarget& target, double tolerance,
                                              Monitor& monitor) {
  LeastDimension least = least_of(outcomes_, target);
  if (!least.found()) return least;
  while (least.reaching - least.failing > 1 &&
         static_cast<double>(least.reaching) > (1 + tolerance) * static_cast<double>(least.failing)) {
    const double ratio =
        static_cast<double>(least.reaching) / static_cast<double>(std::max<std::int64_t>(1, least.failing));
    const std::int64_t middle =
        std::clamp(std::llround(static_cast<double>(least.reaching) / std::sqrt(ratio)), least.failing + 1LL,
                   least.reaching - 1LL);
    compute(std::span(&middle, 1), monitor);
    (target.reached(outcomes_.at(middle)) ? least.reaching : least.failing) = middle;
  }
  return least;
}

optimize::Options section_training(const SectionOptions& options, std::int64_t dimension, std::int64_t d) {
  optimize::Options training;
  training.method = options.method;
  training.learning_rate = options.learning_rate;
  if (options.method == "adam")
    training.learning_rate *= std::sqrt(static_cast<double>(dimension) / static_cast<double>(d));
  training.momentum = options.momentum;
  training.steps = options.steps;
  training.batch_size = options.batch_size;
  return training;
}

double section_cost(const Landscape& landscape, const SectionOptions& options) {
  if (options.exact && exactly_solvable(landscape) != nullptr) return static_cast<double>(options.sections);
  const std::int64_t examples = landscape.examples(Split::train);
  return static_cast<double>(options.sections) *
         (3 * batch_examples(landscape, options.batch_size) * static_cast<double>(options.steps) +
          static_cast<double>(examples + landscape.examples(Split::test)));
}

}  // namespace nwedge::experiment
