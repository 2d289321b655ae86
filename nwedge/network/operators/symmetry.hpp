#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "nwedge/network/graph/shape.hpp"

namespace nwedge::network {

/// What the entries along one axis of a value or a tensor may do without changing what a network computes: a
/// term over labels. A label is a set of units that are permuted together wherever it stands; a term is a
/// label, a sum (terms one after the other: what concatenation joins) or a product (the first factor counts
/// slowest: what a reshape merges). Axes that an operator ties together have one term, and cutting one cuts
/// it everywhere.
using Axis = std::int32_t;

class Symmetries {
 public:
  enum class Kind { label, sum, product };

  /// An axis of so many entries that may be permuted in every way. An extent of 1 is a label, too.
  Axis free(std::int64_t extent);
  std::vector<Axis> free(const Shape& shape);
  Axis sum(std::span<const Axis> parts);
  Axis product(std::span<const Axis> factors);

  /// Entry k of one goes wherever entry k of the other goes. Terms that no common cut can tie stand still.
  void tie(Axis a, Axis b);
  /// No entry moves.
  void fix(Axis axis);
  /// The first `extent` entries and the others, as axes.
  std::pair<Axis, Axis> cut(Axis axis, std::int64_t extent);
  /// The factors of an axis whose extents these are, slowest first.
  std::vector<Axis> factors(Axis axis, std::span<const std::int64_t> extents);

  /// Entries along `axis` are mixed with one another, so how those of the other axes move may not depend on
  /// where along it they are.
  void mix(Axis axis, std::span<const Axis> others);
  /// How entries of `axis` move may depend on places along these axes alone, and along itself.
  void depend(Axis axis, std::span<const Axis> on);

  // Terms, as they have become.
  Axis find(Axis axis) const;
  Kind kind(Axis axis) const { return node(axis).kind; }
  std::int64_t extent(Axis axis) const { return node(axis).extent; }
  bool fixed(Axis label) const { return node(label).fixed; }
  const std::vector<Axis>& parts(Axis axis) const { return node(axis).parts; }
  struct Rule {
    std::vector<Axis> those;  ///< labels of these axes
    std::vector<Axis> on;     ///< may not depend on labels of these, or on none but of these
    bool only = false;
  };
  const std::vector<Rule>& rules() const { return rules_; }

 private:
  struct Term {
    Kind kind = Kind::label;
    std::int64_t extent = 1;
    bool fixed = false;
    std::vector<Axis> parts;
    Axis same = -1;  ///< the term that this one has become; -1: itself
  };
  const Term& node(Axis axis) const { return terms_[static_cast<std::size_t>(find(axis))]; }
  Term& node(Axis axis) { return terms_[static_cast<std::size_t>(find(axis))]; }
  Axis fresh(std::int64_t extent, bool fixed);
  void become(Axis label, Axis term);
  void tie_sums(Axis a, Axis b);
  void tie_products(Axis a, Axis b);
  std::pair<Axis, Axis> stand_still(Axis axis, std::int64_t first, std::int64_t second);
  /// The outer `extent` and the rest of a product.
  std::pair<Axis, Axis> divide(Axis axis, std::int64_t extent);

  std::vector<Term> terms_;
  std::vector<Rule> rules_;
};

/// The axes of what a node takes, keeps and gives, for an operator to tie.
struct NodeAxes {
  Symmetries& all;
  std::vector<std::vector<Axis>> x;
  std::vector<Axis> y;
  std::vector<std::vector<Axis>> weights;  ///< empty: left out
  std::vector<std::vector<Axis>> buffers;

  void tie(std::span<const Axis> a, std::span<const Axis> b) const;  ///< axis by axis
  void fix(std::span<const Axis> axes) const;
  /// y's entries are those of x_i at the same places, which NumPy's rules broadcast.
  void broadcast() const;
  /// A window slides over all axes of x_0 but the first, which y has as well: places stand still.
  void slide() const;
  /// Axis k of a value is mixed, the others come along.
  void mix(std::span<const Axis> value, std::size_t k) const;
};

}  // namespace nwedge::network
