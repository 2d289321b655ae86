#include "nwedge/network/alignment/assignment.hpp"

#include <algorithm>
#include <limits>

#include "nwedge/core/vectorise.hpp"

namespace nwedge::network {
namespace {

constexpr std::int32_t kNobody = -1;
constexpr double kFar = std::numeric_limits<double>::infinity();

/// Rows are given columns one by one. Prices keep every reduced cost price_row + price_column - gain at or
/// above 0, and at 0 where a row has its column.
class Assignment {
 public:
  Assignment(std::span<const double> gains, std::int64_t n)
      : gains_(gains),
        n_(static_cast<std::size_t>(n)),
        row_price_(n_),
        column_price_(n_, 0.0),
        column_of_(n_, kNobody),
        row_of_(n_, kNobody),
        distance_(n_),
        before_(n_),
        passed_by_(n_) {}

  std::vector<std::int32_t> solve() {
    take_favourites();
    for (std::size_t row = 0; row < n_; ++row)
      if (column_of_[row] == kNobody) augment(row);
    return column_of_;
  }

 private:
  double gain(std::size_t row, std::size_t column) const { return gains_[row * n_ + column]; }

  /// Each row gets its best column where nobody has it yet.
  void take_favourites() {
    for (std::size_t row = 0; row < n_; ++row) {
      const auto begin = gains_.begin() + static_cast<std::ptrdiff_t>(row * n_);
      const auto best = std::max_element(begin, begin + static_cast<std::ptrdiff_t>(n_));
      row_price_[row] = *best;
      const auto column = static_cast<std::size_t>(best - begin);
      if (row_of_[column] == kNobody) give(row, column);
    }
  }
  void give(std::size_t row, std::size_t column) {
    column_of_[row] = static_cast<std::int32_t>(column);
    row_of_[column] = static_cast<std::int32_t>(row);
  }

  /// The shortest path by reduced costs from a row without a column to a column without a row, along which
  /// columns change hands.
  void augment(std::size_t start) {
    std::fill(distance_.begin(), distance_.end(), kFar);
    std::fill(passed_by_.begin(), passed_by_.end(), 0.0);
    passed_.clear();
    std::size_t row = start;
    double so_far = 0;
    std::size_t end = n_;
    while (end == n_) {
      so_far = look_around(row, so_far);
      std::size_t nearest = 0;
      while (distance_[nearest] + passed_by_[nearest] != so_far) ++nearest;
      passed_by_[nearest] = kFar;
      if (row_of_[nearest] == kNobody) {
        end = nearest;
      } else {
        passed_.push_back(nearest);
        row = static_cast<std::size_t>(row_of_[nearest]);
      }
    }
    row_price_[start] -= so_far;
    for (const std::size_t column : passed_) {
      row_price_[static_cast<std::size_t>(row_of_[column])] -= so_far - distance_[column];
      column_price_[column] += so_far - distance_[column];
    }
    for (std::size_t column = end;;) {
      const auto owner = static_cast<std::size_t>(before_[column]);
      const std::int32_t next = column_of_[owner];
      give(owner, column);
      if (owner == start) break;
      column = static_cast<std::size_t>(next);
    }
  }

  /// Distances by way of a row that is `so_far` away; the least of a column that was not passed yet.
  double look_around(std::size_t row, double so_far) {
    double least = kFar;
    vectorise([&, n = n_] {
      const double base = so_far + row_price_[row];
      const double* gain = gains_.data() + row * n;
      const double* price = column_price_.data();
      const double* passed = passed_by_.data();
      double* distance = distance_.data();
      std::int32_t* before = before_.data();
      const auto name = static_cast<std::int32_t>(row);
      for (std::size_t column = 0; column < n; ++column) {
        const double there = base + price[column] - gain[column] + passed[column];
        const bool nearer = there < distance[column];
        distance[column] = nearer ? there : distance[column];
        before[column] = nearer ? name : before[column];
      }
      alignas(64) double lanes[8];
      std::fill_n(lanes, 8, kFar);
      std::size_t column = 0;
      for (; column + 8 <= n; column += 8)
        for (std::size_t lane = 0; lane < 8; ++lane) {
          const double there = distance[column + lane] + passed[column + lane];
          lanes[lane] = there < lanes[lane] ? there : lanes[lane];
        }
      for (; column < n; ++column) least = std::min(least, distance[column] + passed[column]);
      for (const double lane : lanes) least = std::min(least, lane);
    });
    return least;
  }

  std::span<const double> gains_;
  std::size_t n_;
  std::vector<double> row_price_;
  std::vector<double> column_price_;
  std::vector<std::int32_t> column_of_;
  std::vector<std::int32_t> row_of_;
  std::vector<double> distance_;
  std::vector<std::int32_t> before_;
  std::vector<double> passed_by_;  // infinite of columns that were passed, else 0
  std::vector<std::size_t> passed_;
};

}  // namespace

std::vector<std::int32_t> best_assignment(std::span<const double> gains, std::int64_t n) {
  return Assignment(gains, n).solve();
}

double assigned_gain(std::span<const double> gains, std::span<const std::int32_t> assignment) {
  double sum = 0;
  for (std::size_t row = 0; row < assignment.size(); ++row)
    sum += gains[row * assignment.size() + static_cast<std::size_t>(assignment[row])];
  return sum;
}

}  // namespace nwedge::network
