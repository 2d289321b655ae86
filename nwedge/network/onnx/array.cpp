#include "nwedge/network/onnx/array.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nwedge/core/error.hpp"

namespace nwedge::network::onnx {

std::size_t Array::held() const {
  return std::visit([](const auto& entries) { return entries.size(); }, values);
}

double Array::number(std::int64_t index) const {
  const auto at = is_uniform() ? std::size_t{0} : static_cast<std::size_t>(index);
  return is_integer() ? static_cast<double>(integers()[at]) : static_cast<double>(floats()[at]);
}

std::int64_t Array::integer(std::int64_t index) const {
  if (is_integer()) return integers()[is_uniform() ? 0 : static_cast<std::size_t>(index)];
  const double value = number(index);
  if (std::isnan(value)) return 0;
  if (value >= 0x1p62) return std::numeric_limits<std::int64_t>::max();
  if (value <= -0x1p62) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value);
}

float Array::real(std::int64_t index) const { return static_cast<float>(number(index)); }

std::int64_t checked_entries(const Shape& shape, const std::string& place) {
  if (shape.size() > kMostAxes)
    throw Error(place, fmt::format("a value has at most {} axes, has {}", kMostAxes, shape.size()));
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0 || (extent > 0 && count > kMostEntries / extent))
      throw Error(place, fmt::format("a shape must hold 0 to 2^52 entries, is {}", text_of(shape)));
    count *= extent;
  }
  return count;
}

Shape broadcast(const Shape& a, const Shape& b, const std::string& place) {
  Shape result(std::max(a.size(), b.size()), 1);
  for (std::size_t back = 1; back <= result.size(); ++back) {
    const std::int64_t left = back <= a.size() ? a[a.size() - back] : 1;
    const std::int64_t right = back <= b.size() ? b[b.size() - back] : 1;
    if (left != right && left != 1 && right != 1)
      throw Error(place, fmt::format("shapes {} and {} do not broadcast", text_of(a), text_of(b)));
    result[result.size() - back] = left == 1 ? right : left;
  }
  return result;
}

std::string text_of(const Shape& shape) {
  std::string text;
  for (const std::int64_t extent : shape) {
    const bool counts = extent != 0 && extent % kAnyNumber == 0;
    const std::int64_t rest = counts ? extent / kAnyNumber : extent;
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", counts && rest == 1 ? "" : fmt::to_string(rest),
                        counts ? "N" : "");
  }
  return fmt::format("[{}]", text);
}

Shape strides_of(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

Walk::Walk(const Shape& shape, const Shape& from)
    : shape_(shape), strides_(shape.size(), 0), at_(shape.size(), 0) {
  const Shape strides = strides_of(from);
  for (std::size_t back = 1; back <= from.size(); ++back)
    if (from[from.size() - back] != 1) strides_[shape.size() - back] = strides[from.size() - back];
}

void Walk::next() {
  for (std::size_t axis = shape_.size(); axis-- > 0;) {
    index_ += strides_[axis];
    if (++at_[axis] < shape_[axis]) return;
    index_ -= at_[axis] * strides_[axis];
    at_[axis] = 0;
  }
}

}  // namespace nwedge::network::onnx
