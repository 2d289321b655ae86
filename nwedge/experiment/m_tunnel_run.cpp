#include "nwedge/experiment/m_tunnel_run.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "nwedge/core/parallel.hpp"
#include "nwedge/core/progress.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/experiment/connector.hpp"
#include "nwedge/experiment/m_tunnel_sheet.hpp"
#include "nwedge/experiment/short_directions.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/experiment/star_sets.hpp"
#include "nwedge/experiment/wedge_forms.hpp"
#include "nwedge/spectrum/eigenpairs.hpp"
#include "nwedge/spectrum/trace.hpp"

namespace nwedge::experiment {
namespace {

using Points = std::vector<std::vector<float>>;

constexpr double kEigenspaceTolerance = 0.01;  // of a residual: spaces are then known to about as much

/// The parts of the work, in order, with their shares of the time as far as they can be told beforehand.
struct Part {
  enum : std::size_t { control, sets, stars, unions, connectors, sheet, volume };
};

/// What is computed of a set apart from all others: its centre and the curvature there.
struct CentreCurvature {
  std::optional<StarRank> effective_rank;
  std::optional<CentreSpectrum> centre_spectrum;
  bool diverged = false;

  void visit(FieldVisitor& visitor) {
    visitor.field("effective-rank", effective_rank, "estimator (a)");
    visitor.field("centre-spectrum", centre_spectrum, "of the loss itself");
    visitor.field("diverged", diverged, "whether the centre did");
  }
};

class Run {
 public:
  Run(const MTunnel& options, const Input& input, Monitor& monitor)
      : options_(options),
        input_(input),
        progress_(monitor, std::vector<double>{1, 8, 2, 1, 2, 2, 1}),
        evaluated_(input, options.examples, options.name()),
        curved_(input, options.curvature_examples, options.name()) {}

  Record record() {
    for (const optimize::Result& optimum : input_.optima) optima_.push_back(optimum.point);
    const std::int64_t most = std::min(options_.most_optima, std::ssize(optima_));
    sets_ = make_sets("optima", optima_, most, options_.combinations);
    if (options_.control) {
      control_ = same_wedge_points(input_, options_, std::ssize(optima_), progress_.part(Part::control));
      for (StarSet& set : make_sets("control", control_, most, options_.combinations))
        sets_.push_back(std::move(set));
    }
    const CurvedLandscape* curved = curvature_base();
    study_sets(curved);
    measure_stars();
    if (curved != nullptr) count_stiff();
    if (curved != nullptr && options_.eigenvectors > 0) add_unions(*curved, progress_.part(Part::unions));
    if (!options_.connector_dimensions.empty()) measure_connectors();
    if (options_.sheet_steps > 0 && optima_.size() >= 3)
      result_.sheet =
          measure_sheet(input_, evaluated(), options_, record_.arrays, progress_.part(Part::sheet));
    if (options_.connectors > 0) measure_connected_volume();
    record_.result = to_record(std::move(result_));
    return std::move(record_);
  }

 private:
  const Landscape& evaluated() const { return evaluated_.landscape(); }
  std::vector<StarResult>& results() { return result_.sets; }
  /// The largest m: an eigenvalue of one branch is 1/m of itself in T_m, so what is counted at m = 1 by a
  /// threshold for all m must be above its 1/m there too.
  std::int64_t most_joined() const { return std::min(options_.most_optima, std::ssize(optima_)); }
  Quantity over_probes(const spectrum::Estimate& estimate) const {
    return Quantity::estimate(estimate.value, estimate.standard_error, options_.probes, "probes");
  }

  /// What Hessians are taken of; none, with the reason in the result, where they would say nothing.
  const CurvedLandscape* curvature_base() {
    const wedge::WedgeModel* model = wedge_model(input_.landscape);
    if (model != nullptr && (model->options().half_width > 0 || model->options().opening > 0)) {
      result_.no_curvature = "inside a flat core the Hessian is 0 and counts no short directions";
      return nullptr;
    }
    const auto* base = dynamic_cast<const CurvedLandscape*>(&curved_.landscape());
    if (base == nullptr)
      result_.no_curvature = "this landscape has no exact Hessian-vector products";
    else
      result_.curvature_examples = base->examples(Split::train);
    return base;
  }

