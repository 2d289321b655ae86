#include <gtest/gtest.h>

#include "tests/unit/network/onnx/fixture.hpp"

/// Every file gives the logits that onnxruntime (or PyTorch, for what was exported in training mode)
/// computes.
namespace nwedge::network {
namespace {

// Single precision in both programs, and sums in another order.
constexpr double kTolerance = 1e-5;

class OnnxLogits : public testing::TestWithParam<std::string> {};

TEST_P(OnnxLogits, AreThoseOfTheExporter) {
  const std::string path = test::onnx_files() / GetParam();
  const OnnxModel model = read_onnx(path + ".onnx");
  const test::Expected expected(path + ".safetensors");
  EXPECT_EQ(static_cast<std::int64_t>(model.weights.size()), model.graph.dimension);
  EXPECT_EQ(static_cast<std::int64_t>(model.buffers.size()), model.graph.buffer_size);
  if (GetParam().find("infinite") == std::string::npos) {  // the plain loops subtract infinities
    EXPECT_LT(test::difference(test::reference_logits(model, expected), expected.logits), kTolerance);
  }
  EXPECT_LT(test::difference(test::engine_logits(model, expected), expected.logits), kTolerance);
}

std::vector<std::string> paths() {
  std::vector<std::string> all = test::onnx_names("");
  for (const std::string& name : test::onnx_names("operators")) all.push_back("operators/" + name);
  return all;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name)
    if (c == '-' || c == '/') c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, OnnxLogits, testing::ValuesIn(paths()), test_name);

}  // namespace
}  // namespace nwedge::network
