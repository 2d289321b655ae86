#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "nwedge/core/random.hpp"
#include "nwedge/network/alignment/assignment.hpp"
#include "nwedge/network/alignment/gains.hpp"
#include "nwedge/network/alignment/matching.hpp"

namespace nwedge::network {
namespace {

/// What counts as a gain, as a share of the objective's scale: beyond rounding.
constexpr double kLeastGain = 1e-9;

/// Where a group stands in one tensor.
struct Occurrence {
  std::size_t tensor;
  std::size_t axis;
};

class WeightMatching {
 public:
  WeightMatching(const UnitGroups& groups, std::span<const float> reference, std::span<const float> other)
      : groups_(groups), reference_(reference), other_(other), occurrences_(groups.groups().size()) {
    scratch_.resize(1);
    for (std::size_t t = 0; t < groups.tensors().size(); ++t) {
      const PlaceUnits& place = groups.tensors()[t];
      scratch_.resize(std::max(scratch_.size(), static_cast<std::size_t>(place.count)));
      for (std::size_t a = 0; a < place.axes.size(); ++a) {
        std::vector<bool> seen(groups.groups().size(), false);
        for (const AxisUnits::Piece& piece : place.axes[a].pieces) {
          const auto g = static_cast<std::size_t>(piece.group);
          if (!seen[g]) occurrences_[g].push_back({t, a});
          seen[g] = true;
        }
      }
    }
    for (const std::vector<Occurrence>& places : occurrences_) {
      std::vector<std::size_t> tensors;
      for (const Occurrence& place : places) tensors.push_back(place.tensor);
      std::sort(tensors.begin(), tensors.end());
      twice_.push_back(std::adjacent_find(tensors.begin(), tensors.end()) != tensors.end());
    }
    scale_ = std::sqrt(square(reference) * square(other));
  }

  double scale() const { return scale_; }

