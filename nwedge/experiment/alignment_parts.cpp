#include "nwedge/experiment/alignment_parts.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "nwedge/core/parallel.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/network/alignment/repair.hpp"

namespace nwedge::experiment {
namespace {

using network::Arrangement;
using network::UnitGroups;

/// The same entries in every tensor, at random places.
std::vector<float> shuffled_copy(const UnitGroups& groups, std::span<const float> weights,
                                 RandomStream& stream) {
  std::vector<float> copy(weights.begin(), weights.end());
  for (const network::PlaceUnits& tensor : groups.tensors())
    for (std::int64_t k = tensor.count; k-- > 1;)
      std::swap(
          copy[static_cast<std::size_t>(tensor.offset + k)],
          copy[static_cast<std::size_t>(tensor.offset) + stream.below(static_cast<std::uint64_t>(k + 1))]);
  return copy;
}

/// Every network matched with those before it, as `references` stand for them.
Arranged one_by_one(std::string kind, const UnitGroups& groups,
                    std::span<const std::vector<float>> references,
                    std::span<const std::vector<float>> points, const network::MatchingOptions& matching) {
  const std::vector<SeedPair> pairs = seed_pairs(points.size());
  Arranged arranged{std::move(kind), {}, std::vector<Arrangement>(pairs.size()), {groups.identity()}};
  arranged.firsts.assign(pairs.size(), groups.identity());
  parallel_for(std::ssize(pairs), [&](std::int64_t p) {
    const SeedPair& pair = pairs[static_cast<std::size_t>(p)];
    arranged.seconds[static_cast<std::size_t>(p)] =
        network::match_weights(groups, references[pair.first], points[pair.second], matching);
  });
  for (std::size_t k = 1; k < points.size(); ++k) arranged.all.push_back(arranged.seconds[k - 1]);
  return arranged;
}

/// From one arrangement a network.
Arranged of_each(std::string kind, std::vector<Arrangement> all) {
  Arranged arranged{std::move(kind), {}, {}, std::move(all)};
  for (const SeedPair& pair : seed_pairs(arranged.all.size())) {
    arranged.firsts.push_back(arranged.all[pair.first]);
    arranged.seconds.push_back(arranged.all[pair.second]);
  }
  return arranged;
}

}  // namespace

std::vector<SeedPair> seed_pairs(std::size_t count) {
  std::vector<SeedPair> pairs;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = i + 1; j < count; ++j) pairs.push_back({i, j});
  return pairs;
}

Arranged as_trained(const UnitGroups& groups, std::size_t count) {
  return of_each("as-trained", std::vector<Arrangement>(count, groups.identity()));
}

Arranged pairwise(const UnitGroups& groups, std::span<const std::vector<float>> points,
                  const network::MatchingOptions& matching) {
  return one_by_one("pairwise", groups, points, points, matching);
}

Arranged universe(const UnitGroups& groups, std::span<const std::vector<float>> points,
                  const network::MatchingOptions& matching, std::vector<double>& overlaps) {
  network::UniverseMatching found = network::match_universe(groups, points, matching);
  overlaps = std::move(found.overlaps);
  return of_each("universe", std::move(found.arrangements));
}

Arranged at_random(const UnitGroups& groups, std::size_t count, std::uint64_t seed) {
  std::vector<Arrangement> all;
  for (std::size_t k = 0; k < count; ++k) {
    RandomStream stream(seed, "random arrangement", k);
    all.push_back(groups.random(stream));
  }
  return of_each("random", std::move(all));
}

Arranged shuffled(const UnitGroups& groups, std::span<const std::vector<float>> points,
                  const network::MatchingOptions& matching, std::uint64_t seed) {
  std::vector<std::vector<float>> copies;
  for (std::size_t k = 0; k < points.size(); ++k) {
    RandomStream stream(seed, "shuffled weights", k);
    copies.push_back(shuffled_copy(groups, points[k], stream));
  }
  Arranged arranged = one_by_one("shuffled", groups, copies, points, matching);
  // Networks that are all matched to one noise are matched to one another by it: each has its own.
  const std::vector<SeedPair> pairs = seed_pairs(points.size());
  for (std::size_t p = 0; p < pairs.size(); ++p)
    if (pairs[p].second == pairs[p].first + 1) arranged.all[pairs[p].second] = arranged.seconds[p];
  return arranged;
}

double repaired_height(const network::Network& network, std::span<const float> a, std::span<const float> b,
                       std::int64_t examples) {
  std::vector<float> average(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) average[i] = (a[i] + b[i]) / 2;
  const std::vector<float> statistics = network.buffers_at(average);
  const std::vector<float> ours = network.buffers_at(a);
  const std::vector<float> theirs = network.buffers_at(b);
  const std::vector<float> repaired = network::repaired(network.graph(), {average, statistics}, {a, ours},
                                                        {b, theirs}, network.data().train, examples);
  return network.evaluate(repaired).loss - (network.evaluate(a).loss + network.evaluate(b).loss) / 2;
}

Quantity over_seeds(std::span<const PairNumbers> lists, std::size_t seeds,
                    const std::function<double(std::span<const double>)>& of_means) {
  constexpr std::size_t kNobody = static_cast<std::size_t>(-1);
  const auto without = [&](std::size_t seed) {
    std::vector<double> means;
    for (const PairNumbers& list : lists) {
      std::vector<double> values;
      for (const PairValue& pair : list)
        if (pair.first != seed && pair.second != seed) values.push_back(pair.value);
      if (values.empty()) return std::nan("");
      means.push_back(spread_of(values).mean);
    }
    return of_means(means);
  };
  const double value = without(kNobody);
  if (!std::isfinite(value)) return Quantity::missing("a barrier is not a number, or all are 0");
  std::vector<double> left;
  for (std::size_t seed = 0; seed < seeds; ++seed) left.push_back(without(seed));
  if (seeds < 3 || !std::all_of(left.begin(), left.end(), [](double x) { return std::isfinite(x); }))
    return Quantity::single(value);
  double squares = 0;
  const double mean = spread_of(left).mean;
  for (const double x : left) squares += (x - mean) * (x - mean);
  const auto n = static_cast<double>(seeds);
  return Quantity::estimate(value, std::sqrt((n - 1) / n * squares), static_cast<std::int64_t>(seeds),
                            "seeds");
}

Quantity share_removed(const PairNumbers& before, const PairNumbers& after, std::size_t seeds) {
  const std::vector<PairNumbers> lists = {before, after};
  return over_seeds(lists, seeds, [](std::span<const double> means) { return 1 - means[1] / means[0]; });
}

Quantity relative_slope(std::span<const PairNumbers> above, std::span<const PairNumbers> below,
                        std::span<const double> levels, std::size_t seeds) {
  std::vector<PairNumbers> lists(above.begin(), above.end());
  lists.insert(lists.end(), below.begin(), below.end());
  return over_seeds(lists, seeds, [&](std::span<const double> means) {
    std::vector<double> y(means.begin(), means.begin() + std::ssize(levels));
    if (!below.empty())
      for (std::size_t k = 0; k < y.size(); ++k) y[k] /= means[levels.size() + k];
    const double level = spread_of(levels).mean;
    const double mean = spread_of(y).mean;
    double product = 0;
    double square = 0;
    for (std::size_t k = 0; k < levels.size(); ++k) {
      product += (levels[k] - level) * (y[k] - mean);
      square += (levels[k] - level) * (levels[k] - level);
    }
    return product / square / mean;
  });
}

}  // namespace nwedge::experiment
