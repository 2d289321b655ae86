#include "nwedge/experiment/tunnel.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/progress.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/closed_forms.hpp"
#include "nwedge/experiment/number.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/experiment/tunnel_parts.hpp"
#include "nwedge/experiment/wedge_forms.hpp"

namespace nwedge::experiment {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 4> kPaths = {"chain", "quadratic", "cubic", "auto-neb"};
/// The share of random paths that may be low while random search still counts as hopeless.
constexpr double kRandomShare = 0.1;
/// A straight barrier below it is none: where the loss is 0, float points between two optima leave about
/// 1e-13.
constexpr double kRounding = 1e-9;
/// On the model a tunnel has no barrier; descent stops short of that.
constexpr double kModelShare = 0.01;

struct Pair {
  std::size_t first;
  std::size_t second;
};

std::vector<Pair> first_pairs(std::size_t optima, std::int64_t most) {
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < optima; ++i)
    for (std::size_t j = i + 1; j < optima; ++j)
      if (std::ssize(pairs) < most) pairs.push_back({i, j});
  return pairs;
}

std::string name_of(const Pair& pair, const std::string& kind) {
  return fmt::format("{}-{}.{}", pair.first, pair.second, kind);
}

/// Examples in both splits, 1 where the landscape has no data.
double examples_of(const Landscape& landscape) {
  return static_cast<double>(std::max<std::int64_t>(1, landscape.examples(Split::train)) +
                             landscape.examples(Split::test));
}

double training_cost(const Tunnel& options, const Landscape& landscape) {
  return 3 * static_cast<double>(options.training.steps) *
         batch_examples(landscape, options.training.batch_size);
}

/// Examples evaluated for one pair after training.
double measuring_cost(const Tunnel& options, const Landscape& landscape) {
  return static_cast<double>(options.points * (std::ssize(options.paths) + 1)) * examples_of(landscape) +
         examples_used(landscape, options.examples) *
             (1.5 * static_cast<double>(options.random_paths) +
              10.0 * static_cast<double>(options.thickness_points * options.thickness_directions));
}

double plane_cost(const Tunnel& options, const Landscape& landscape) {
  return 1.0 + static_cast<double>(options.plane_points * options.plane_points) *
                   examples_used(landscape, options.examples);
}

/// The path of least barrier on the training split, by index; -1 when every one diverged.
std::ptrdiff_t lowest(const json& tunnels) {
  std::ptrdiff_t best = -1;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < tunnels.size(); ++i) {
    if (tunnels[i]["diverged"].get<bool>()) continue;
    const double barrier = number(tunnels[i]["train"]["barrier"]);
    if (!(barrier < least)) continue;
    least = barrier;
    best = static_cast<std::ptrdiff_t>(i);
  }
  return best;
}

class Run {
 public:
  Run(const Tunnel& options, const Input& input, Monitor& monitor)
      : options_(options),
        input_(input),
        pairs_(first_pairs(input.optima.size(), options.pairs)),
        progress_(monitor, costs()),
        smaller_(input, options.examples, options.name()) {}

  Record record() {
    const std::vector<TrainedPath> trained = train();
    if (const wedge::WedgeModel* model = wedge_model(input_.landscape)) predict(*model);
    Record record;
    json pairs = json::array();
    for (std::size_t p = 0; p < pairs_.size(); ++p)
      pairs.push_back(measure_pair(p, std::span(trained).subspan(p * kinds(), kinds()), record.arrays));
    if (options_.plane_points > 0 && input_.landscape.dimension() > 1)
      record.result["plane"] = plane(pairs, trained, record.arrays);
    record.result["spanning-tree"] = tree(pairs);
    record.result["pairs"] = std::move(pairs);
    record.result["optima"] = input_.optima.size();
    return record;
  }

 private:
  std::size_t kinds() const { return options_.paths.size(); }
  const Landscape& sampled() const { return smaller_.landscape(); }
  std::span<const float> point(std::size_t i) const { return input_.optima[i].point; }

  std::vector<double> costs() const {
    std::vector<double> costs(pairs_.size() * kinds(), training_cost(options_, input_.landscape));
    costs.resize(costs.size() + pairs_.size(), measuring_cost(options_, input_.landscape));
    costs.push_back(plane_cost(options_, input_.landscape));
    return costs;
  }

