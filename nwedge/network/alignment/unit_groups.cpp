#include "nwedge/network/alignment/unit_groups.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>

#include "nwedge/core/random.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/table.hpp"

namespace nwedge::network {
namespace {

using Labels = std::set<Axis>;

/// The axes of everything in a graph.
struct GraphAxes {
  Symmetries all;
  std::vector<std::vector<Axis>> tensors;
  std::vector<std::vector<Axis>> buffers;
  std::vector<std::vector<Axis>> values;

  explicit GraphAxes(const Graph& graph) {
    for (const TensorPlace& tensor : graph.tensors) tensors.push_back(all.free(tensor.shape));
    for (const BufferPlace& buffer : graph.buffers) buffers.push_back(all.free(buffer.shape));
    for (const Value& value : graph.values) values.push_back(all.free(value.shape));
    for (const ValueId still : {ValueId{0}, graph.output})
      for (const Axis axis : values[static_cast<std::size_t>(still)]) all.fix(axis);
    for (const Node& node : graph.nodes) {
      NodeAxes axes{all, {}, values[static_cast<std::size_t>(node.output)], {}, {}};
      for (const ValueId x : node.inputs) axes.x.push_back(values[static_cast<std::size_t>(x)]);
      for (const TensorId t : node.weights)
        axes.weights.push_back(t == kAbsent ? std::vector<Axis>{} : tensors[static_cast<std::size_t>(t)]);
      for (const TensorId b : node.buffers) axes.buffers.push_back(buffers[static_cast<std::size_t>(b)]);
      make_operator(node_shapes(graph, node, graph.model))->tie(axes);
    }
  }

  /// Labels that every entry along the axis has.
  Labels common(Axis axis) const {
    axis = all.find(axis);
    if (all.kind(axis) == Symmetries::Kind::label) return {axis};
    Labels result;
    bool first = true;
    for (const Axis part : all.parts(axis)) {
      const Labels labels = common(part);
      if (all.kind(axis) == Symmetries::Kind::product || first) {
        result.insert(labels.begin(), labels.end());
      } else {
        Labels both;
        std::set_intersection(result.begin(), result.end(), labels.begin(), labels.end(),
                              std::inserter(both, both.end()));
        result = std::move(both);
      }
      first = false;
    }
    return result;
  }
  void add_labels(Axis axis, Labels& labels) const {
    axis = all.find(axis);
    if (all.kind(axis) == Symmetries::Kind::label)
      labels.insert(axis);
    else
      for (const Axis part : all.parts(axis)) add_labels(part, labels);
  }
  Labels labels(std::span<const Axis> axes) const {
    Labels result;
    for (const Axis axis : axes) add_labels(axis, result);
    return result;
  }
  template <class F>
  void for_each_place(F&& f) const {
    for (const auto* list : {&tensors, &buffers, &values})
      for (const std::vector<Axis>& place : *list) f(place);
  }
};

/// Which labels a label may depend on: those that stand beside it wherever it stands, and that no operator
/// mixes.
class Dependences {
 public:
  explicit Dependences(const GraphAxes& axes) : axes_(axes) {
    axes.for_each_place([&](const std::vector<Axis>& place) {
      for (std::size_t a = 0; a < place.size(); ++a) {
        std::map<Axis, int> seen;  // in how many other axes
        for (std::size_t b = 0; b < place.size(); ++b)
          if (b != a)
            for (const Axis label : axes.common(place[b])) ++seen[label];
        Labels others;
        for (const auto& [label, times] : seen)
          if (times == 1) others.insert(label);
        visit(place[a], {}, others);
      }
    });
    for (const Symmetries::Rule& rule : axes.all.rules()) apply(rule);
  }

  const Labels& of(Axis label) { return candidates_[label]; }