  /// One group at a time, from the arrangement that it is given.
  void ascend(Arrangement& arrangement, RandomStream& stream) {
    std::vector<std::size_t> order(groups_.groups().size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (bool gained = true; gained;) {
      gained = false;
      for (std::size_t k = order.size(); k-- > 1;) std::swap(order[k], order[stream.below(k + 1)]);
      for (const std::size_t g : order)
        if (!groups_.groups()[g].fixed) gained = improve(g, arrangement) || gained;
    }
  }

  /// Groups in the order of the tensors, each by the tensors whose other units are matched already.
  Arrangement sweep() {
    Arrangement arrangement = groups_.identity();
    std::vector<bool> done(groups_.groups().size(), false);
    for (std::size_t g = 0; g < done.size(); ++g) done[g] = groups_.groups()[g].fixed;
    for (std::size_t g = 0; g < done.size(); ++g) {
      if (groups_.groups()[g].fixed) continue;
      done[g] = true;
      const std::vector<std::size_t> inside = children(g);
      for (const std::size_t child : inside) done[child] = true;
      const auto known = [&](const Occurrence& place) {
        const auto& axes = groups_.tensors()[place.tensor].axes;
        return std::all_of(axes.begin(), axes.end(), [&](const AxisUnits& axis) {
          return std::all_of(axis.pieces.begin(), axis.pieces.end(), [&](const AxisUnits::Piece& piece) {
            return done[static_cast<std::size_t>(piece.group)];
          });
        });
      };
      const auto any = [&](std::size_t group) {
        return std::any_of(occurrences_[group].begin(), occurrences_[group].end(), known);
      };
      bool enough = any(g);
      for (const std::size_t child : inside) enough = enough || any(child);
      set_best(g, arrangement, enough ? Filter(known) : Filter([](const Occurrence&) { return true; }));
      for (const std::size_t child : inside) done[child] = false;
    }
    return arrangement;
  }

 private:
  using Filter = std::function<bool(const Occurrence&)>;

  static double square(std::span<const float> values) {
    double sum = 0;
    for (const float v : values) sum += static_cast<double>(v) * static_cast<double>(v);
    return sum;
  }
  std::vector<std::size_t> children(std::size_t group) const {
    std::vector<std::size_t> result;
    for (std::size_t g = 0; g < groups_.groups().size(); ++g)
      if (groups_.groups()[g].parent == static_cast<std::int32_t>(group)) result.push_back(g);
    return result;
  }

  /// The rows of a group's units in the reference and in the other network, the latter arranged but for the
  /// group itself at this place.
  UnitRows reference_rows(const Occurrence& place, std::size_t g) const {
    const PlaceUnits& tensor = groups_.tensors()[place.tensor];
    return unit_rows(groups_.groups(), tensor, place.axis, static_cast<std::int32_t>(g),
                     reference_.data() + tensor.offset);
  }
  UnitRows other_rows(const Occurrence& place, std::size_t g, const Arrangement& arrangement) {
    const PlaceUnits& tensor = groups_.tensors()[place.tensor];
    groups_.arrange(tensor, arrangement, other_.data() + tensor.offset, scratch_.data(),
                    static_cast<std::int32_t>(g), place.axis);
    return unit_rows(groups_.groups(), tensor, place.axis, static_cast<std::int32_t>(g), scratch_.data());
  }

  /// Gains of a group without groups inside of it: [copies, size, size].
  std::vector<double> gains(std::size_t g, const Arrangement& arrangement, const Filter& counts) {
    const UnitGroup& group = groups_.groups()[g];
    std::vector<double> sum(static_cast<std::size_t>(group.copies * group.size * group.size), 0.0);
    for (const Occurrence& place : occurrences_[g]) {
      if (!counts(place)) continue;
      const UnitRows ours = reference_rows(place, g);
      const UnitRows theirs = other_rows(place, g, arrangement);
      for (std::int64_t c = 0; c < group.copies; ++c)
        add_products(ours, theirs, c, c, group.size,
                     std::span(sum).subspan(static_cast<std::size_t>(c * group.size * group.size)));
    }
    return sum;
  }

  /// Sets a group, and those inside of it, to what gains most with all others held.
  void set_best(std::size_t g, Arrangement& arrangement, const Filter& counts) {
    const std::vector<std::size_t> inside = children(g);
    if (!inside.empty()) return set_best_blocks(g, inside, arrangement, counts);
    const UnitGroup& group = groups_.groups()[g];
    const std::vector<double> sum = gains(g, arrangement, counts);
    for (std::int64_t c = 0; c < group.copies; ++c) {
      const auto square = static_cast<std::size_t>(group.size * group.size);
      const auto best =
          best_assignment(std::span(sum).subspan(static_cast<std::size_t>(c) * square, square), group.size);
      std::copy(best.begin(), best.end(), arrangement.source[g].begin() + c * group.size);
    }
  }

  /// Blocks i of the reference and j of the other network gain what their insides gain at best.
  void set_best_blocks(std::size_t g, const std::vector<std::size_t>& inside, Arrangement& arrangement,
                       const Filter& counts) {
    const UnitGroup& block = groups_.groups()[g];
    const std::int64_t n = block.size;
    const Arrangement before = arrangement;
    for (std::int64_t c = 0; c < block.copies; ++c) {
      // The other network with its blocks where they were: insides go with them.
      Arrangement loose = before;
      for (std::int64_t i = 0; i < n; ++i)
        loose.source[g][static_cast<std::size_t>(c * n + i)] = static_cast<std::int32_t>(i);
      std::vector<double> sum(static_cast<std::size_t>(n * n), 0.0);
      for (const Occurrence& place : occurrences_[g]) {
        const PlaceUnits& tensor = groups_.tensors()[place.tensor];
        const bool has_inside = std::any_of(inside.begin(), inside.end(), [&](std::size_t child) {
          return tensor.has(static_cast<std::int32_t>(child));
        });
        if (has_inside || !counts(place)) continue;
        add_products(reference_rows(place, g), other_rows(place, g, loose), c, c, n, sum);
      }
      if (block.copies > 1) {  // insides of blocks in blocks stay as they are
        const auto best = best_assignment(sum, n);
        std::copy(best.begin(), best.end(), arrangement.source[g].begin() + c * n);
        continue;
      }
      for (const std::size_t child : inside)
        for (std::int64_t i = 0; i < n; ++i) {
          const auto size = groups_.groups()[child].size;
          std::copy_n(before.source[child].begin() + i * size, size,
                      loose.source[child].begin() + before.source[g][static_cast<std::size_t>(i)] * size);
        }
      std::vector<std::vector<std::vector<std::int32_t>>> chosen;  // [child][i n + j]
      for (const std::size_t child : inside) {
        const std::int64_t size = groups_.groups()[child].size;
        std::vector<UnitRows> ours;
        std::vector<UnitRows> theirs;
        for (const Occurrence& place : occurrences_[child]) {
          if (!counts(place)) continue;
          ours.push_back(reference_rows(place, child));
          theirs.push_back(other_rows(place, child, loose));
        }
        auto& insides = chosen.emplace_back();
        std::vector<double> pair(static_cast<std::size_t>(size * size));
        for (std::int64_t i = 0; i < n; ++i)
          for (std::int64_t j = 0; j < n; ++j) {
            std::fill(pair.begin(), pair.end(), 0.0);
            for (std::size_t p = 0; p < ours.size(); ++p) add_products(ours[p], theirs[p], i, j, size, pair);
            insides.push_back(best_assignment(pair, size));
            sum[static_cast<std::size_t>(i * n + j)] += assigned_gain(pair, insides.back());
          }
      }
      const auto best = best_assignment(sum, n);
      std::copy(best.begin(), best.end(), arrangement.source[g].begin() + c * n);
      for (std::size_t k = 0; k < inside.size(); ++k)
        for (std::int64_t i = 0; i < n; ++i) {
          const auto& own = chosen[k][static_cast<std::size_t>(i * n + best[static_cast<std::size_t>(i)])];
          std::copy(own.begin(), own.end(),
                    arrangement.source[inside[k]].begin() + i * static_cast<std::int64_t>(own.size()));
        }
    }
  }

  double overlap_of(const std::vector<bool>& tensors, const Arrangement& arrangement) {
    double sum = 0;
    for (std::size_t t = 0; t < tensors.size(); ++t) {
      if (!tensors[t]) continue;
      const PlaceUnits& place = groups_.tensors()[t];
      groups_.arrange(place, arrangement, other_.data() + place.offset, scratch_.data());
      const auto size = static_cast<Eigen::Index>(place.count);
      sum += Eigen::Map<const Eigen::VectorXf>(reference_.data() + place.offset, size)
                 .cast<double>()
                 .dot(Eigen::Map<const Eigen::VectorXf>(scratch_.data(), size).cast<double>());
    }
    return sum;
  }

  /// Whether the group gained. Where its part of the objective is not linear in it, the step is taken only if
  /// the objective itself rises.
  bool improve(std::size_t g, Arrangement& arrangement) {
    const Filter all = [](const Occurrence&) { return true; };
    const std::vector<std::size_t> inside = children(g);
    const UnitGroup& group = groups_.groups()[g];
    if (inside.empty() && !twice_[g]) {
      const std::vector<double> sum = gains(g, arrangement, all);
      bool gained = false;
      for (std::int64_t c = 0; c < group.copies; ++c) {
        const auto square = static_cast<std::size_t>(group.size * group.size);
        const auto part = std::span(sum).subspan(static_cast<std::size_t>(c) * square, square);
        const auto own =
            std::span(arrangement.source[g])
                .subspan(static_cast<std::size_t>(c * group.size), static_cast<std::size_t>(group.size));
        const auto best = best_assignment(part, group.size);
        if (assigned_gain(part, best) <= assigned_gain(part, own) + kLeastGain * scale_) continue;
        std::copy(best.begin(), best.end(), own.begin());
        gained = true;
      }
      return gained;
    }
    std::vector<bool> touched(groups_.tensors().size(), false);
    for (const Occurrence& place : occurrences_[g]) touched[place.tensor] = true;
    for (const std::size_t child : inside)
      for (const Occurrence& place : occurrences_[child]) touched[place.tensor] = true;
    Arrangement trial = arrangement;
    set_best(g, trial, all);
    if (overlap_of(touched, trial) <= overlap_of(touched, arrangement) + kLeastGain * scale_) return false;
    arrangement = std::move(trial);
    return true;
  }

  const UnitGroups& groups_;
  std::span<const float> reference_;
  std::span<const float> other_;
  std::vector<std::vector<Occurrence>> occurrences_;
  std::vector<bool> twice_;  // whether a tensor has the group on two axes
  std::vector<float> scratch_;
  double scale_ = 0;
};

}  // namespace

double weight_overlap(const UnitGroups& groups, const Arrangement& arrangement,
                      std::span<const float> reference, std::span<const float> other) {
  const std::vector<float> arranged = groups.arranged_weights(arrangement, other);
  double sum = 0;
  for (std::size_t k = 0; k < arranged.size(); ++k)
    sum += static_cast<double>(reference[k]) * static_cast<double>(arranged[k]);
  return sum;
}

Arrangement match_weights(const UnitGroups& groups, std::span<const float> reference,
                          std::span<const float> other, const MatchingOptions& options) {
  WeightMatching matching(groups, reference, other);
  Arrangement best;
  double most = 0;
  for (std::int64_t start = 0; start < options.restarts; ++start) {
    RandomStream stream(static_cast<std::uint64_t>(options.match_seed), "matching",
                        static_cast<std::uint64_t>(start));
    Arrangement arrangement = start == 0   ? matching.sweep()
                              : start == 1 ? groups.identity()
                                           : groups.random(stream);
    matching.ascend(arrangement, stream);
    const double overlap = weight_overlap(groups, arrangement, reference, other);
    if (start > 0 && overlap <= most + kLeastGain * matching.scale()) continue;
    best = std::move(arrangement);
    most = overlap;
  }
  return best;
}

namespace {

/// One start of the ascent over networks.
class UniverseAscent {
 public:
  UniverseAscent(const UnitGroups& groups, std::span<const std::vector<float>> networks,
                 std::vector<Arrangement> start, RandomStream& stream)
      : groups_(groups),
        networks_(networks),
        arrangements_(std::move(start)),
        stream_(stream),
        sum_(networks.front().size(), 0.0) {
    for (std::size_t i = 0; i < networks.size(); ++i) {
      moved_.push_back(groups.arranged_weights(arrangements_[i], networks[i]));
      add(moved_.back(), 1);
    }
  }

