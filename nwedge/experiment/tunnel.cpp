#include "nwedge/experiment/tunnel.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <memory>
#include <optional>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/progress.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/experiment/tunnel_parts.hpp"
#include "nwedge/experiment/tunnel_result.hpp"
#include "nwedge/experiment/wedge_forms.hpp"
#include "nwedge/io/tensor_item.hpp"

namespace nwedge::experiment {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<std::string_view, 4> kPaths = {"chain", "quadratic", "cubic", "auto-neb"};
/// Optima nearer to each other than this share of their norms are one point but for rounding.
constexpr double kSamePoint = 1e-5;
/// Optima with a straight barrier of at most this share of the drop have no wall between them.
constexpr double kNoWall = 0.01;
/// What the pivots of a band grow by from one cycle to the next, for its price.
constexpr double kBandGrowth = 2;

std::string name_of(const OptimumPair& pair, const std::string& kind) {
  return fmt::format("{}-{}.{}", pair.first, pair.second, kind);
}

/// Examples in both splits, 1 where the landscape has no data.
double examples_of(const Landscape& landscape) {
  return static_cast<double>(std::max<std::int64_t>(1, landscape.examples(Split::train)) +
                             landscape.examples(Split::test));
}

/// Gradients of one path of a kind, and of a band the evaluations that place its new pivots.
double training_cost(const Tunnel& options, const std::string& kind, const Landscape& landscape) {
  const double gradients = 3 * static_cast<double>(options.training.steps) *
                           batch_examples(landscape, options.training.batch_size);
  if (kind != "auto-neb") return gradients;
  const auto cycles = static_cast<double>(options.cycles);
  const double split = std::max<double>(1, static_cast<double>(landscape.examples(Split::train)));
  auto pivots = static_cast<double>(options.pivots);
  double cost = 0;
  for (std::int64_t cycle = 0; cycle < options.cycles; ++cycle) {
    cost += gradients * pivots / static_cast<double>(options.pivots) / cycles;
    if (cycle + 1 < options.cycles) cost += 4 * (pivots + 1) * split;
    pivots = std::min(kBandGrowth * pivots, static_cast<double>(options.most_pivots));
  }
  return cost;
}

/// Examples evaluated for one pair after training.
double measuring_cost(const Tunnel& options, const Landscape& landscape) {
  return static_cast<double>(options.points * (std::ssize(options.paths) + 1)) * examples_of(landscape) +
         examples_used(landscape, options.examples) *
             (7.0 * static_cast<double>(options.random_paths) +
              10.0 * static_cast<double>(options.thickness_points * options.thickness_directions));
}

double plane_cost(const Tunnel& options, const Landscape& landscape) {
  return 1.0 + static_cast<double>(options.plane_points * options.plane_points) *
                   examples_used(landscape, options.examples);
}

Quantity over_pairs(std::span<const TunnelPair> pairs,
                    const std::function<double(const TunnelPair&)>& number) {
  std::vector<PairValue> values;
  for (const TunnelPair& pair : pairs)
    if (pair.separated)
      values.push_back(
          {static_cast<std::size_t>(pair.first), static_cast<std::size_t>(pair.second), number(pair)});
  return values.empty() ? Quantity::missing("no pair has a wall") : mean_over_pairs(values);
}

Quantity mean_drop(const Input& input) {
  std::vector<double> drops;
  for (const optimize::Result& run : input.optima)
    drops.push_back(input.landscape.evaluate(run.initial).loss - input.landscape.evaluate(run.point).loss);
  return mean_of(drops);
}

class Run {
 public:
  Run(const Tunnel& options, const Input& input, Monitor& monitor)
      : options_(options),
        input_(input),
        pairs_(spread_pairs(input.optima.size(), options.pairs)),
        progress_(monitor, costs()),
        smaller_(input, options.examples, options.name()),
        drop_(mean_drop(input)) {}

