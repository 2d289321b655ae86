#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nwedge/network/graph/graph.hpp"

namespace nwedge {
class RandomStream;
}

namespace nwedge::network {

/// Units that a network's function does not tell apart: permuting them, wherever they stand, changes nothing.
/// Units of a group with a parent (channels inside of a convolution's group, features of an attention head)
/// are permuted for each unit of the parent by themselves.
struct UnitGroup {
  std::int64_t size = 1;
  std::int32_t parent = kAbsent;  ///< position in the list of groups, before this one
  std::int64_t copies = 1;        ///< the parent's size, or 1
  bool fixed = false;             ///< stands still; here only because it is a parent
};

/// Which unit takes each place: unit i of copy c of a group comes from unit source[group][c size + i]. The
/// copy is named by the parent's place, not by what is moved there.
struct Arrangement {
  std::vector<std::vector<std::int32_t>> source;
};

/// Where units stand along one axis: entry k belongs to pieces [begin[k], begin[k + 1]), and lies at
/// base[k] + the sum over them of stride unit.
struct AxisUnits {
  struct Piece {
    std::int32_t group;
    std::int32_t unit;
    std::int64_t stride;
  };
  std::vector<Piece> pieces;
  std::vector<std::int32_t> begin;
  std::vector<std::int64_t> base;
  std::int32_t driver = -1;  ///< another axis that has parents of units of this one; -1: none

  std::int64_t extent() const { return static_cast<std::int64_t>(base.size()); }
  std::span<const Piece> at(std::int64_t k) const {
    const auto from = static_cast<std::size_t>(begin[static_cast<std::size_t>(k)]);
    return std::span(pieces).subspan(from,
                                     static_cast<std::size_t>(begin[static_cast<std::size_t>(k) + 1]) - from);
  }
  bool moves() const { return !pieces.empty(); }
};

/// The units of a tensor, a buffer or a value.
struct PlaceUnits {
  std::int64_t offset = 0;  ///< in the flat vector; 0 of a value
  std::int64_t count = 0;
  std::vector<AxisUnits> axes;

  bool moves() const;
  bool has(std::int32_t group) const;
  /// The copy of `group` that piece `p` of entry k of `axis` belongs to, with the driver at entry j.
  std::int64_t copy(std::span<const UnitGroup> groups, std::size_t axis, std::int64_t k,
                    const AxisUnits::Piece& p, std::int64_t j) const;
};

/// The permutation symmetries of a graph, as its operators state them. Inputs and outputs stand still.
class UnitGroups {
 public:
  explicit UnitGroups(const Graph& graph);

  const std::vector<UnitGroup>& groups() const { return groups_; }
  const std::vector<PlaceUnits>& tensors() const { return tensors_; }
  const std::vector<PlaceUnits>& values() const { return values_; }  ///< of the graph's values
  std::int64_t units() const;  ///< that may move, over all groups and copies

  Arrangement identity() const;
  Arrangement random(RandomStream& stream) const;
  /// Weights [D] and buffers with every unit where the arrangement puts it. The network's function is the
  /// same.
  std::vector<float> arranged_weights(const Arrangement& arrangement, std::span<const float> weights) const;
  std::vector<float> arranged_buffers(const Arrangement& arrangement, std::span<const float> buffers) const;

  /// One tensor of the flat vector, arranged, into `result` [count]; `held` stands still along axis `axis`.
  void arrange(const PlaceUnits& place, const Arrangement& arrangement, const float* from, float* result,
               std::int32_t held = kAbsent, std::size_t axis = 0) const;

 private:
  std::vector<UnitGroup> groups_;
  std::vector<PlaceUnits> tensors_;
  std::vector<PlaceUnits> buffers_;
  std::vector<PlaceUnits> values_;
};

}  // namespace nwedge::network
