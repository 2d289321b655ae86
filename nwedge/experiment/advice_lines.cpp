#include "nwedge/experiment/advice_lines.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nwedge/core/parallel.hpp"
#include "nwedge/core/progress.hpp"
#include "nwedge/geometry/paths.hpp"

namespace nwedge::experiment {
namespace {

Estimate estimate(const Interval& interval) { return {interval.value, interval.low, interval.high}; }

double distance_of(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const double gap = static_cast<double>(a[k]) - static_cast<double>(b[k]);
    sum += gap * gap;
  }
  return std::sqrt(sum);
}

Measured above_ends(std::span<const double> middle, std::span<const double> begin,
                    std::span<const double> end) {
  std::vector<double> heights;
  for (std::size_t n = 0; n < middle.size(); ++n) heights.push_back(middle[n] - (begin[n] + end[n]) / 2);
  const Spread spread = spread_of(heights);
  return {spread.mean, spread.standard_error()};
}

/// What was seen of a line: [position][example].
struct Seen {
  std::vector<double> t;
  std::vector<std::vector<double>> losses;
  std::vector<std::vector<double>> wrong;

  void look(std::size_t k, const ExampleQuality& quality) {
    losses[k].insert(losses[k].end(), quality.losses.begin(), quality.losses.end());
    for (const double right : quality.right) wrong[k].push_back(1 - right);
  }
  /// Of the position in the middle, which even numbers of points do not have.
  std::optional<MiddleHeight> middle() const {
    const std::size_t k = t.size() / 2;
    if (t[k] != 0.5) return std::nullopt;
    return MiddleHeight{above_ends(losses[k], losses.front(), losses.back()),
                        above_ends(wrong[k], wrong.front(), wrong.back())};
  }
  explicit Seen(std::vector<double> positions) : t(std::move(positions)), losses(t.size()), wrong(t.size()) {}
};

}  // namespace

AdviceLines::AdviceLines(const Examiner& examiner, std::span<const Checkpoint> checkpoints,
                         const AdviceOptions& options, double tolerance)
    : examiner_(examiner),
      checkpoints_(checkpoints),
      options_(options),
      tolerance_(tolerance),
      barrier_(static_cast<std::uint64_t>(options.split_seed)),
      groups_(examiner.network() == nullptr
                  ? nullptr
                  : std::make_unique<const network::UnitGroups>(examiner.network()->graph())),
      locks_(checkpoints.size()),
      qualities_(checkpoints.size()) {}

const ExampleQuality& AdviceLines::quality(std::size_t checkpoint, std::size_t part) {
  const std::lock_guard lock(locks_[checkpoint]);
  std::deque<ExampleQuality>& own = qualities_[checkpoint];
  while (own.size() <= part) own.push_back(examiner_.quality(checkpoints_[checkpoint].weights, own.size()));
  return own[part];
}

std::vector<float> AdviceLines::aligned(std::size_t first, std::size_t second) const {
  const std::span<const float> reference = checkpoints_[first].weights;
  const std::span<const float> other = checkpoints_[second].weights;
  if (options_.matching.method == "weights")
    return groups_->arranged_weights(network::match_weights(*groups_, reference, other, options_.matching),
                                     other);
  const network::Network& network = *examiner_.network();
  const std::vector<float> ours = network.buffers_at(reference);
  const std::vector<float> theirs = network.buffers_at(other);
  return groups_->arranged_weights(
      network::match_activations(*groups_, network.graph(), {reference, ours}, {other, theirs},
                                 network.data().train, options_.matching),
      other);
}