 private:
  /// `beside`: labels of factors of the same axis that this term stands with.
  void visit(Axis axis, const Labels& beside, const Labels& others) {
    axis = axes_.all.find(axis);
    if (axes_.all.kind(axis) == Symmetries::Kind::label) {
      Labels here = beside;
      here.insert(others.begin(), others.end());
      here.erase(axis);
      keep(axis, here);
      return;
    }
    const std::vector<Axis>& parts = axes_.all.parts(axis);
    for (std::size_t k = 0; k < parts.size(); ++k) {
      Labels with = beside;
      if (axes_.all.kind(axis) == Symmetries::Kind::product)
        for (std::size_t other = 0; other < parts.size(); ++other)
          if (other != k) with.merge(axes_.common(parts[other]));
      visit(parts[k], with, others);
    }
  }
  void keep(Axis label, const Labels& allowed) {
    const auto [place, is_new] = candidates_.try_emplace(label, allowed);
    if (!is_new) std::erase_if(place->second, [&](Axis other) { return !allowed.contains(other); });
  }
  void apply(const Symmetries::Rule& rule) {
    const Labels on = axes_.labels(rule.on);
    for (const Axis label : axes_.labels(rule.those)) {
      const auto found = candidates_.find(label);
      if (found != candidates_.end())
        std::erase_if(found->second, [&](Axis other) { return on.contains(other) != rule.only; });
    }
  }

  const GraphAxes& axes_;
  std::map<Axis, Labels> candidates_;
};

/// Writes down where units stand along an axis.
class AxisWriter {
 public:
  AxisWriter(const GraphAxes& axes, const std::map<Axis, std::int32_t>& groups)
      : axes_(axes), groups_(groups) {}

  AxisUnits write(Axis axis) {
    AxisUnits units;
    units.begin.push_back(0);
    for (std::int64_t k = 0; k < axes_.all.extent(axis); ++k) {
      base_ = 0;
      put(axis, k, 1, units);
      units.base.push_back(base_);
      units.begin.push_back(static_cast<std::int32_t>(units.pieces.size()));
    }
    return units;
  }

 private:
  void put(Axis axis, std::int64_t k, std::int64_t stride, AxisUnits& units) {
    axis = axes_.all.find(axis);
    if (axes_.all.kind(axis) == Symmetries::Kind::label) {
      const auto group = groups_.find(axis);
      if (group != groups_.end())
        units.pieces.push_back({group->second, static_cast<std::int32_t>(k), stride});
      else
        base_ += k * stride;
      return;
    }
    const std::vector<Axis>& parts = axes_.all.parts(axis);
    if (axes_.all.kind(axis) == Symmetries::Kind::sum) {
      for (const Axis part : parts) {
        const std::int64_t extent = axes_.all.extent(part);
        if (k < extent) return put(part, k, stride, units);
        base_ += extent * stride;
        k -= extent;
      }
    }
    std::int64_t inner = axes_.all.extent(axis);
    for (const Axis part : parts) {
      inner /= axes_.all.extent(part);
      put(part, k / inner, stride * inner, units);
      k %= inner;
    }
  }