  Record record() {
    if (const wedge::WedgeModel* model = wedge_model(input_.landscape)) predict(*model);
    Record record;
    TunnelResult result;
    result.optima = std::ssize(input_.optima);
    result.drop = drop_;
    std::vector<std::optional<TrainedPath>> lowest;
    input_.parts.for_each(
        std::ssize(pairs_), [&](std::int64_t p) { return study_pair(static_cast<std::size_t>(p)); },
        [&](std::int64_t p, const Parts::Bytes& bytes) {
          ItemReader item(bytes);
          result.pairs.push_back(item.result<TunnelPair>());
          const OptimumPair& pair = pairs_[static_cast<std::size_t>(p)];
          lowest.emplace_back();
          if (result.pairs.back().lowest_tunnel() != nullptr)
            lowest.back() = trained_path_of(item, point(pair.first), point(pair.second));
          while (!item.at_end()) record.arrays.push_back(io::tensor_of(item));
        });
    if (options_.plane_points > 0 && input_.landscape.dimension() > 1)
      result.plane = plane(lowest, record.arrays);
    result.spanning_tree = tree(result.pairs);
    summarise(result);
    record.result = to_record(result);
    return record;
  }

 private:
  std::size_t kinds() const { return options_.paths.size(); }
  const Landscape& sampled() const { return smaller_.landscape(); }
  std::span<const float> point(std::size_t i) const { return input_.optima[i].point; }
  bool coincide(const OptimumPair& pair) const {
    const double size = std::max(norm(point(pair.first)), norm(point(pair.second)));
    return distance(point(pair.first), point(pair.second)) <= kSamePoint * size;
  }

  std::vector<double> costs() const {
    std::vector<double> costs;
    for (std::size_t p = 0; p < pairs_.size(); ++p)
      for (const std::string& kind : options_.paths)
        costs.push_back(training_cost(options_, kind, input_.landscape));
    costs.resize(costs.size() + pairs_.size(), measuring_cost(options_, input_.landscape));
    costs.push_back(plane_cost(options_, input_.landscape));
    return costs;
  }

  /// A pair's numbers, its lowest path, if there is one, and its arrays.
  Parts::Bytes study_pair(std::size_t p) {
    const std::vector<TrainedPath> trained = train(p);
    std::vector<io::Tensor> arrays;
    const TunnelPair pair = measure_pair(p, trained, arrays);
    ItemWriter item;
    item.put_result(pair);
    if (const PathResult* best = pair.lowest_tunnel())
      put(item, trained[static_cast<std::size_t>(best - pair.tunnels.data())]);
    for (const io::Tensor& array : arrays) io::put(item, array);
    return item.take();
  }

  /// All paths of a pair at once, one thread each: [kinds].
  std::vector<TrainedPath> train(std::size_t p) {
    const OptimumPair& pair = pairs_[p];
    std::vector<std::unique_ptr<TrainedPath>> slots(kinds());
    parallel_for(std::ssize(slots), [&](std::int64_t index) {
      const auto k = static_cast<std::size_t>(index);
      const std::string& kind = options_.paths[k];
      if (coincide(pair)) {  // nothing to join
        slots[k] = std::make_unique<TrainedPath>(
            TrainedPath{kind, geometry::Path::line(point(pair.first), point(pair.second)), {}, false});
        return;
      }
      const std::uint64_t seed = derive_seed(input_.seed, "tunnel " + name_of(pair, kind));
      slots[k] =
          std::make_unique<TrainedPath>(train_path(input_.landscape, point(pair.first), point(pair.second),
                                                   kind, options_, seed, progress_.part(p * kinds() + k)));
    });
    std::vector<TrainedPath> trained;
    trained.reserve(slots.size());
    for (const auto& slot : slots) trained.push_back(std::move(*slot));
    return trained;
  }