LineAdvice AdviceLines::line(std::size_t first, std::size_t second, std::span<const float> end) {
  const std::vector<float>& begin = checkpoints_[first].weights;
  const auto look = [&](Seen& seen, std::size_t part) {
    std::vector<float> point(begin.size());
    for (std::size_t k = 0; k < seen.t.size(); ++k) {
      if (k == 0 || k + 1 == seen.t.size()) {
        seen.look(k, quality(k == 0 ? first : second, part));
        continue;
      }
      const auto t = static_cast<float>(seen.t[k]);
      for (std::size_t i = 0; i < point.size(); ++i) point[i] = (1 - t) * begin[i] + t * end[i];
      seen.look(k, examiner_.quality(point, part));
    }
  };
  LineAdvice advice;
  const auto judge = [&](const Seen& seen) {
    advice.barrier = estimate(barrier_(seen.t, seen.losses));
    advice.error_barrier = estimate(barrier_(seen.t, seen.wrong));
    advice.examples = static_cast<std::int64_t>(seen.losses.front().size());
    advice.points = static_cast<std::int64_t>(seen.t.size()) - 2;
    advice.middle = seen.middle().value_or(advice.middle);
    return !(advice.barrier.low <= tolerance_) || advice.barrier.high < tolerance_;
  };
  // The middle alone often tells two apart.
  Seen middle({0, 0.5, 1});
  look(middle, 0);
  if (judge(middle) && !(advice.barrier.high < tolerance_)) return advice;
  Seen seen(geometry::even_positions(options_.points));
  bool decided = false;
  for (std::size_t part = 0; part < examiner_.parts() && !decided; ++part) {
    look(seen, part);
    decided = judge(seen);
  }
  advice.decided = decided;
  advice.one_wedge = advice.barrier.high < tolerance_;  // what all examples leave open is not shared
  return advice;
}

void AdviceLines::measure(PairAdvice& pair) {
  const auto i = static_cast<std::size_t>(pair.first);
  const auto j = static_cast<std::size_t>(pair.second);
  pair.line = line(i, j, checkpoints_[j].weights);
  pair.distance = distance_of(checkpoints_[i].weights, checkpoints_[j].weights);
  if (pair.line.one_wedge || !can_align()) return;
  const std::vector<float> moved = aligned(i, j);
  pair.aligned = line(i, j, moved);
  pair.aligned_distance = distance_of(checkpoints_[i].weights, moved);
}

std::vector<PairAdvice> AdviceLines::measure(Monitor& monitor) {
  std::vector<PairAdvice> pairs;
  for (std::size_t i = 0; i < checkpoints_.size(); ++i)
    for (std::size_t j = i + 1; j < checkpoints_.size(); ++j) {
      PairAdvice& pair = pairs.emplace_back();
      pair.first = static_cast<std::int64_t>(i);
      pair.second = static_cast<std::int64_t>(j);
    }
  Progress progress(monitor, std::vector<double>(pairs.size(), 1.0));
  parallel_for(std::ssize(pairs), [&](std::int64_t k) {
    Monitor& own = progress.part(static_cast<std::size_t>(k));
    own.checkpoint(0);
    measure(pairs[static_cast<std::size_t>(k)]);
    own.checkpoint(1);
  });
  return pairs;
}

std::vector<std::vector<std::int64_t>> components(std::size_t count, std::span<const PairAdvice> pairs,
                                                  bool (*joined)(const PairAdvice&)) {
  std::vector<std::int64_t> root(count);
  std::iota(root.begin(), root.end(), 0);
  const auto find = [&](std::int64_t k) {
    while (root[static_cast<std::size_t>(k)] != k) k = root[static_cast<std::size_t>(k)];
    return k;
  };
  for (const PairAdvice& pair : pairs)
    if (joined(pair)) {
      const auto [low, high] = std::minmax({find(pair.first), find(pair.second)});
      root[static_cast<std::size_t>(high)] = low;
    }
  std::vector<std::vector<std::int64_t>> groups(count);
  for (std::size_t k = 0; k < count; ++k)
    groups[static_cast<std::size_t>(find(static_cast<std::int64_t>(k)))].push_back(
        static_cast<std::int64_t>(k));
  std::erase_if(groups, [](const auto& group) { return group.empty(); });
  return groups;
}

}  // namespace nwedge::experiment
