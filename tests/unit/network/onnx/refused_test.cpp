#include <gtest/gtest.h>

#include "nwedge/io/atomic_file.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/network/onnx/fixture.hpp"

/// What cannot be read is refused in one line that names the file, the node and what to do.
namespace nwedge::network {
namespace {

template <class... Parts>
void expect_refused(const std::string& name, const Parts&... parts) {
  SCOPED_TRACE(name);
  const std::filesystem::path path = test::onnx_files() / "refused" / (name + ".onnx");
  nwedge::test::expect_error([&] { read_onnx(path); }, name + ".onnx", parts...);
}

TEST(OnnxRefused, InputsAndOutputs) {
  expect_refused("two-inputs", "one input, has 2", "\"x\", \"z\"");
  expect_refused("tokens", "input \"x\" must be of floats");
  expect_refused("two-outputs", "one output, has 2", "\"y\", \"z\"");
  expect_refused("any-length", "input \"x\"", "fixed sizes", "[-1, 6]");
  expect_refused("not-of-the-input", "must depend on the input");
  expect_refused("no-weights", "must have weights");
}

TEST(OnnxRefused, Operators) {
  expect_refused("old-opset", "opset must be 11 to 21, is 9", "opset_version=20");
  expect_refused("new-opset", "opset must be 11 to 21, is 26");
  expect_refused("recurrent", "LSTM \"LSTM y\"", "feed-forward");
  expect_refused("branch", "If \"If y\"", "export with dynamo=True and fixed sizes");
  expect_refused("random", "RandomUniformLike", "model.eval()");
  expect_refused("other-domain", "Gelu \"g\"", "domain \"com.microsoft\"");
}

TEST(OnnxRefused, ValuesThatDoNotFit) {
  expect_refused("mixes-examples", "ReduceMean", "axis 0", "counts examples");
  expect_refused("mixes-by-reshape", "Reshape", "from [N, 6] to [6, N] mixes examples");
  expect_refused("reshape-too-large", "a value of shape [N, 6] cannot take shape [-1, 5]");
  expect_refused("missing-value", "MatMul", "\"z\" comes from no node before");
  expect_refused("does-not-fit", "linear \"MatMul y\"");
  expect_refused("not-finite", "weights must be finite, \"w\" is not");
  expect_refused("huge-constant", "Range \"Range r\"", "2^52");
}

TEST(OnnxRefused, ArraysWhoseSizesLie) {
  expect_refused("short-array", "array \"w\"", "needs 30 entries, the file holds 1");
  expect_refused("huge-array", "array \"w\"", "[1099511627776, 1099511627776]");
  expect_refused("length", "needs 120 bytes of external data, the file says 8");
}

TEST(OnnxRefused, ExternalDataOutsideOfTheFolder) {
  expect_refused("outside", "must lie in the folder", "../mlp-dynamo-train-any.onnx.data");
  expect_refused("absolute", "must lie in the folder", "/etc/passwd");
  expect_refused("absent", "\"absent.data\" is not there");
}

TEST(OnnxRefused, ExternalDataThatAreTooShortOrALink) {
  const nwedge::test::TemporaryFolder folder;
  const std::string name = "mlp-dynamo-train-any.onnx";
  const auto model = io::read_bytes(test::onnx_files() / name);
  auto data = io::read_bytes(test::onnx_files() / (name + ".data"));
  const auto path = folder.write(name, model);
  folder.write(name + ".data", data);
  EXPECT_EQ(read_onnx(path).weights, read_onnx(test::onnx_files() / name).weights);
  data.pop_back();
  folder.write(name + ".data", data);
  nwedge::test::expect_error([&] { read_onnx(path); }, "are asked for, the file has");
  std::filesystem::remove(folder / (name + ".data"));
  std::filesystem::create_symlink(test::onnx_files() / (name + ".data"), folder / (name + ".data"));
  nwedge::test::expect_error([&] { read_onnx(path); }, "must lie in the folder");
}

TEST(OnnxRefused, BytesThatAreNoModel) {
  const std::vector<std::uint8_t> text = {'h', 'e', 'l', 'l', 'o'};
  nwedge::test::expect_error([&] { parse_onnx(text, "a.onnx", "."); }, "[a.onnx] must be an ONNX file");
  nwedge::test::expect_error([&] { parse_onnx({}, "a.onnx", "."); }, "[a.onnx] must be an ONNX file");
}

TEST(OnnxRefused, DataOfAnotherShape) {
  const auto path = test::onnx_files() / "conv1d-script-eval-any.onnx";
  nwedge::test::expect_error(
      [&] {
        read_onnx(path, {2, 12, 2});
      },
      "examples of shape [2, 24], the data have [2, 12, 2]");
}

}  // namespace
}  // namespace nwedge::network
