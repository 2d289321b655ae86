#include "nwedge/io/tensor_item.hpp"

#include <gtest/gtest.h>

namespace nwedge::io {
namespace {

TEST(TensorItem, KeepsNameShapeTypeAndBits) {
  const std::vector<Tensor> tensors = {
      {"points.a", {1, 2}, std::vector<float>{0.1F, -0.0F}},
      {"b", {}, std::vector<double>{1.0 / 3}},
      {"c", {0}, std::vector<std::int64_t>{}},
      {"d", {1}, std::vector<std::int32_t>{-7}},
      {"e", {3}, std::vector<std::uint8_t>{1, 2, 3}},
  };
  ItemWriter writer;
  for (const Tensor& tensor : tensors) put(writer, tensor);
  const Parts::Bytes item = writer.take();
  ItemReader reader(item);
  for (const Tensor& tensor : tensors) {
    const Tensor back = tensor_of(reader);
    EXPECT_EQ(back.name, tensor.name);
    EXPECT_EQ(back.shape, tensor.shape);
    EXPECT_TRUE(back.values == tensor.values) << tensor.name;
  }
  EXPECT_TRUE(reader.at_end());
}

}  // namespace
}  // namespace nwedge::io