  TunnelPair measure_pair(std::size_t p, std::span<const TrainedPath> trained,
                          std::vector<io::Tensor>& arrays) {
    const OptimumPair& pair = pairs_[p];
    const std::span<const float> begin = point(pair.first);
    const std::span<const float> end = point(pair.second);
    Monitor& monitor = progress_.part(pairs_.size() * kinds() + p);
    TunnelPair result;
    result.first = static_cast<std::int64_t>(pair.first);
    result.second = static_cast<std::int64_t>(pair.second);
    for (const std::size_t i : {pair.first, pair.second})
      result.seeds.push_back(static_cast<std::int64_t>(input_.optima[i].seed));
    result.distance = distance(begin, end);
    result.cosine = cosine(begin, end);
    result.coincide = coincide(pair);
    result.straight.kind = "straight";
    measure_path(input_.landscape, geometry::Path::line(begin, end), options_.points,
                 name_of(pair, "straight"), result.straight, arrays);
    // A barrier or drop that is not a number keeps the pair, and spoils the mean.
    result.separated =
        !result.coincide && !(result.straight.train->barrier <= std::max(0.0, kNoWall * drop_.value));
    if (!result.coincide) measure_tunnels(pair, trained, result, arrays, monitor);
    add_prediction(begin, end, result);
    monitor.checkpoint(1);
    return result;
  }

  void measure_tunnels(const OptimumPair& pair, std::span<const TrainedPath> trained, TunnelPair& result,
                       std::vector<io::Tensor>& arrays, Monitor& monitor) {
    for (const TrainedPath& path : trained) {
      monitor.checkpoint(0.3);
      result.tunnels.push_back(measure_tunnel(pair, path, result.straight.train->barrier, arrays));
    }
    const PathResult* best = result.lowest_tunnel();
    if (best == nullptr) return;
    result.lowest = best->kind;
    add_surroundings(pair, trained[static_cast<std::size_t>(best - result.tunnels.data())],
                     best->length_ratio.value(), result, arrays, monitor);
  }

  PathResult measure_tunnel(const OptimumPair& pair, const TrainedPath& trained, double straight,
                            std::vector<io::Tensor>& arrays) {
    PathResult result;
    result.kind = trained.kind;
    result.diverged = trained.diverged;
    result.bends = trained.path.bend_count();
    result.pivots = trained.pivots;
    if (trained.diverged) return result;
    const std::string name = name_of(pair, trained.kind);
    measure_path(input_.landscape, trained.path, options_.points, name, result, arrays);
    if (straight > 0) result.share_of_straight = result.train->barrier / straight;
    arrays.push_back({"points." + name,
                      {trained.path.bend_count(), trained.path.dimension()},
                      std::vector<float>(trained.path.bends().begin(), trained.path.bends().end())});
    return result;
  }

  /// Thickness, and random paths of the same length, of the lowest tunnel of a pair.
  void add_surroundings(const OptimumPair& pair, const TrainedPath& trained, double stretch,
                        TunnelPair& result, std::vector<io::Tensor>& arrays, Monitor& monitor) {
    const std::string name = name_of(pair, trained.kind);
    const std::uint64_t seed = derive_seed(input_.seed, name);
    const std::vector<double> parts{1.0, 1.0};
    Progress progress(monitor, parts);
    if (options_.random_paths > 0)
      result.random_paths = measure_random_paths(sampled(), point(pair.first), point(pair.second), stretch,
                                                 options_.tunnel_share * result.straight.train->barrier,
                                                 options_.random_paths, seed, progress.part(0));
    if (options_.thickness_points > 0)
      result.thickness =
          measure_thickness(sampled(), trained.path, options_, seed, name, arrays, progress.part(1));
  }

  /// What the wedge model says of all pairs.
  void predict(const wedge::WedgeModel& model) {
    const wedge::Predictor predictor(model);
    between_wedges_ = predictor.line_barrier(geometry::even_positions(options_.points));
    constexpr double kMedian[] = {0.5};
    exit_radius_ = predictor.exit_radii(options_.thickness_rise, kMedian).front();
  }