  /// Centres of all sets, and the curvature there.
  void study_sets(const CurvedLandscape* curved) {
    std::vector<double> costs;
    for (const StarSet& set : sets_) costs.push_back(static_cast<double>(set.size()));
    Progress progress(progress_.part(Part::sets), costs);
    spectra_.resize(sets_.size());
    found_.resize(sets_.size());
    const auto compute = [&](std::int64_t i) {
      return study_set(static_cast<std::size_t>(i), curved, progress.part(static_cast<std::size_t>(i)));
    };
    input_.parts.for_each(std::ssize(sets_), compute, [&](std::int64_t i, const Parts::Bytes& bytes) {
      const auto index = static_cast<std::size_t>(i);
      ItemReader item(bytes);
      found_[index] = item.result<CentreCurvature>();
      sets_[index].diverged = found_[index].diverged;
      sets_[index].centre = item.floats();
      spectra_[index].ritz = item.doubles();
      if (!item.at_end()) spectra_[index].multiplicities = spectrum::quadrature_of(item);
    });
  }

  Parts::Bytes study_set(std::size_t i, const CurvedLandscape* curved, Monitor& monitor) const {
    Progress progress(monitor, std::vector<double>{1, 2, 1, 2});
    StarSet set = sets_[i];
    train_centre(input_.landscape, options_, derive_seed(input_.seed, set.name), set, progress.part(0));
    CentreCurvature found;
    found.diverged = set.diverged;
    StiffSpectrum spectrum;
    if (curved != nullptr && !set.diverged) {
      StarHessian hessian(*curved, set.points, set.centre, options_.quadrature);
      const std::uint64_t seed = derive_seed(input_.seed, "curvature " + set.name);
      if (options_.probes > 0) found.effective_rank = effective_rank(hessian, seed, progress.part(1));
      if (options_.eigenvectors > 0 && options_.probes > 0)
        found.centre_spectrum = centre_spectrum(*curved, set, seed, progress.part(2));
      // Half the share that counts, since the largest eigenvalue here may be above that of single optima.
      const double share = 0.5 * options_.count_fraction / static_cast<double>(most_joined());
      if (options_.lanczos_steps > 0 && counted(i))
        spectrum = stiff_spectrum(hessian, options_.lanczos_steps, share, seed, progress.part(3));
    }
    ItemWriter item;
    item.put_result(std::move(found)).put(set.centre).put(spectrum.ritz);
    if (spectrum.multiplicities) spectrum::put(item, *spectrum.multiplicities);
    return item.take();
  }

  void measure_stars() {
    std::vector<double> costs;
    for (const StarSet& set : sets_) costs.push_back(static_cast<double>(set.size()));
    Progress progress(progress_.part(Part::stars), costs);
    for (std::size_t i = 0; i < sets_.size(); ++i) {
      results().push_back(measure_star(evaluated(), options_, sets_[i], record_.arrays, progress.part(i)));
      add_prediction(sets_[i], results().back());
    }
  }

  /// The union of the wedges that the members lie in, on a wedge model.
  void add_prediction(const StarSet& set, StarResult& result) const {
    const wedge::WedgeModel* model = wedge_model(input_.landscape);
    if (model == nullptr) return;
    std::set<std::int64_t> wedges;
    const auto size = static_cast<std::size_t>(model->dimension());
    for (std::size_t begin = 0; begin < set.points.size(); begin += size)
      wedges.insert(model->nearest(std::span(set.points).subspan(begin, size)));
    const std::vector<std::int64_t> names(wedges.begin(), wedges.end());
    UnionPrediction prediction;
    prediction.wedges = names;
    prediction.united = model->union_of_short_directions(names);
    const wedge::WedgeOptions& o = model->options();
    wedge::theory::Parameters shape;  // the union is a matter of the frames alone
    shape.dimension = o.dimension;
    shape.short_directions = o.short_directions;
    shape.wedges = o.wedges;
    shape.axis = model->axis();
    prediction.expected = wedge::theory::union_of_short_directions(shape, std::ssize(names));
    const bool curved = o.half_width == 0 && o.opening == 0 && o.energy == "quadratic" && o.minimum == "hard";
    prediction.count = curved ? Quantity::exact(static_cast<double>(prediction.united))
                              : Quantity::missing(
                                    "inside a core, along its edge and under a soft minimum the "
                                    "Hessian is not that of the short directions");
    result.prediction = std::move(prediction);
  }

