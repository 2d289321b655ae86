#include "nwedge/core/rank_test.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "nwedge/core/random.hpp"

namespace nwedge {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kMostStates = 1 << 16;
constexpr std::int64_t kSamples = 100000;

/// How often each value of a sum of products of ranks comes up.
using Distribution = std::map<std::int64_t, double>;

/// One block's ranks, doubled and less their mean, so that they are whole numbers.
struct Block {
  std::vector<std::int64_t> a;
  std::vector<std::int64_t> b;
};

std::vector<std::int64_t> centred_ranks(const std::vector<double>& values) {
  std::vector<std::int64_t> ranks;
  for (const double value : values) {
    const auto below = std::count_if(values.begin(), values.end(), [&](double v) { return v < value; });
    const auto equal = std::count(values.begin(), values.end(), value);
    ranks.push_back(2 * below + equal - std::ssize(values));  // 2 (below + (equal - 1)/2) - (n - 1)
  }
  return ranks;
}

std::int64_t product(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), std::int64_t{0});
}

std::vector<Block> blocks_of(std::span<const double> x, std::span<const double> y,
                             std::span<const std::int64_t> block) {
  std::map<std::int64_t, std::pair<std::vector<double>, std::vector<double>>> runs;
  for (std::size_t i = 0; i < x.size(); ++i) {
    runs[block[i]].first.push_back(x[i]);
    runs[block[i]].second.push_back(y[i]);
  }
  std::vector<Block> blocks;
  for (const auto& [name, pair] : runs)
    blocks.push_back({centred_ranks(pair.first), centred_ranks(pair.second)});
  return blocks;
}

/// The distinct ranks of a block with their numbers.
std::vector<std::pair<std::int64_t, std::int64_t>> groups_of(const Block& block) {
  std::map<std::int64_t, std::int64_t> counts;
  for (const std::int64_t a : block.a) ++counts[a];
  return {counts.begin(), counts.end()};
}

/// States of the count below: how many of each distinct rank have been used; 0 when too many to count.
std::int64_t states_of(const Block& block) {
  std::int64_t states = 1;
  for (const auto& [rank, count] : groups_of(block)) {
    if (states > kMostStates / (count + 1)) return 0;
    states *= count + 1;
  }
  return states;
}

/// Of sum a b over the distinct arrangements of a: b by b, each takes one of the a that are left.
Distribution distribution_of(const Block& block) {
  const auto groups = groups_of(block);
  std::map<std::int64_t, Distribution> states = {{0, {{0, 1.0}}}};  // by mixed-radix counts of what is used
  for (const std::int64_t b : block.b) {
    std::map<std::int64_t, Distribution> next;
    for (const auto& [state, sums] : states) {
      std::int64_t radix = 1;
      for (const auto& [rank, count] : groups) {
        if (state / radix % (count + 1) < count)
          for (const auto& [sum, ways] : sums) next[state + radix][sum + rank * b] += ways;
        radix *= count + 1;
      }
    }
    states = std::move(next);
  }
  return states.begin()->second;
}

Distribution sum_of(const Distribution& a, const Distribution& b) {
  Distribution sum;
  for (const auto& [x, p] : a)
    for (const auto& [y, q] : b) sum[x + y] += p * q;
  return sum;
}

/// The number of distinct arrangements, n! / product of count!.
double arrangements_of(const Block& block) {
  double count = 1;
  double placed = 0;
  for (const auto& [rank, many] : groups_of(block))
    for (std::int64_t i = 1; i <= many; ++i) count *= ++placed / static_cast<double>(i);
  return std::round(count);
}

void count_all(RankTest& test, const std::vector<Block>& blocks, std::int64_t found) {
  Distribution sums = {{0, 1.0}};
  for (const Block& block : blocks) sums = sum_of(sums, distribution_of(block));
  double extreme = 0;
  double all = 0;
  for (const auto& [sum, ways] : sums) {
    all += ways;
    if (std::abs(sum) >= std::abs(found)) extreme += ways;
  }
  test.p_value = extreme / all;
}

void sample(RankTest& test, std::vector<Block> blocks, std::int64_t found, std::uint64_t seed) {
  RandomStream stream(seed, "permutation", 0);
  std::int64_t extreme = 1;
  for (std::int64_t i = 0; i < kSamples; ++i) {
    std::int64_t sum = 0;
    for (Block& block : blocks) {
      for (std::size_t k = block.a.size(); k > 1; --k)
        std::swap(block.a[k - 1], block.a[static_cast<std::size_t>(stream.below(k))]);
      sum += product(block.a, block.b);
    }
    extreme += std::abs(sum) >= std::abs(found);
  }
  test.exact = false;
  test.p_value = static_cast<double>(extreme) / static_cast<double>(kSamples + 1);
}

}  // namespace

RankTest rank_test(std::span<const double> x, std::span<const double> y, std::span<const std::int64_t> block,
                   std::uint64_t seed) {
  const auto has_nan = [](std::span<const double> values) {
    return std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
  };
  RankTest test{kNan, kNan, kNan, true};
  if (x.size() != y.size() || x.size() != block.size() || has_nan(x) || has_nan(y)) return test;
  const std::vector<Block> blocks = blocks_of(x, y, block);
  std::int64_t found = 0;
  double aa = 0;
  double bb = 0;
  test.arrangements = 1;
  bool countable = true;
  for (const Block& one : blocks) {
    found += product(one.a, one.b);
    aa += static_cast<double>(product(one.a, one.a));
    bb += static_cast<double>(product(one.b, one.b));
    test.arrangements *= arrangements_of(one);
    countable = countable && states_of(one) > 0;
  }
  if (!(aa > 0 && bb > 0)) return {kNan, kNan, kNan, true};
  test.correlation = static_cast<double>(found) / std::sqrt(aa * bb);
  if (countable)
    count_all(test, blocks, found);
  else
    sample(test, blocks, found, seed);
  return test;
}

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<double> adjusted(p_values.size(), kNan);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p_values.size(); ++i)
    if (p_values[i] > 0 && p_values[i] <= 1) order.push_back(i);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  double most = 0;
  for (std::size_t j = 0; j < order.size(); ++j) {
    const auto left = static_cast<double>(p_values.size() - j);
    most = std::max(most, std::min(1.0, left * p_values[order[j]]));
    adjusted[order[j]] = most;
  }
  return adjusted;
}

}  // namespace nwedge