  const GraphAxes& axes_;
  const std::map<Axis, std::int32_t>& groups_;
  std::int64_t base_ = 0;
};

bool stands_with(const AxisUnits& axis, std::int64_t k, std::int32_t group) {
  return std::any_of(axis.at(k).begin(), axis.at(k).end(),
                     [&](const AxisUnits::Piece& piece) { return piece.group == group; });
}

/// Finds the axes that name copies; false where an axis would need two.
bool find_drivers(std::span<const UnitGroup> groups, PlaceUnits& place, std::int32_t& offender) {
  for (std::size_t a = 0; a < place.axes.size(); ++a) {
    AxisUnits& axis = place.axes[a];
    axis.driver = -1;
    for (std::int64_t k = 0; k < axis.extent(); ++k)
      for (const AxisUnits::Piece& piece : axis.at(k)) {
        const std::int32_t parent = groups[static_cast<std::size_t>(piece.group)].parent;
        if (parent == kAbsent || stands_with(axis, k, parent)) continue;
        for (std::size_t b = 0; b < place.axes.size(); ++b)
          if (b != a && place.axes[b].extent() > 0 && stands_with(place.axes[b], 0, parent)) {
            if (axis.driver >= 0 && axis.driver != static_cast<std::int32_t>(b)) {
              offender = piece.group;
              return false;
            }
            axis.driver = static_cast<std::int32_t>(b);
          }
      }
  }
  return true;
}

}  // namespace

bool PlaceUnits::moves() const {
  return std::any_of(axes.begin(), axes.end(), [](const AxisUnits& axis) { return axis.moves(); });
}

bool PlaceUnits::has(std::int32_t group) const {
  for (const AxisUnits& axis : axes)
    for (const AxisUnits::Piece& piece : axis.pieces)
      if (piece.group == group) return true;
  return false;
}

std::int64_t PlaceUnits::copy(std::span<const UnitGroup> groups, std::size_t axis, std::int64_t k,
                              const AxisUnits::Piece& p, std::int64_t j) const {
  const std::int32_t parent = groups[static_cast<std::size_t>(p.group)].parent;
  if (parent == kAbsent) return 0;
  for (const AxisUnits::Piece& piece : axes[axis].at(k))
    if (piece.group == parent) return piece.unit;
  for (const AxisUnits::Piece& piece : axes[static_cast<std::size_t>(axes[axis].driver)].at(j))
    if (piece.group == parent) return piece.unit;
  return 0;
}

UnitGroups::UnitGroups(const Graph& graph) {
  const GraphAxes axes(graph);
  // Labels in the order in which the tensors have them, outer ones first.
  std::vector<Axis> order;
  const std::function<void(Axis)> visit = [&](Axis axis) {
    axis = axes.all.find(axis);
    if (axes.all.kind(axis) != Symmetries::Kind::label) {
      for (const Axis part : axes.all.parts(axis)) visit(part);
    } else if (axes.all.extent(axis) > 1 && std::find(order.begin(), order.end(), axis) == order.end()) {
      order.push_back(axis);
    }
  };
  for (const std::vector<Axis>& tensor : axes.tensors)
    for (const Axis axis : tensor) visit(axis);

  Dependences dependences(axes);
  std::map<Axis, Axis> parents;
  for (std::size_t k = 0; k < order.size(); ++k) {
    if (axes.all.fixed(order[k])) continue;
    const Labels& candidates = dependences.of(order[k]);
    for (std::size_t before = k; before-- > 0;)
      if (candidates.contains(order[before])) {
        parents[order[k]] = order[before];
        break;
      }
  }
  std::map<Axis, std::int32_t> numbers;
  for (const Axis label : order) {
    const bool parent =
        std::any_of(parents.begin(), parents.end(), [&](const auto& pair) { return pair.second == label; });
    if (axes.all.fixed(label) && !parent) continue;
    numbers[label] = static_cast<std::int32_t>(groups_.size());
    UnitGroup group{axes.all.extent(label), kAbsent, 1, axes.all.fixed(label)};
    if (const auto found = parents.find(label); found != parents.end()) {
      group.parent = numbers.at(found->second);
      group.copies = groups_[static_cast<std::size_t>(group.parent)].size;
    }
    groups_.push_back(group);
  }

  AxisWriter writer(axes, numbers);
  const auto write = [&](const std::vector<Axis>& from, PlaceUnits place) {
    for (const Axis axis : from) place.axes.push_back(writer.write(axis));
    return place;
  };
  for (std::size_t t = 0; t < graph.tensors.size(); ++t)
    tensors_.push_back(write(axes.tensors[t], {graph.tensors[t].offset, graph.tensors[t].count, {}}));
  for (std::size_t b = 0; b < graph.buffers.size(); ++b)
    buffers_.push_back(write(axes.buffers[b], {graph.buffers[b].offset, graph.buffers[b].count, {}}));
  for (std::size_t v = 0; v < graph.values.size(); ++v)
    values_.push_back(write(axes.values[v], {0, size_of(graph.values[v].shape), {}}));
  for (bool settled = false; !settled;) {
    settled = true;
    for (auto* list : {&tensors_, &buffers_, &values_})
      for (PlaceUnits& place : *list)
        if (std::int32_t offender = kAbsent; !find_drivers(groups_, place, offender)) {
          groups_[static_cast<std::size_t>(offender)].parent = kAbsent;
          groups_[static_cast<std::size_t>(offender)].copies = 1;
          settled = false;
        }
  }
}

std::int64_t UnitGroups::units() const {
  std::int64_t count = 0;
  for (const UnitGroup& group : groups_)
    if (!group.fixed) count += group.size * group.copies;
  return count;
}

Arrangement UnitGroups::identity() const {
  Arrangement arrangement;
  for (const UnitGroup& group : groups_) {
    std::vector<std::int32_t>& source =
        arrangement.source.emplace_back(static_cast<std::size_t>(group.size * group.copies));
    for (std::size_t k = 0; k < source.size(); ++k)
      source[k] = static_cast<std::int32_t>(static_cast<std::int64_t>(k) % group.size);
  }
  return arrangement;
}

Arrangement UnitGroups::random(RandomStream& stream) const {
  Arrangement arrangement = identity();
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (groups_[g].fixed) continue;
    for (std::int64_t c = 0; c < groups_[g].copies; ++c) {
      std::int32_t* units = arrangement.source[g].data() + c * groups_[g].size;
      for (std::int64_t k = groups_[g].size; k-- > 1;)
        std::swap(units[k], units[stream.below(static_cast<std::uint64_t>(k) + 1)]);
    }
  }
  return arrangement;
}