  /// Estimators (a) and (b): the threshold of (b) comes from all single optima.
  void count_stiff() {
    double largest = 0;  // mean over the single optima
    std::int64_t singles = 0;
    for (std::size_t i = 0; i < sets_.size(); ++i)
      if (sets_[i].kind == "optima" && sets_[i].size() == 1 && !spectra_[i].ritz.empty())
        largest += (spectra_[i].ritz.front() - largest) / static_cast<double>(++singles);
    for (std::size_t i = 0; i < sets_.size(); ++i) {
      results()[i].effective_rank = found_[i].effective_rank;
      results()[i].centre_spectrum = found_[i].centre_spectrum;
      add_count(spectra_[i], largest, sets_[i], results()[i]);
    }
  }

  /// Whether estimator (b) is asked for on a set: on the first few of each kind and size.
  bool counted(std::size_t i) const {
    std::int64_t before = 0;
    for (std::size_t j = 0; j < i; ++j)
      before += sets_[j].kind == sets_[i].kind && sets_[j].size() == sets_[i].size();
    return before < options_.lanczos_sets;
  }

  /// The spectrum of the loss itself, not of the functional, at the centre.
  CentreSpectrum centre_spectrum(const CurvedLandscape& base, const StarSet& set, std::uint64_t seed,
                                 Monitor& monitor) const {
    const std::unique_ptr<Curvature> hessian = base.curvature_at(set.centre);
    spectrum::EigenpairOptions wanted;
    wanted.top = std::min(options_.eigenvectors, base.dimension());
    wanted.tolerance = kEigenspaceTolerance;
    const spectrum::Eigenpairs top = spectrum::extremal_eigenpairs(*hessian, wanted, seed, monitor).top;
    const spectrum::Moments moments = spectrum::estimate_moments(*hessian, options_.probes, seed, monitor);
    return {top.values, top.residuals, over_probes(moments.trace), over_probes(moments.effective_rank)};
  }

  StarRank effective_rank(StarHessian& hessian, std::uint64_t seed, Monitor& monitor) const {
    const EffectiveRanks ranks = effective_ranks(hessian, options_.probes, seed, monitor);
    StarRank rank{over_probes(ranks.star), ranks.branches.value, over_probes(ranks.ratio)};
    if (!rank.ratio.present()) rank.ratio = Quantity::missing("the Hessian vanishes on a branch");
    return rank;
  }

  void add_count(const StiffSpectrum& spectrum, double largest, const StarSet& set, StarResult& result) {
    const std::vector<double>& ritz = spectrum.ritz;
    if (ritz.empty()) return;
    const double threshold = options_.count_fraction * largest / static_cast<double>(most_joined());
    const spectrum::Estimate count = spectrum.count_above(threshold);
    const Quantity value = spectrum.multiplicities ? Quantity::estimate(count.value, count.standard_error,
                                                                        kMultiplicityProbes, "probes")
                                                   : Quantity::exact(count.value);
    result.count = {value, threshold, ritz.front(), std::ssize(ritz), {}};
    if (set.size() == 1)
      for (std::int64_t k = 1; k <= most_joined(); ++k) {
        const auto copies = static_cast<double>(k);
        result.count->copies.push_back(copies * spectrum.count_above(copies * threshold).value);
      }
    record_.arrays.push_back({set.name + ".ritz", {std::ssize(ritz)}, ritz});
  }

  void add_unions(const CurvedLandscape& base, Monitor& monitor) {
    const std::vector<double> costs{1, 1};
    Progress progress(monitor, costs);
    result_.unions["optima"] = union_of(base, optima_, progress.part(0));
    if (options_.control) result_.unions["control"] = union_of(base, control_, progress.part(1));
  }