  /// All paths at once, one thread each: [pairs, kinds].
  std::vector<TrainedPath> train() {
    std::vector<std::unique_ptr<TrainedPath>> slots(pairs_.size() * kinds());
    parallel_for(std::ssize(slots), [&](std::int64_t job) {
      const auto j = static_cast<std::size_t>(job);
      const Pair& pair = pairs_[j / kinds()];
      const std::string& kind = options_.paths[j % kinds()];
      const std::uint64_t seed = derive_seed(input_.seed, "tunnel " + name_of(pair, kind));
      slots[j] = std::make_unique<TrainedPath>(train_path(
          input_.landscape, point(pair.first), point(pair.second), kind, options_, seed, progress_.part(j)));
    });
    std::vector<TrainedPath> trained;
    trained.reserve(slots.size());
    for (const auto& slot : slots) trained.push_back(std::move(*slot));
    return trained;
  }

  json measure_pair(std::size_t p, std::span<const TrainedPath> trained, std::vector<io::Tensor>& arrays) {
    const Pair& pair = pairs_[p];
    const std::span<const float> begin = point(pair.first);
    const std::span<const float> end = point(pair.second);
    Monitor& monitor = progress_.part(pairs_.size() * kinds() + p);
    json result = {{"first", pair.first},
                   {"second", pair.second},
                   {"seeds", {input_.optima[pair.first].seed, input_.optima[pair.second].seed}},
                   {"distance", distance(begin, end)},
                   {"cosine", cosine(begin, end)}};
    result["straight"] = measure_path(input_.landscape, geometry::Path::line(begin, end), options_.points,
                                      name_of(pair, "straight"), arrays);
    if (result["distance"] == 0) {  // nothing to join, and no length to measure by
      result.update({{"coincide", true}, {"tunnels", json::array()}, {"lowest", nullptr}});
      return result;
    }
    const double straight = result["straight"]["train"]["barrier"];
    json tunnels = json::array();
    for (const TrainedPath& path : trained) {
      monitor.checkpoint(0.3);
      tunnels.push_back(measure_tunnel(pair, path, straight, arrays));
    }
    const std::ptrdiff_t best = lowest(tunnels);
    result["tunnels"] = tunnels;
    result["lowest"] = best >= 0 ? json(tunnels[static_cast<std::size_t>(best)]["kind"]) : json();
    if (best >= 0)
      add_surroundings(pair, trained[static_cast<std::size_t>(best)],
                       tunnels[static_cast<std::size_t>(best)]["length-ratio"], straight, result, arrays,
                       monitor);
    add_prediction(begin, end, result);
    monitor.checkpoint(1);
    return result;
  }

  json measure_tunnel(const Pair& pair, const TrainedPath& trained, double straight,
                      std::vector<io::Tensor>& arrays) {
    json result = {
        {"kind", trained.kind}, {"diverged", trained.diverged}, {"bends", trained.path.bend_count()}};
    if (!trained.pivots.empty()) result["pivots"] = trained.pivots;
    if (trained.diverged) return result;
    const std::string name = name_of(pair, trained.kind);
    result.update(measure_path(input_.landscape, trained.path, options_.points, name, arrays));
    if (straight > kRounding) result["share-of-straight"] = number(result["train"]["barrier"]) / straight;
    arrays.push_back({"points." + name,
                      {trained.path.bend_count(), trained.path.dimension()},
                      std::vector<float>(trained.path.bends().begin(), trained.path.bends().end())});
    return result;
  }