void UnitGroups::arrange(const PlaceUnits& place, const Arrangement& arrangement, const float* from,
                         float* result, std::int32_t held, std::size_t held_axis) const {
  const std::size_t rank = place.axes.size();
  std::vector<std::int64_t> strides(rank, 1);
  for (std::size_t a = rank; a-- > 1;) strides[a - 1] = strides[a] * place.axes[a].extent();
  // tables[a][j extent + k]: where entry k comes from, with the driver at entry j.
  std::vector<std::vector<std::int64_t>> tables(rank);
  for (std::size_t a = 0; a < rank; ++a) {
    const AxisUnits& axis = place.axes[a];
    const std::int64_t drives =
        axis.driver >= 0 ? place.axes[static_cast<std::size_t>(axis.driver)].extent() : 1;
    for (std::int64_t j = 0; j < drives; ++j)
      for (std::int64_t k = 0; k < axis.extent(); ++k) {
        std::int64_t source = axis.base[static_cast<std::size_t>(k)];
        for (const AxisUnits::Piece& piece : axis.at(k)) {
          const auto g = static_cast<std::size_t>(piece.group);
          const bool still = piece.group == held && a == held_axis;
          source += piece.stride *
                    (still ? piece.unit
                           : arrangement.source[g][static_cast<std::size_t>(
                                 place.copy(groups_, a, k, piece, j) * groups_[g].size + piece.unit)]);
        }
        tables[a].push_back(source * strides[a]);
      }
  }
  std::vector<std::int64_t> at(rank, 0);
  const auto source_of = [&](std::size_t a) {
    const AxisUnits& axis = place.axes[a];
    const std::int64_t j = axis.driver >= 0 ? at[static_cast<std::size_t>(axis.driver)] : 0;
    return tables[a][static_cast<std::size_t>(j * axis.extent() + at[a])];
  };
  // The last axes that stand still are copied as they are.
  std::size_t moving = rank;
  std::int64_t run = 1;
  while (moving > 0 && !place.axes[moving - 1].moves()) run *= place.axes[--moving].extent();
  for (std::int64_t entry = 0; entry < place.count; entry += run) {
    std::int64_t source = 0;
    for (std::size_t a = 0; a < moving; ++a) source += source_of(a);
    std::copy_n(from + source, run, result + entry);
    for (std::size_t a = moving; a-- > 0;) {
      if (++at[a] < place.axes[a].extent()) break;
      at[a] = 0;
    }
  }
}

std::vector<float> UnitGroups::arranged_weights(const Arrangement& arrangement,
                                                std::span<const float> weights) const {
  std::vector<float> result(weights.size());
  for (const PlaceUnits& place : tensors_)
    arrange(place, arrangement, weights.data() + place.offset, result.data() + place.offset);
  return result;
}

std::vector<float> UnitGroups::arranged_buffers(const Arrangement& arrangement,
                                                std::span<const float> buffers) const {
  std::vector<float> result(buffers.size());
  for (const PlaceUnits& place : buffers_)
    arrange(place, arrangement, buffers.data() + place.offset, result.data() + place.offset);
  return result;
}

}  // namespace nwedge::network