  /// What the wedge model says of a pair.
  void add_prediction(std::span<const float> begin, std::span<const float> end, TunnelPair& result) const {
    const wedge::WedgeModel* model = wedge_model(input_.landscape);
    if (model == nullptr) return;
    TunnelPrediction prediction;
    prediction.wedges = {model->nearest(begin), model->nearest(end)};
    const bool same = prediction.wedges[0] == prediction.wedges[1];
    const std::int64_t united =
        model->union_of_short_directions(std::span(prediction.wedges).first(same ? 1 : 2));
    prediction.tunnel_dimension = model->dimension() - united;
    prediction.straight_barrier = (same ? within_wedge(*model) : between_wedges_).quantity();
    prediction.tunnel_barrier =
        wedge::Predictor(*model).tunnel_barrier(prediction.wedges[0], prediction.wedges[1]).quantity();
    prediction.exit_radius = exit_radius_.quantity();
    result.prediction = std::move(prediction);
  }

  static wedge::Prediction within_wedge(const wedge::WedgeModel& model) {
    if (model.options().opening == 0 && model.options().minimum == "hard")
      return wedge::Prediction::closed_form(0);
    return wedge::Prediction::none("the low part of one wedge is not convex in this variant");
  }

  /// Of the first pair that has a tunnel.
  std::optional<PathPlane> plane(std::span<const std::optional<TrainedPath>> lowest,
                                 std::vector<io::Tensor>& arrays) {
    for (std::size_t p = 0; p < lowest.size(); ++p) {
      if (!lowest[p]) continue;
      PathPlane result = measure_plane(sampled(), lowest[p]->path, options_.plane_points, arrays,
                                       progress_.part(pairs_.size() * (kinds() + 1)));
      result.pair = static_cast<std::int64_t>(p);
      result.kind = lowest[p]->kind;
      return result;
    }
    return {};
  }

  TunnelTree tree(std::span<const TunnelPair> pairs) const {
    std::vector<Edge> edges;
    for (const TunnelPair& pair : pairs)
      edges.push_back({pair.first, pair.second, pair.coincide ? 0.0 : tunnel_barrier(pair)});
    const std::vector<std::size_t> chosen = spanning_tree(std::ssize(input_.optima), edges);
    TunnelTree tree;
    for (const std::size_t i : chosen) {
      tree.edges.push_back({edges[i].first, edges[i].second, edges[i].weight});
      tree.highest_barrier = std::max(tree.highest_barrier, edges[i].weight);
    }
    tree.spans = chosen.size() + 1 == input_.optima.size();
    return tree;
  }

  /// Of the lowest tunnel; NaN where every path diverged.
  static double tunnel_barrier(const TunnelPair& pair) {
    const PathResult* best = pair.lowest_tunnel();
    return best == nullptr ? kNan : best->train->barrier;
  }

  static bool any_separated(std::span<const TunnelPair> pairs) {
    return std::any_of(pairs.begin(), pairs.end(), [](const TunnelPair& pair) { return pair.separated; });
  }

  void summarise(TunnelResult& result) const {
    result.straight_barrier =
        any_separated(result.pairs)
            ? over_pairs(result.pairs, [](const TunnelPair& pair) { return pair.straight.train->barrier; })
            : Quantity::exact(0);
    result.tunnel_barrier = over_pairs(result.pairs, tunnel_barrier);
    if (options_.random_paths == 0) {
      result.random_barrier = result.tail =
          Quantity::missing("random paths were not tried (random-paths = 0)");
      return;
    }
    result.random_barrier = over_pairs(result.pairs, [](const TunnelPair& pair) {
      return pair.random_paths ? pair.random_paths->barrier.value : kNan;
    });
    result.tail = over_pairs(result.pairs, [](const TunnelPair& pair) {
      return pair.random_paths ? pair.random_paths->tail.value_or(kNan) : kNan;
    });
    for (const TunnelPair& pair : result.pairs) {
      if (!pair.random_paths || !pair.separated) continue;
      result.random_paths += pair.random_paths->paths;
      result.random_low += pair.random_paths->low;
    }
  }

