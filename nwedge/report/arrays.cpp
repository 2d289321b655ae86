#include "nwedge/report/arrays.hpp"

#include <algorithm>

#include "nwedge/core/base64.hpp"

namespace nwedge::report {
namespace {

std::int64_t product(const std::vector<std::int64_t>& shape) {
  std::int64_t size = 1;
  for (const std::int64_t length : shape) size *= length;
  return size;
}

/// The indices kept of an axis.
std::vector<std::int64_t> kept(std::int64_t length, std::int64_t limit) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(std::min(length, limit)));
  const std::int64_t last = static_cast<std::int64_t>(indices.size()) - 1;
  for (std::int64_t i = 0; i <= last; ++i)
    indices[static_cast<std::size_t>(i)] = length <= limit ? i : (i * (length - 1) + last / 2) / last;
  return indices;
}

/// Copies the kept indices of all axes, the last axis fastest.
template <class Values>
std::vector<float> gather(const Values& values, const std::vector<std::int64_t>& shape, std::int64_t limit,
                          std::vector<std::int64_t>& thinned) {
  std::vector<std::int64_t> offsets = {0};
  for (const std::int64_t length : shape) {
    const std::vector<std::int64_t> indices = kept(length, limit);
    std::vector<std::int64_t> next;
    next.reserve(offsets.size() * indices.size());
    for (const std::int64_t offset : offsets)
      for (const std::int64_t index : indices) next.push_back(offset * length + index);
    offsets = std::move(next);
    thinned.push_back(static_cast<std::int64_t>(indices.size()));
  }
  std::vector<float> drawn;
  drawn.reserve(offsets.size());
  for (const std::int64_t offset : offsets)
    drawn.push_back(static_cast<float>(values[static_cast<std::size_t>(offset)]));
  return drawn;
}

bool holds_weights(const io::Tensor& tensor) {
  return tensor.name.rfind("points.", 0) == 0 ||
         (tensor.shape.size() > 1 && std::any_of(tensor.shape.begin(), tensor.shape.end(),
                                                 [](auto length) { return length > kWeightAxis; }));
}

std::string base64_of(std::span<const float> values) {
  return base64({reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes()});
}

}  // namespace

DrawnArray thin(const io::Tensor& tensor, std::int64_t axis_limit) {
  DrawnArray array{tensor.name, tensor.shape, {}, {}};
  if (holds_weights(tensor)) return array;
  std::visit(
      [&](const auto& values) { array.values = gather(values, tensor.shape, axis_limit, array.shape); },
      tensor.values);
  return array;
}

DrawnArray thin(const DrawnArray& array, std::int64_t axis_limit) {
  DrawnArray thinner{array.name, array.whole, {}, {}};
  thinner.values = gather(array.values, array.shape, axis_limit, thinner.shape);
  return thinner;
}

std::int64_t fit(std::vector<std::vector<DrawnArray>>& cells, std::int64_t axis_limit,
                 std::int64_t most_values) {
  const auto total = [&] {
    std::int64_t sum = 0;
    for (const auto& cell : cells)
      for (const DrawnArray& array : cell) sum += static_cast<std::int64_t>(array.values.size());
    return sum;
  };
  while (total() > most_values && axis_limit > 16) {
    axis_limit /= 2;
    for (auto& cell : cells)
      for (DrawnArray& array : cell)
        if (!array.values.empty()) array = thin(array, axis_limit);
  }
  return axis_limit;
}

nlohmann::json pack(std::span<const DrawnArray> arrays) {
  nlohmann::json packed = nlohmann::json::object();
  for (const DrawnArray& array : arrays) {
    nlohmann::json& entry = packed[array.name] = {{"whole", array.whole}};
    if (array.values.empty() && product(array.whole) > 0) continue;
    entry["shape"] = array.shape;
    entry["data"] = base64_of(array.values);
  }
  return packed;
}

}  // namespace nwedge::report
