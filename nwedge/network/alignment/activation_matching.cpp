#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "nwedge/network/alignment/assignment.hpp"
#include "nwedge/network/alignment/gains.hpp"
#include "nwedge/network/alignment/matching.hpp"
#include "nwedge/network/alignment/value_reader.hpp"

namespace nwedge::network {
namespace {

constexpr std::int64_t kBatch = 64;  // examples whose values are held at once
constexpr std::array<std::string_view, 2> kMethods = {"weights", "activations"};

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Sums = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A group's units over a batch: [units, entries of all examples].
Matrix batch_rows(std::span<const UnitGroup> groups, const PlaceUnits& place, std::size_t axis,
                  std::int32_t group, const std::vector<float>& values) {
  const UnitGroup& own = groups[static_cast<std::size_t>(group)];
  const std::int64_t units = own.size * own.copies;
  const std::int64_t examples = static_cast<std::int64_t>(values.size()) / place.count;
  Matrix rows;
  for (std::int64_t n = 0; n < examples; ++n) {
    const UnitRows one = unit_rows(groups, place, axis, group, values.data() + n * place.count);
    if (n == 0) rows.resize(units, examples * one.entries);
    rows.middleCols(n * one.entries, one.entries) =
        Eigen::Map<const Matrix>(one.values.data(), units, one.entries);
  }
  return rows;
}

/// Sums over what units of one network put out, away from about where they are, so that small changes of
/// great numbers count.
struct Moments {
  Eigen::VectorXf level;  ///< the means of the first batch
  Eigen::VectorXd sum;
  Eigen::VectorXd squares;

  Matrix centre(const Matrix& rows) {
    if (level.size() == 0) {
      level = rows.rowwise().mean();
      sum = squares = Eigen::VectorXd::Zero(rows.rows());
    }
    Matrix centred = rows.colwise() - level;
    sum += centred.rowwise().sum().cast<double>();
    squares += centred.rowwise().squaredNorm().cast<double>();
    return centred;
  }
  /// Zero where there is nothing but rounding.
  double variation(Eigen::Index unit, double count) const {
    const double square = squares[unit] - sum[unit] * sum[unit] / count;
    const auto offset = static_cast<double>(level[unit]);
    return square > 1e-11 * count * offset * offset ? square : 0.0;
  }
};

/// The correlations of all units of a group in two networks, summed over the values where it stands.
class Correlations {
 public:
  explicit Correlations(Eigen::Index units) : total_(Sums::Zero(units, units)) { start(); }

  void add(const Matrix& ours, const Matrix& theirs) {
    count_ += static_cast<double>(ours.cols());
    products_ += (ours_.centre(ours) * theirs_.centre(theirs).transpose()).cast<double>();
  }
  void finish_value() {
    for (Eigen::Index i = 0; i < total_.rows(); ++i)
      for (Eigen::Index j = 0; j < total_.cols(); ++j) {
        const double square = ours_.variation(i, count_) * theirs_.variation(j, count_);
        if (square > 0)
          total_(i, j) += (products_(i, j) - ours_.sum[i] * theirs_.sum[j] / count_) / std::sqrt(square);
      }
    start();
  }
  /// Block (i, j) of the matrix, of `size` units each.
  std::vector<double> block(std::int64_t i, std::int64_t j, std::int64_t size) const {
    std::vector<double> gains;
    for (std::int64_t a = 0; a < size; ++a)
      for (std::int64_t b = 0; b < size; ++b) gains.push_back(total_(i * size + a, j * size + b));
    return gains;
  }

 private:
  void start() {
    products_ = Sums::Zero(total_.rows(), total_.cols());
    ours_ = theirs_ = {};
    count_ = 0;
  }

  Sums total_;
  Sums products_;
  Moments ours_;
  Moments theirs_;
  double count_ = 0;
};

/// Where a group stands in what a product reads.
struct Reading {
  ValueId value;
  std::size_t axis;
};

class ActivationMatching {
 public:
  ActivationMatching(const UnitGroups& groups, const Graph& graph, const StateView& reference,
                     const StateView& other, const Examples& examples, std::int64_t count)
      : groups_(groups),
        all_(groups.groups()),
        graph_(graph),
        reference_(reference),
        other_(other),
        examples_(examples),
        count_(std::min(count, examples.count())),
        arrangement_(groups.identity()),
        readings_(all_.size()),
        done_(all_.size(), false) {
    for (const ValueId value : values_read_by_products(graph)) {
      const PlaceUnits& place = places(value);
      for (std::size_t axis = 0; axis < place.axes.size(); ++axis) {
        std::vector<bool> seen(all_.size(), false);
        for (const AxisUnits::Piece& piece : place.axes[axis].pieces) {
          const auto g = static_cast<std::size_t>(piece.group);
          if (!seen[g]) readings_[g].push_back({value, axis});
          seen[g] = true;
        }
      }
    }
    for (std::size_t g = 0; g < all_.size(); ++g) done_[g] = all_[g].fixed || family(g).empty();
  }

  /// Groups one after the other, each where the other units of its values are matched already.
  Arrangement match() {
    for (bool all = false;;) {
      bool any = false;
      bool left = false;
      for (std::size_t g = 0; g < all_.size(); ++g) {
        if (done_[g] || is_inside(g)) continue;
        if (!all && !ready(g)) {
          left = true;
          continue;
        }
        match_group(g, all);
        any = true;
        all = false;
      }
      if (!left) return std::move(arrangement_);
      all = !any;  // groups that wait for one another: one goes first
    }
  }