  /// Thickness, and random paths of the same length, of the lowest tunnel of a pair.
  void add_surroundings(const Pair& pair, const TrainedPath& trained, double stretch, double straight,
                        json& result, std::vector<io::Tensor>& arrays, Monitor& monitor) {
    const std::string name = name_of(pair, trained.kind);
    const std::uint64_t seed = derive_seed(input_.seed, name);
    const std::vector<double> parts{1.0, 1.0};
    Progress progress(monitor, parts);
    if (options_.random_paths > 0)
      result["random-paths"] = measure_random_paths(sampled(), point(pair.first), point(pair.second), stretch,
                                                    options_.tunnel_share * straight, options_.random_paths,
                                                    seed, progress.part(0));
    if (options_.thickness_points > 0)
      result["thickness"] =
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
  void add_prediction(std::span<const float> begin, std::span<const float> end, json& result) const {
    const wedge::WedgeModel* model = wedge_model(input_.landscape);
    if (model == nullptr) return;
    const std::vector<std::int64_t> wedges{model->nearest(begin), model->nearest(end)};
    const bool same = wedges[0] == wedges[1];
    const std::int64_t united = model->union_of_short_directions(std::span(wedges).first(same ? 1 : 2));
    json prediction = {{"wedges", wedges}, {"tunnel-dimension", model->dimension() - united}};
    experiment::add_prediction(prediction, "straight-barrier", same ? within_wedge(*model) : between_wedges_);
    experiment::add_prediction(prediction, "tunnel-barrier",
                               wedge::Predictor(*model).tunnel_barrier(wedges[0], wedges[1]));
    experiment::add_prediction(prediction, "exit-radius", exit_radius_);
    result["prediction"] = std::move(prediction);
  }

  static wedge::Prediction within_wedge(const wedge::WedgeModel& model) {
    if (model.options().opening == 0 && model.options().minimum == "hard")
      return wedge::Prediction::closed_form(0);
    return wedge::Prediction::none("the low part of one wedge is not convex in this variant");
  }

  json plane(const json& pairs, std::span<const TrainedPath> trained, std::vector<io::Tensor>& arrays) {
    for (std::size_t p = 0; p < pairs.size(); ++p) {
      const std::ptrdiff_t best = lowest(pairs[p]["tunnels"]);
      if (best < 0) continue;
      const TrainedPath& path = trained[p * kinds() + static_cast<std::size_t>(best)];
      json result = measure_plane(sampled(), path.path, options_.plane_points, arrays,
                                  progress_.part(pairs_.size() * (kinds() + 1)));
      result["pair"] = p;
      result["kind"] = path.kind;
      return result;
    }
    return {};
  }

  json tree(const json& pairs) const {
    std::vector<Edge> edges;
    for (const json& pair : pairs) {
      const std::ptrdiff_t best = lowest(pair["tunnels"]);
      const double weight = best < 0
                                ? std::numeric_limits<double>::quiet_NaN()
                                : number(pair["tunnels"][static_cast<std::size_t>(best)]["train"]["barrier"]);
      edges.push_back({pair["first"], pair["second"], weight});
    }
    const std::vector<std::size_t> chosen = spanning_tree(std::ssize(input_.optima), edges);
    json list = json::array();
    double highest = 0;
    for (const std::size_t i : chosen) {
      list.push_back({{"first", edges[i].first}, {"second", edges[i].second}, {"barrier", edges[i].weight}});
      highest = std::max(highest, edges[i].weight);
    }
    return {
        {"edges", list}, {"highest-barrier", highest}, {"spans", chosen.size() + 1 == input_.optima.size()}};
  }

  const Tunnel& options_;
  const Input& input_;
  std::vector<Pair> pairs_;
  Progress progress_;
  SmallerLandscape smaller_;
  wedge::Prediction between_wedges_;  // straight barrier, on a wedge model
  wedge::Prediction exit_radius_;
};

/// What the records of one landscape say, pair by pair.
struct Evidence {
  std::vector<double> straight;
  std::vector<double> tunnel;
  std::vector<double> shares;  // tunnel barrier / straight barrier, of separated pairs
  std::vector<double> ratios;  // lengths
  std::int64_t separated = 0;  // pairs whose straight barrier exceeds the higher end's loss
  std::int64_t joined = 0;     // separated pairs whose tunnel is low
  std::int64_t lost = 0;       // pairs of which every path diverged
  std::int64_t random_paths = 0;
  std::int64_t random_low = 0;
  std::string prediction;
};

Evidence gather(std::span<const StoredRecord> records) {
  Evidence found;
  for (const StoredRecord& record : records) {
    if (!record.failure.empty()) continue;
    const double tunnel_share = record.options.value("tunnel-share", Tunnel().tunnel_share);
    for (const json& pair : record.result["pairs"]) {
      const std::ptrdiff_t best = lowest(pair["tunnels"]);
      if (pair.value("coincide", false)) continue;
      if (best < 0) {
        ++found.lost;
        continue;
      }
      const json& straight = pair["straight"]["train"];
      const json& tunnel = pair["tunnels"][static_cast<std::size_t>(best)];
      found.straight.push_back(number(straight["barrier"]));
      found.tunnel.push_back(number(tunnel["train"]["barrier"]));
      found.ratios.push_back(number(tunnel["length-ratio"]));
      const double end = std::max(number(straight["end-losses"][0]), number(straight["end-losses"][1]));
      const bool separated = found.straight.back() > std::max(end, kRounding);
      const double over = found.tunnel.back() / found.straight.back();
      if (separated) found.shares.push_back(over);
      found.separated += separated;
      found.joined += separated && over <= tunnel_share;
      if (separated && pair.contains("random-paths")) {
        found.random_paths += pair["random-paths"]["paths"].get<std::int64_t>();
        found.random_low += pair["random-paths"]["low"].get<std::int64_t>();
      }
      if (separated && pair.contains("prediction") && pair["prediction"].contains("straight-barrier") &&
          pair["prediction"].contains("tunnel-barrier"))
        found.prediction =
            fmt::format("straight barrier {:.3g}, tunnel barrier 0 in an intersection of dimension {}",
                        number(pair["prediction"]["straight-barrier"]),
                        pair["prediction"]["tunnel-dimension"].get<std::int64_t>());
    }
  }
  return found;
}

void decide(const Evidence& found, Finding& finding) {
  const auto pairs = std::ssize(found.straight);
  if (pairs == 0) {
    finding.reason = found.lost > 0 ? "every path diverged" : "no finished record";
    return;
  }
  const Interval random = proportion(found.random_low, std::max<std::int64_t>(1, found.random_paths));
  const std::string share =
      found.shares.empty() ? "" : fmt::format(" ({:.2g} % of it)", 100 * spread_of(found.shares).mean);
  finding.measurement = fmt::format(
      "straight barrier {}, tunnel barrier {}{}; {} of {} separated pairs joined, {} of {} random paths low",
      spread_of(found.straight).text("pairs"), spread_of(found.tunnel).text("pairs"), share, found.joined,
      found.separated, found.random_low, found.random_paths);
  if (found.separated == 0) {
    finding.reason = "no straight line has a barrier, so there is nothing to tunnel through";
  } else if (found.joined < found.separated || (found.random_paths > 0 && random.low > kRandomShare)) {
    finding.verdict = Verdict::not_reproduced;
  } else if (found.random_paths == 0) {
    finding.reason = "random paths were not tried (random-paths = 0)";
  } else if (random.high <= kRandomShare) {
    finding.verdict = Verdict::reproduced;
  } else {
    finding.reason = fmt::format("{} random paths are too few: their low share may be up to {:.0f} %",
                                 found.random_paths, 100 * random.high);
  }
}

}  // namespace