  UniverseMatching run() {
    std::vector<double> overlaps = {overlap()};
    std::vector<std::size_t> order(networks_.size() - 1);
    std::iota(order.begin(), order.end(), std::size_t{1});
    for (bool gained = true; gained;) {
      gained = false;
      for (std::size_t k = order.size(); k-- > 1;) std::swap(order[k], order[stream_.below(k + 1)]);
      for (const std::size_t i : order) gained = improve(i) || gained;
      overlaps.push_back(overlap());
    }
    return {std::move(arrangements_), std::move(overlaps)};
  }

 private:
  void add(std::span<const float> weights, double sign) {
    for (std::size_t k = 0; k < sum_.size(); ++k) sum_[k] += sign * static_cast<double>(weights[k]);
  }
  static double product(std::span<const float> a, std::span<const float> b) {
    double sum = 0;
    for (std::size_t k = 0; k < a.size(); ++k) sum += static_cast<double>(a[k]) * static_cast<double>(b[k]);
    return sum;
  }
  double overlap() const {
    double sum = 0;
    for (std::size_t i = 0; i < moved_.size(); ++i)
      for (std::size_t j = i + 1; j < moved_.size(); ++j) sum += product(moved_[i], moved_[j]);
    return sum;
  }
  bool improve(std::size_t i) {
    add(moved_[i], -1);
    const std::vector<float> others(sum_.begin(), sum_.end());
    WeightMatching matching(groups_, others, networks_[i]);
    Arrangement trial = arrangements_[i];
    matching.ascend(trial, stream_);
    std::vector<float> moved = groups_.arranged_weights(trial, networks_[i]);
    double gain = 0;
    for (std::size_t k = 0; k < sum_.size(); ++k)
      gain += sum_[k] * (static_cast<double>(moved[k]) - static_cast<double>(moved_[i][k]));
    const bool gained = gain > kLeastGain * matching.scale();
    if (gained) {
      arrangements_[i] = std::move(trial);
      moved_[i] = std::move(moved);
    }
    add(moved_[i], 1);
    return gained;
  }

  const UnitGroups& groups_;
  std::span<const std::vector<float>> networks_;
  std::vector<Arrangement> arrangements_;
  RandomStream& stream_;
  std::vector<double> sum_;
  std::vector<std::vector<float>> moved_;
};

}  // namespace

UniverseMatching match_universe(const UnitGroups& groups, std::span<const std::vector<float>> networks,
                                const MatchingOptions& options) {
  UniverseMatching best;
  MatchingOptions once = options;
  once.restarts = 1;
  for (std::int64_t start = 0; start < options.restarts; ++start) {
    RandomStream stream(static_cast<std::uint64_t>(options.match_seed), "universe",
                        static_cast<std::uint64_t>(start));
    std::vector<Arrangement> arrangements = {groups.identity()};
    for (std::size_t i = 1; i < networks.size(); ++i)
      arrangements.push_back(start == 0   ? match_weights(groups, networks.front(), networks[i], once)
                             : start == 1 ? groups.identity()
                                          : groups.random(stream));
    UniverseMatching found = UniverseAscent(groups, networks, std::move(arrangements), stream).run();
    if (start == 0 || found.overlaps.back() > best.overlaps.back()) best = std::move(found);
  }
  return best;
}

}  // namespace nwedge::network
