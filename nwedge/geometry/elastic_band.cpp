#include "nwedge/geometry/elastic_band.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/optimize/direction.hpp"
#include "nwedge/optimize/schedule.hpp"

namespace nwedge::geometry {
namespace {

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

/// The pivots p_1 … p_N between the fixed ends p_0 and p_(N+1), with the last known loss of each.
class Band {
 public:
  Band(const Landscape& landscape, const Path& start)
      : landscape_(landscape),
        size_(static_cast<std::size_t>(landscape.dimension())),
        ends_(start.ends().begin(), start.ends().end()),
        inner_(start.bends().begin(), start.bends().end()) {
    const std::vector<Metrics> ends = landscape.evaluate_many(ends_);
    losses_.assign(count() + 2, std::numeric_limits<double>::quiet_NaN());
    losses_.front() = ends[0].loss;
    losses_.back() = ends[1].loss;
  }

  std::size_t count() const { return inner_.size() / size_; }
  Path path() const {
    return {Curve::chain, std::span(ends_).first(size_), std::span(ends_).last(size_), inner_};
  }

  void spread_evenly();
  bool step(std::span<const std::unique_ptr<optimize::Direction>> directions,
            const optimize::Options& descent, std::uint64_t seed, std::int64_t step, std::int64_t total);
  void insert(const ElasticBandOptions& options);

 private:
  std::span<const float> pivot(std::size_t j) const {
    if (j == 0) return std::span(ends_).first(size_);
    if (j == count() + 1) return std::span(ends_).last(size_);
    return std::span(inner_).subspan((j - 1) * size_, size_);
  }
  void remove_tangent(std::size_t j, std::span<float> gradient) const;

  const Landscape& landscape_;
  std::size_t size_;
  std::vector<float> ends_;
  std::vector<float> inner_;
  std::vector<float> gradients_;
  std::vector<double> losses_;
};

void Band::spread_evenly() {
  const Path before = path();
  const std::vector<double> knots = before.lengths(even_positions(static_cast<std::int64_t>(count()) + 2));
  if (!(knots.back() > 0)) return;
  std::size_t piece = 0;
  for (std::size_t j = 1; j <= count(); ++j) {
    const double target = knots.back() * static_cast<double>(j) / static_cast<double>(count() + 1);
    while (piece < count() && knots[piece + 1] < target) ++piece;
    const double length = knots[piece + 1] - knots[piece];
    const double fraction = length > 0 ? std::clamp((target - knots[piece]) / length, 0.0, 1.0) : 0.0;
    before.point(std::min(1.0, (static_cast<double>(piece) + fraction) / static_cast<double>(count() + 1)),
                 std::span(inner_).subspan((j - 1) * size_, size_));
  }
}

/// g <- g - <g, tau> tau, tau the unit vector between the pivot and its neighbour of higher loss.
void Band::remove_tangent(std::size_t j, std::span<float> gradient) const {
  const bool forward = losses_[j + 1] > losses_[j - 1];
  const std::span<const float> to = pivot(forward ? j + 1 : j);
  const std::span<const float> from = pivot(forward ? j : j - 1);
  double along = 0;
  double square = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    const double tangent = static_cast<double>(to[i]) - from[i];
    along += tangent * gradient[i];
    square += tangent * tangent;
  }
  if (!(square > 0)) return;
  const auto share = static_cast<float>(along / square);
  for (std::size_t i = 0; i < size_; ++i) gradient[i] -= share * (to[i] - from[i]);
}

bool Band::step(std::span<const std::unique_ptr<optimize::Direction>> directions,
                const optimize::Options& descent, std::uint64_t seed, std::int64_t step, std::int64_t total) {
  gradients_.resize(inner_.size());
  const auto gradient = [&](std::size_t j) { return std::span(gradients_).subspan((j - 1) * size_, size_); };
  parallel_for(static_cast<std::int64_t>(count()), [&](std::int64_t i) {
    const auto j = static_cast<std::size_t>(i) + 1;
    const Batch batch{derive_seed(seed, "pivot", j), step, descent.batch_size};
    losses_[j] = landscape_.batch_gradient(pivot(j), batch, gradient(j));
  });
  if (!std::all_of(losses_.begin(), losses_.end(), [](double loss) { return std::isfinite(loss); }))
    return false;
  std::vector<char> finite(count());
  const double rate = optimize::learning_rate(descent, step, total);
  parallel_for(static_cast<std::int64_t>(count()), [&](std::int64_t i) {
    remove_tangent(static_cast<std::size_t>(i) + 1, gradient(static_cast<std::size_t>(i) + 1));
  });
  parallel_for(static_cast<std::int64_t>(count()), [&](std::int64_t i) {
    const auto j = static_cast<std::size_t>(i) + 1;
    const double norm = descent.clip_norm > 0 ? std::sqrt(dot(gradient(j), gradient(j))) : 0;
    const double scale = norm > descent.clip_norm ? descent.clip_norm / norm : 1.0;
    finite[j - 1] =
        directions[j - 1]->step(std::span(inner_).subspan((j - 1) * size_, size_), gradient(j), rate, scale);
  });
  return std::all_of(finite.begin(), finite.end(), [](char is_finite) { return is_finite != 0; });
}

void Band::insert(const ElasticBandOptions& options) {
  const Path before = path();
  const std::size_t pieces = count() + 1;
  const auto per_piece = static_cast<std::size_t>(options.samples) + 1;
  const std::vector<double> t = even_positions(static_cast<std::int64_t>(pieces * per_piece) + 1);
  const PathProfile found = profile(landscape_, before, t, Split::train);
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  for (const Metrics& m : found.metrics) {
    least = std::min(least, m.loss);
    most = std::max(most, m.loss);
  }
  std::vector<float> inner;
  std::size_t room = static_cast<std::size_t>(options.most_pivots) - count();
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    const std::size_t first = piece * per_piece;
    double highest = 0;
    std::size_t where = first;
    for (std::size_t k = 1; k < per_piece; ++k) {
      const double fraction = static_cast<double>(k) / static_cast<double>(per_piece);
      const double excess =
          found.metrics[first + k].loss -
          ((1 - fraction) * found.metrics[first].loss + fraction * found.metrics[first + per_piece].loss);
      if (excess > highest) {
        highest = excess;
        where = first + k;
      }
    }
    if (piece > 0) inner.insert(inner.end(), pivot(piece).begin(), pivot(piece).end());
    if (room > 0 && highest > options.insertion_excess * (most - least)) {
      const std::vector<float> pivot = before.points(std::span(t).subspan(where, 1));
      inner.insert(inner.end(), pivot.begin(), pivot.end());
      --room;
    }
  }
  inner_ = std::move(inner);
  losses_.insert(losses_.end() - 1, count() + 2 - losses_.size(), std::numeric_limits<double>::quiet_NaN());
}

}  // namespace

