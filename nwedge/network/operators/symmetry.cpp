#include "nwedge/network/operators/symmetry.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace nwedge::network {

Axis Symmetries::fresh(std::int64_t extent, bool fixed) {
  terms_.push_back({Kind::label, extent, fixed, {}, -1});
  return static_cast<Axis>(terms_.size() - 1);
}

Axis Symmetries::free(std::int64_t extent) { return fresh(extent, false); }

std::vector<Axis> Symmetries::free(const Shape& shape) {
  std::vector<Axis> axes;
  for (const std::int64_t extent : shape) axes.push_back(free(extent));
  return axes;
}

Axis Symmetries::find(Axis axis) const {
  while (terms_[static_cast<std::size_t>(axis)].same >= 0) axis = terms_[static_cast<std::size_t>(axis)].same;
  return axis;
}

Axis Symmetries::sum(std::span<const Axis> parts) {
  std::vector<Axis> flat;
  std::int64_t extent = 0;
  for (const Axis part : parts) {
    extent += this->extent(part);
    if (kind(part) == Kind::sum)
      flat.insert(flat.end(), this->parts(part).begin(), this->parts(part).end());
    else
      flat.push_back(part);
  }
  if (flat.size() == 1) return flat[0];
  const Axis result = fresh(extent, false);
  terms_.back().kind = Kind::sum;
  terms_.back().parts = std::move(flat);
  return result;
}

Axis Symmetries::product(std::span<const Axis> factors) {
  std::vector<Axis> flat;
  std::int64_t extent = 1;
  for (const Axis factor : factors) {
    extent *= this->extent(factor);
    if (kind(factor) == Kind::product)
      flat.insert(flat.end(), parts(factor).begin(), parts(factor).end());
    else if (this->extent(factor) > 1)
      flat.push_back(factor);
  }
  if (flat.size() == 1) return flat[0];
  const Axis result = fresh(extent, false);
  if (flat.empty()) return result;
  terms_.back().kind = Kind::product;
  terms_.back().parts = std::move(flat);
  return result;
}

void Symmetries::fix(Axis axis) {
  if (kind(axis) == Kind::label) {
    node(axis).fixed = true;
    return;
  }
  const std::vector<Axis> parts = this->parts(axis);
  for (const Axis part : parts) fix(part);
}

/// A label turns into a term of its extent, and keeps its place.
void Symmetries::become(Axis label, Axis term) {
  label = find(label);
  term = find(term);
  if (label == term) return;
  if (terms_[static_cast<std::size_t>(label)].fixed) fix(term);
  terms_[static_cast<std::size_t>(label)].same = term;
}

std::pair<Axis, Axis> Symmetries::stand_still(Axis axis, std::int64_t first, std::int64_t second) {
  fix(axis);
  return {fresh(first, true), fresh(second, true)};
}

std::pair<Axis, Axis> Symmetries::cut(Axis axis, std::int64_t extent) {
  axis = find(axis);
  const std::int64_t rest = this->extent(axis) - extent;
  if (kind(axis) == Kind::label) {
    const Axis pieces[] = {fresh(extent, fixed(axis)), fresh(rest, fixed(axis))};
    become(axis, sum(pieces));
    return {pieces[0], pieces[1]};
  }
  const std::vector<Axis> parts = this->parts(axis);
  if (kind(axis) == Kind::product) {
    const std::int64_t inner = this->extent(axis) / this->extent(parts[0]);
    if (extent % inner != 0) return stand_still(axis, extent, rest);
    std::vector<Axis> first = parts;
    std::vector<Axis> second = parts;
    std::tie(first[0], second[0]) = cut(parts[0], extent / inner);
    return {product(first), product(second)};
  }
  std::vector<Axis> first;
  std::vector<Axis> second;
  for (const Axis part : parts) {
    const std::int64_t size = this->extent(part);
    if (extent <= 0) {
      second.push_back(part);
    } else if (size <= extent) {
      first.push_back(part);
    } else {
      const auto [before, behind] = cut(part, extent);
      first.push_back(before);
      second.push_back(behind);
    }
    extent -= size;
  }
  return {sum(first), sum(second)};
}