 private:
  const PlaceUnits& places(ValueId value) const { return groups_.values()[static_cast<std::size_t>(value)]; }
  /// Whether a group is matched together with the one that it is inside of.
  bool is_inside(std::size_t g) const {
    const std::int32_t parent = all_[g].parent;
    return parent != kAbsent && !all_[static_cast<std::size_t>(parent)].fixed &&
           all_[static_cast<std::size_t>(parent)].copies == 1;
  }
  /// The groups that are matched with g and have values: those inside of it, or itself.
  std::vector<std::size_t> family(std::size_t g) const {
    std::vector<std::size_t> members;
    for (std::size_t child = 0; child < all_.size() && all_[g].copies == 1; ++child)
      if (all_[child].parent == static_cast<std::int32_t>(g) && !readings_[child].empty())
        members.push_back(child);
    if (members.empty() && !readings_[g].empty()) members.push_back(g);
    return members;
  }
  /// Whether the other units of a value are matched.
  bool known(std::size_t g, const Reading& reading) const {
    for (const AxisUnits& axis : places(reading.value).axes)
      for (const AxisUnits::Piece& piece : axis.pieces) {
        const auto other = static_cast<std::size_t>(piece.group);
        if (other != g && all_[other].parent != static_cast<std::int32_t>(g) && !done_[other]) return false;
      }
    return true;
  }
  bool ready(std::size_t g) const {
    for (const std::size_t member : family(g))
      if (std::none_of(readings_[member].begin(), readings_[member].end(),
                       [&](const Reading& reading) { return known(g, reading); }))
        return false;
    return true;
  }

  /// The correlations of the units of `member`, which is g or inside of it.
  Correlations correlate(std::size_t g, std::size_t member, bool all) const {
    const UnitGroup& group = all_[member];
    const auto name = static_cast<std::int32_t>(member);
    Correlations correlations(group.size * group.copies);
    for (const Reading& reading : readings_[member]) {
      if (!all && !known(g, reading)) continue;
      const PlaceUnits& place = places(reading.value);
      ValueReader reader(graph_, reading.value);
      std::vector<float> moved;
      for (std::int64_t begin = 0; begin < count_; begin += kBatch) {
        const std::int64_t here = std::min(kBatch, count_ - begin);
        const std::vector<float> ours = reader.read(reference_, examples_, begin, here);
        const std::vector<float> theirs = reader.read(other_, examples_, begin, here);
        moved.resize(theirs.size());
        for (std::int64_t n = 0; n < here; ++n)
          groups_.arrange(place, arrangement_, theirs.data() + n * place.count,
                          moved.data() + n * place.count, name, reading.axis);
        correlations.add(batch_rows(all_, place, reading.axis, name, ours),
                         batch_rows(all_, place, reading.axis, name, moved));
      }
      correlations.finish_value();
    }
    return correlations;
  }

  void match_group(std::size_t g, bool all) {
    const std::int64_t n = all_[g].size;
    const std::vector<std::size_t> members = family(g);
    if (members.front() == g) {
      const Correlations correlations = correlate(g, g, all);
      for (std::int64_t c = 0; c < all_[g].copies; ++c) {
        const auto best = best_assignment(correlations.block(c, c, n), n);
        std::copy(best.begin(), best.end(), arrangement_.source[g].begin() + c * n);
      }
      done_[g] = true;
      return;
    }
    // A block is matched with the one whose insides correlate best with its own.
    std::vector<double> gains(static_cast<std::size_t>(n * n), 0.0);
    std::vector<std::vector<std::vector<std::int32_t>>> chosen(members.size());
    for (std::size_t k = 0; k < members.size(); ++k) {
      const Correlations correlations = correlate(g, members[k], all);
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < n; ++j) {
          const std::vector<double> block = correlations.block(i, j, all_[members[k]].size);
          chosen[k].push_back(best_assignment(block, all_[members[k]].size));
          gains[static_cast<std::size_t>(i * n + j)] += assigned_gain(block, chosen[k].back());
        }
    }
    const auto best = best_assignment(gains, n);
    std::copy(best.begin(), best.end(), arrangement_.source[g].begin());
    for (std::size_t k = 0; k < members.size(); ++k)
      for (std::int64_t i = 0; i < n; ++i) {
        const auto& own = chosen[k][static_cast<std::size_t>(i * n + best[static_cast<std::size_t>(i)])];
        std::copy(own.begin(), own.end(),
                  arrangement_.source[members[k]].begin() + i * static_cast<std::int64_t>(own.size()));
      }
    done_[g] = true;
    for (const std::size_t member : members) done_[member] = true;
  }

  const UnitGroups& groups_;
  const std::vector<UnitGroup>& all_;
  const Graph& graph_;
  StateView reference_;
  StateView other_;
  const Examples& examples_;
  std::int64_t count_;
  Arrangement arrangement_;
  std::vector<std::vector<Reading>> readings_;
  std::vector<bool> done_;
};

}  // namespace

void MatchingOptions::visit(OptionVisitor& visitor) {
  visitor.field("method", method, kMethods,
                "how units are matched: by the weights that touch them, or by what they put out on examples");
  visitor.field("restarts", restarts, between(1, 1000),
                "of weights: starts of the ascent; the best result counts");
  visitor.field("match-examples", match_examples, between(2, 1e8), "of activations: training examples");
  visitor.field("match-seed", match_seed, any_seed(), "of weights: names the random order of the ascent");
}

Arrangement match_activations(const UnitGroups& groups, const Graph& graph, const StateView& reference,
                              const StateView& other, const Examples& examples,
                              const MatchingOptions& options) {
  return ActivationMatching(groups, graph, reference, other, examples, options.match_examples).match();
}

}  // namespace nwedge::network