void ElasticBandOptions::validate(std::string_view place) const {
  const auto require = [&](bool holds, const char* rule) {
    if (!holds) throw Error(place, rule);
  };
  require(pivots >= 1, "an elastic band needs at least 1 pivot");
  require(most_pivots >= pivots, "the most pivots must be at least the pivots at the start");
  require(cycles >= 1, "an elastic band needs at least 1 cycle");
  require(insertion_excess > 0, "the excess at which a pivot is inserted must be above 0");
  require(samples >= 1, "an elastic band needs at least 1 sample a piece");
  descent.validate(place);
  require(descent.steps >= cycles, "an elastic band needs at least 1 step a cycle: set the descent's steps");
}

ElasticBand train_elastic_band(const Landscape& landscape, std::span<const float> begin,
                               std::span<const float> end, const ElasticBandOptions& options,
                               std::uint64_t seed, Monitor& monitor) {
  options.validate("elastic band");
  Band band(landscape, straight_path(Curve::chain, begin, end, options.pivots));
  ElasticBand result{band.path(), {}, false};
  const std::int64_t total = options.descent.steps;
  std::int64_t step = 0;
  for (std::int64_t cycle = 0; cycle < options.cycles && !result.diverged; ++cycle) {
    if (cycle > 0) band.insert(options);
    result.pivots.push_back(static_cast<std::int64_t>(band.count()));
    std::vector<std::unique_ptr<optimize::Direction>> directions;
    for (std::size_t j = 0; j < band.count(); ++j)
      directions.push_back(
          optimize::make_direction(options.descent, optimize::decayed_part(options.descent, landscape)));
    for (; step < total * (cycle + 1) / options.cycles && !result.diverged; ++step) {
      monitor.checkpoint(static_cast<double>(step) / static_cast<double>(total));
      band.spread_evenly();
      result.diverged = !band.step(directions, options.descent, seed, step, total);
    }
    if (!result.diverged) result.path = band.path();
  }
  return result;
}

}  // namespace nwedge::geometry
