#include "nwedge/io/tensor_item.hpp"

#include <cstring>

namespace nwedge::io {
namespace {

struct Head {
  std::string name;
  std::vector<std::int64_t> shape;
  std::int64_t type = 0;  // of `Tensor::Values`

  void visit(FieldVisitor& visitor) {
    visitor.field("name", name, "of the array");
    visitor.field("shape", shape, "of the array");
    visitor.field("type", type, "of its elements");
  }
};

/// Values of the type-th alternative of `Tensor::Values`.
template <std::size_t kType = 0>
Tensor::Values values_of(std::size_t type, std::span<const std::uint8_t> bytes) {
  if constexpr (kType < std::variant_size_v<Tensor::Values>) {
    if (type != kType) return values_of<kType + 1>(type, bytes);
    std::variant_alternative_t<kType, Tensor::Values> values;
    values.resize(bytes.size() / sizeof(values[0]));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(values[0]));
    return values;
  } else {
    throw std::out_of_range("an item's array has no such type");
  }
}

}  // namespace

void put(ItemWriter& item, const Tensor& tensor) {
  item.put_result(Head{tensor.name, tensor.shape, static_cast<std::int64_t>(tensor.values.index())});
  std::visit(
      [&](const auto& values) {
        item.put_bytes(
            {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(values[0])});
      },
      tensor.values);
}

Tensor tensor_of(ItemReader& item) {
  auto head = item.result<Head>();
  return {std::move(head.name), std::move(head.shape),
          values_of(static_cast<std::size_t>(head.type), item.bytes())};
}

}  // namespace nwedge::io