  /// Estimator (c) over points, the first m of them for each m.
  UnionOfSpaces union_of(const CurvedLandscape& base, const Points& points, Monitor& monitor) const {
    const std::int64_t count = std::min(options_.most_optima, std::ssize(points));
    const std::int64_t k = std::min(options_.eigenvectors, base.dimension());
    const std::int64_t dimension = base.dimension();
    spectrum::EigenpairOptions wanted;
    wanted.top = k;
    wanted.tolerance = kEigenspaceTolerance;
    std::vector<std::vector<float>> spaces(static_cast<std::size_t>(count));
    const std::vector<double> costs(spaces.size(), 1.0);
    Progress progress(monitor, costs);
    parallel_for(count, [&](std::int64_t i) {
      const auto index = static_cast<std::size_t>(i);
      const std::unique_ptr<Curvature> hessian = base.curvature_at(points[index]);
      spaces[index] =
          spectrum::extremal_eigenpairs(*hessian, wanted, derive_seed(input_.seed, "eigenspace", index),
                                        progress.part(index))
              .top.vectors;
    });
    double sum = 0;
    std::int64_t pairs = 0;
    for (std::size_t i = 0; i < spaces.size(); ++i)
      for (std::size_t j = 0; j < i; ++j, ++pairs) sum += overlap(spaces[i], spaces[j], k);
    const double shared =
        pairs > 0 ? sum / static_cast<double>(pairs) : std::numeric_limits<double>::quiet_NaN();
    const double effective = static_cast<double>(k) / shared;
    UnionOfSpaces result{k, shared, effective, {}};
    std::vector<float> stacked;
    for (std::int64_t m = 1; m <= count; ++m) {
      const std::vector<float>& space = spaces[static_cast<std::size_t>(m) - 1];
      stacked.insert(stacked.end(), space.begin(), space.end());
      result.spaces.push_back({m, union_entropy_rank(stacked, m * k, dimension),
                               predicted_union(effective, static_cast<double>(k), m)});
    }
    return result;
  }

  /// Estimator (d) on every set of at least 2; the control has the mean target of the optima.
  void measure_connectors() {
    std::map<std::int64_t, std::vector<double>> targets;
    const std::vector<double> costs(sets_.size(), 1.0);
    Progress progress(progress_.part(Part::connectors), costs);
    for (std::size_t i = 0; i < sets_.size(); ++i) {
      const StarSet& set = sets_[i];
      const StarResult& star = results()[i];
      if (set.size() < 2 || set.diverged) continue;
      const double at_mean = star.functional_at_mean;
      const double own = at_mean - options_.connector_share * (at_mean - star.functional.value_or(at_mean));
      if (set.kind == "optima") targets[set.size()].push_back(own);
      const double target = set.kind == "optima" ? own : spread_of(targets[set.size()]).mean;
      ConnectorResult found =
          connector_dimension(input_.landscape, evaluated(), options_, set, at_mean, target,
                              derive_seed(input_.seed, "connector " + set.name), progress.part(i));
      found.prediction = connector_prediction(star);
      result_.connector.push_back(std::move(found));
    }
  }

  /// Where the functional falls as 1 - d / union on sections.
  Quantity connector_prediction(const StarResult& star) const {
    if (!star.prediction) return Quantity::missing("no wedge model");
    if (!star.prediction->count.present()) return star.prediction->count;
    return Quantity::exact(options_.connector_share * static_cast<double>(star.prediction->united));
  }

  /// The volume over all optima that are used, its connectors starting at the centre of the largest set.
  void measure_connected_volume() {
    const StarSet* largest = nullptr;
    for (const StarSet& set : sets_)
      if (set.kind == "optima" && !set.diverged && (largest == nullptr || set.size() > largest->size()))
        largest = &set;
    if (largest == nullptr) return;
    result_.volume = measure_volume(input_, evaluated(), largest->centre, options_, record_.arrays,
                                    progress_.part(Part::volume));
  }

  const MTunnel& options_;
  const Input& input_;
  Progress progress_;
  SmallerLandscape evaluated_;
  SmallerLandscape curved_;
  Points optima_;
  Points control_;
  std::vector<StarSet> sets_;
  std::vector<CentreCurvature> found_;  // for each set
  std::vector<StiffSpectrum> spectra_;  // for each set
  MTunnelResult result_;
  Record record_;
};

}  // namespace

Record run_m_tunnel(const MTunnel& options, const Input& input, Monitor& monitor) {
  return Run(options, input, monitor).record();
}

}  // namespace nwedge::experiment