std::pair<Axis, Axis> Symmetries::divide(Axis axis, std::int64_t extent) {
  axis = find(axis);
  const std::int64_t inner = this->extent(axis) / extent;
  if (extent == 1) return {fresh(1, false), axis};
  if (inner == 1) return {axis, fresh(1, false)};
  if (kind(axis) == Kind::label) {
    const Axis factors[] = {fresh(extent, fixed(axis)), fresh(inner, fixed(axis))};
    become(axis, product(factors));
    return {factors[0], factors[1]};
  }
  const std::vector<Axis> parts = this->parts(axis);
  if (kind(axis) == Kind::product) {
    std::vector<Axis> outer;
    std::int64_t so_far = 1;
    std::size_t k = 0;
    while (k < parts.size() && extent % (so_far * this->extent(parts[k])) == 0) {
      so_far *= this->extent(parts[k]);
      outer.push_back(parts[k++]);
    }
    std::vector<Axis> rest(parts.begin() + static_cast<std::ptrdiff_t>(k), parts.end());
    if (so_far < extent) {
      if (rest.empty() || this->extent(rest[0]) % (extent / so_far) != 0)
        return stand_still(axis, extent, inner);
      const auto [before, behind] = divide(rest[0], extent / so_far);
      outer.push_back(before);
      rest[0] = behind;
    }
    return {product(outer), product(rest)};
  }
  // Summands of whole inner runs have the inner factor in common.
  std::vector<Axis> outer;
  Axis common = -1;
  for (const Axis part : parts)
    if (this->extent(part) % inner != 0) return stand_still(axis, extent, inner);
  for (const Axis part : parts) {
    const auto [before, behind] = divide(part, this->extent(part) / inner);
    outer.push_back(before);
    if (common >= 0) tie(common, behind);
    common = behind;
  }
  return {sum(outer), common};
}

std::vector<Axis> Symmetries::factors(Axis axis, std::span<const std::int64_t> extents) {
  std::vector<Axis> result;
  Axis rest = axis;
  for (std::size_t k = 0; k + 1 < extents.size(); ++k) {
    const auto [outer, inner] = divide(rest, extents[k]);
    result.push_back(outer);
    rest = inner;
  }
  result.push_back(rest);
  return result;
}

void Symmetries::tie(Axis a, Axis b) {
  a = find(a);
  b = find(b);
  if (a == b) return;
  if (kind(a) == Kind::label && kind(b) == Kind::label) {
    become(std::max(a, b), std::min(a, b));
  } else if (kind(a) == Kind::label) {
    become(a, b);
  } else if (kind(b) == Kind::label) {
    become(b, a);
  } else if (kind(a) == Kind::product && kind(b) == Kind::product) {
    tie_products(a, b);
  } else {
    tie_sums(a, b);
  }
}

void Symmetries::tie_sums(Axis a, Axis b) {
  if (kind(a) == Kind::product) std::swap(a, b);
  const std::vector<Axis> parts = this->parts(a);  // a sum
  Axis rest = b;
  for (std::size_t k = 0; k + 1 < parts.size(); ++k) {
    const auto [first, second] = cut(rest, extent(parts[k]));
    tie(parts[k], first);
    rest = second;
  }
  tie(parts.back(), rest);
}

void Symmetries::tie_products(Axis a, Axis b) {
  const std::int64_t ours = extent(parts(a)[0]);
  const std::int64_t theirs = extent(parts(b)[0]);
  if (ours > theirs) return tie_products(b, a);
  if (theirs % ours != 0) {
    fix(a);
    fix(b);
    return;
  }
  const auto [outer_a, inner_a] = divide(a, ours);
  const auto [outer_b, inner_b] = divide(b, ours);
  tie(outer_a, outer_b);
  tie(inner_a, inner_b);
}

void Symmetries::mix(Axis axis, std::span<const Axis> others) {
  rules_.push_back({{others.begin(), others.end()}, {axis}, false});
}

void Symmetries::depend(Axis axis, std::span<const Axis> on) {
  rules_.push_back({{axis}, {on.begin(), on.end()}, true});
  rules_.back().on.push_back(axis);
}

void NodeAxes::tie(std::span<const Axis> a, std::span<const Axis> b) const {
  for (std::size_t k = 0; k < a.size(); ++k) all.tie(a[k], b[k]);
}

void NodeAxes::fix(std::span<const Axis> axes) const {
  for (const Axis axis : axes) all.fix(axis);
}

void NodeAxes::broadcast() const {
  for (const std::vector<Axis>& input : x)
    for (std::size_t k = 0; k < input.size(); ++k) {
      const Axis from = input[input.size() - 1 - k];
      const Axis to = y[y.size() - 1 - k];
      if (all.extent(from) == all.extent(to)) all.tie(from, to);
    }
}

void NodeAxes::slide() const {
  all.tie(x[0][0], y[0]);
  for (const std::vector<Axis>* value : {&x[0], &y})
    for (std::size_t k = 1; k < value->size(); ++k) {
      all.fix((*value)[k]);
      mix(*value, k);
    }
}

void NodeAxes::mix(std::span<const Axis> value, std::size_t k) const {
  std::vector<Axis> others(value.begin(), value.end());
  others.erase(others.begin() + static_cast<std::ptrdiff_t>(k));
  all.mix(value[k], others);
}

}  // namespace nwedge::network