void Tunnel::visit(OptionVisitor& visitor) {
  visitor.field("paths", paths, kPaths, "kinds of path to train between each pair");
  visitor.field("bends", bends, at_least(1), "bends of the chain");
  visitor.field("pairs", pairs, at_least(1), "at most so many pairs of optima");
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
}

double Tunnel::cost(const Landscape& landscape, const optimize::Options&, std::int64_t optima) const {
  const auto used = static_cast<double>(std::min(pairs, optima * (optima - 1) / 2));
  return used * (static_cast<double>(paths.size()) * training_cost(*this, landscape) +
                 measuring_cost(*this, landscape)) +
         plane_cost(*this, landscape);
}

Record Tunnel::run(const Input& input, Monitor& monitor) const {
  if (input.optima.size() < 2)
    throw Error("tunnel",
                fmt::format("needs at least 2 optima, has {}: give more seeds", input.optima.size()));
  return Run(*this, input, monitor).record();
}

std::vector<Finding> Tunnel::do_judge(std::span<const StoredRecord> records) const {
  if (records.empty()) return {};
  Finding finding;
  finding.claim = "observation-3";
  finding.landscape = records.front().landscape;
  finding.experiment = std::string(name());
  const double share = records.front().options.value("tunnel-share", tunnel_share);
  finding.criterion = fmt::format(
      "every pair whose straight barrier exceeds its higher end's loss has a trained path with a barrier of "
      "at most {:.0f} % "
      "of it, and at most {:.0f} % of random paths of the same length are as low (upper end of the 95 % "
      "interval)",
      100 * share, 100 * kRandomShare);
  const Evidence found = gather(records);
  finding.prediction = found.prediction;
  decide(found, finding);
  if (found.prediction.empty()) return {finding};
  ClosedForms forms;
  forms.add("largest tunnel barrier over the straight one", 0, spread_of(found.shares).most, kModelShare);
  return {finding,
          forms.finding(finding.landscape, name(),
                        fmt::format("between every pair of wedges a path was found whose barrier is at most "
                                    "{:.0f} % of the straight line's",
                                    100 * kModelShare))};
}

}  // namespace nwedge::experiment