  const Tunnel& options_;
  const Input& input_;
  std::vector<OptimumPair> pairs_;
  Progress progress_;
  SmallerLandscape smaller_;
  Quantity drop_;
  wedge::Prediction between_wedges_;  // straight barrier, on a wedge model
  wedge::Prediction exit_radius_;
};

}  // namespace

void Tunnel::visit(OptionVisitor& visitor) {
  visitor.field("paths", paths, kPaths, "kinds of path to train between each pair");
  visitor.field("bends", bends, at_least(1), "bends of the chain");
  visitor.field("pairs", pairs, at_least(1), "at most so many pairs of optima, disjoint ones first");
  matching.visit(visitor);
  training.visit(visitor);
  visitor.field("pivots", pivots, at_least(1), "auto-neb: inner points of the band at the start");
  visitor.field("most-pivots", most_pivots, at_least(1), "auto-neb: no pivot is inserted beyond");
  visitor.field("cycles", cycles, at_least(1), "auto-neb: trainings, with insertion of pivots between them");
  visitor.field(
      "insertion-excess", insertion_excess, above(0),
      "auto-neb: insert where the loss exceeds the interpolation by more than this part of its spread");
  visitor.field("points", points, at_least(3), "points of each path at which it is evaluated");
  visitor.field("tunnel-share", tunnel_share, between(0, 1),
                "a path is low when its barrier is at most this share of the straight line's");
  visitor.field("examples", examples, at_least(0),
                "training examples for random paths, plane and thickness; 0: all");
  visitor.field("random-paths", random_paths, at_least(0),
                "random paths of the tunnel's length to try for each pair");
  visitor.field("plane-points", plane_points, at_least(0),
                "points a side of the section through optimum, middle of the path, optimum; 0: none");
  visitor.field("thickness-points", thickness_points, at_least(0),
                "points of a tunnel at which its exit radii are taken; 0: none");
  visitor.field("thickness-directions", thickness_directions, at_least(1),
                "random directions at each of them");
  visitor.field("thickness-rise", thickness_rise, above(0),
                "a ray has left where the loss is so much above its start's");
}

void Tunnel::validate(std::string_view place) const {
  if (paths.empty()) throw Error(place, "paths must name at least 1 kind, names none");
  if (plane_points == 1) throw Error(place, "plane-points must be 0 or at least 2, is 1");
  if (thickness_points == 1) throw Error(place, "thickness-points must be 0 or at least 2, is 1");
  if (most_pivots < pivots)
    throw Error(place,
                fmt::format("most-pivots must be at least pivots, are {} and {}", most_pivots, pivots));
  training.descent().validate(place);
}

void Tunnel::validate_for(const Planned& planned, std::string_view place) const {
  if (planned.optima < 2)
    throw Error(place, fmt::format("tunnel needs at least 2 optima, has {}: add seeds", planned.optima));
  matching.validate_for(planned, place);
}

double Tunnel::cost(const Landscape& landscape, const optimize::Options&, std::int64_t optima) const {
  double each = measuring_cost(*this, landscape);
  for (const std::string& kind : paths) each += training_cost(*this, kind, landscape);
  return static_cast<double>(std::min(pairs, optima * (optima - 1) / 2)) * each +
         plane_cost(*this, landscape);
}

SpreadLoop Tunnel::loop(const Landscape& landscape, std::int64_t optima) const {
  return {std::min(pairs, optima * (optima - 1) / 2),
          1 - plane_cost(*this, landscape) / cost(landscape, {}, optima)};
}

Record Tunnel::run(const Input& input, Monitor& monitor) const {
  if (input.optima.size() < 2)
    throw Error("tunnel",
                fmt::format("needs at least 2 optima, has {}: give more seeds", input.optima.size()));
  return run_matched(matching, input, monitor,
                     [&](const Input& own) { return Run(*this, own, monitor).record(); });
}

}  // namespace nwedge::experiment
