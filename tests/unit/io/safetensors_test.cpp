#include "nwedge/io/safetensors.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>

#include "nwedge/io/atomic_file.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::io {
namespace {

using test::expect_error;
using test::TemporaryFolder;

std::vector<std::uint8_t> file_of(const std::string& header, const std::vector<std::uint8_t>& data) {
  std::vector<std::uint8_t> bytes(8);
  const std::uint64_t size = header.size();
  std::memcpy(bytes.data(), &size, 8);
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

TensorFile parse(const std::string& header, const std::vector<std::uint8_t>& data = {}) {
  return parse_safetensors(file_of(header, data), "place");
}

TEST(Safetensors, GivesBackWhatWasWritten) {
  const TemporaryFolder folder;
  const auto path = folder / "file.safetensors";
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<Tensor> tensors = {
      {"float", {2, 3}, std::vector<float>{1, -2.5f, 3e38f, nan, -0.0f, 1e-40f}},
      {"double", {2}, std::vector<double>{0.1, -1e300}},
      {"long", {1, 2, 1}, std::vector<std::int64_t>{-1, std::int64_t{1} << 40}},
      {"int", {3}, std::vector<std::int32_t>{-7, 0, 7}},
      {"byte", {2}, std::vector<std::uint8_t>{0, 255}},
      {"one number", {}, std::vector<double>{42}},
      {"nothing", {0, 5}, std::vector<float>{}},
  };
  write_safetensors(path, tensors, {{"key", "a \"quoted\" value\n"}});
  const TensorFile file = read_safetensors(path);
  EXPECT_EQ(file.metadata.at("key"), "a \"quoted\" value\n");
  ASSERT_EQ(file.tensors.size(), tensors.size());
  for (const Tensor& expected : tensors) {
    const Tensor* found = file.find(expected.name);
    ASSERT_NE(found, nullptr) << expected.name;
    EXPECT_EQ(found->shape, expected.shape);
    EXPECT_EQ(found->values.index(), expected.values.index());
    if (expected.name != "float") {
      EXPECT_EQ(found->values, expected.values);
    }
  }
  const auto& floats = std::get<std::vector<float>>(file.find("float")->values);
  EXPECT_TRUE(std::isnan(floats[3]));
  EXPECT_TRUE(std::signbit(floats[4]));
  EXPECT_EQ(floats[5], 1e-40f);
  EXPECT_EQ(file.find("absent"), nullptr);
}

TEST(Safetensors, DataAreAligned) {
  const TemporaryFolder folder;
  for (const char* name : {"a", "ab", "abc", "abcdefgh"}) {
    write_safetensors(folder / "f", std::vector<Tensor>{{name, {1}, std::vector<float>{1}}});
    EXPECT_EQ(read_bytes(folder / "f").size() % 8, 4u);
  }
}

TEST(Safetensors, HalfPrecisionIsConverted) {
  const TensorFile half = parse(R"({"h":{"dtype":"F16","shape":[5],"data_offsets":[0,10]}})",
                                {0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0x00, 0x7c, 0xff, 0x7b});
  EXPECT_EQ(std::get<std::vector<float>>(half.tensors[0].values),
            (std::vector<float>{1, -2, 0x1p-24f, std::numeric_limits<float>::infinity(), 65504}));
  const TensorFile brain =
      parse(R"({"b":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}})", {0x80, 0x3f, 0x00, 0xc0});
  EXPECT_EQ(std::get<std::vector<float>>(brain.tensors[0].values), (std::vector<float>{1, -2}));
}

TEST(Safetensors, ALyingHeaderIsAnError) {
  expect_error([] { parse_safetensors(std::vector<std::uint8_t>(7), "place"); }, "[place]",
               "at least 8 bytes", "has 7");
  expect_error([] { parse_safetensors(std::vector<std::uint8_t>(12, 0xff), "place"); }, "header claims",
               "has 4");
  expect_error([] { parse("{"); }, "the header must be JSON", "its byte");
  expect_error([] { parse("[]"); }, "must be a JSON object");
  expect_error([] { parse(R"({"a":1})"); }, "tensor \"a\"", "needs dtype, shape");
  expect_error([] { parse(R"({"a":{"dtype":"F8","shape":[],"data_offsets":[0,1]}})", {0}); },
               "element type F8");
  expect_error([] { parse(R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", {0}); },
               "shape must hold");
  expect_error([] { parse(R"({"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}})", {0}); },
               "shape must hold");
  expect_error([] { parse(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,1]}})", {0}); }, "need 2 bytes",
               "give 1");
  expect_error([] { parse(R"({"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}})", {0}); },
               "0..9 must lie within the 1 bytes");
  expect_error([] { parse(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[1,0]}})", {0}); },
               "1..0 must lie within");
  expect_error(
      [] { parse(R"({"a":{"dtype":"F64","shape":[4611686018427387904,16],"data_offsets":[0,1]}})", {0}); },
      "shape is too large");
  expect_error([] { parse(R"({"a":{"dtype":"U8","shape":[0,18446744073709551615],"data_offsets":[0,0]}})"); },
               "shape is too large");
  expect_error([] { parse(R"({"__metadata__":{"k":1}})"); }, "__metadata__ \"k\"");
}

TEST(Safetensors, GapsOverlapsAndDoubledNamesAreErrors) {
  const auto two = [](const std::string& first, const std::string& second, std::size_t size) {
    parse(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)" + first +
              R"(},"b":{"dtype":"U8","shape":[2],"data_offsets":)" + second + "}}",
          std::vector<std::uint8_t>(size));
  };
  two("[0,2]", "[2,4]", 4);
  two("[2,4]", "[0,2]", 4);
  expect_error([&] { two("[0,2]", "[3,5]", 5); }, "\"b\" begins at byte 3", "must begin at 2");
  expect_error([&] { two("[0,2]", "[1,3]", 3); }, "\"b\" begins at byte 1", "must begin at 2");
  expect_error([&] { two("[0,2]", "[2,4]", 5); }, "hold 4 bytes", "5 bytes of data");
  const std::string entry = R"("a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  expect_error([&] { parse("{" + entry + "," + entry + "}"); }, "\"a\" appears twice");
}

std::string many_tensors(int count) {
  std::string header = "{";
  for (int i = 0; i < count; ++i)
    header +=
        (i == 0 ? "\"" : ",\"") + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  return header + "}";
}

double seconds_to_parse(const std::string& header) {
  const auto begin = std::chrono::steady_clock::now();
  parse(header);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

TEST(Safetensors, ManyTensorsTakeLinearTime) {
  const double few = seconds_to_parse(many_tensors(4000));
  EXPECT_EQ(parse(many_tensors(40000)).tensors.size(), 40000u);
  EXPECT_LT(seconds_to_parse(many_tensors(40000)), 40 * few + 1);  // quadratic: 100 times, tens of seconds
  const TemporaryFolder folder;
  std::vector<Tensor> tensors;
  for (int i = 0; i < 40000; ++i) tensors.push_back({std::to_string(i), {1}, std::vector<std::uint8_t>{1}});
  const auto begin = std::chrono::steady_clock::now();
  write_safetensors(folder / "f", tensors);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
  EXPECT_EQ(read_safetensors(folder / "f").tensors.size(), 40000u);
}

TEST(Safetensors, DeepAndLongHeadersAreRefusedBeforeTheyTakeMemory) {
  const std::string deep(1'000'000, '[');
  expect_error([&] { parse(R"({"a":)" + deep); }, "nested at most 3 deep");
  expect_error([&] { parse(deep); }, "nested at most 3 deep");
  std::string wide = R"({"a":{"dtype":"U8","shape":[0)";
  for (int i = 0; i < 100'000; ++i) wide += ",0";
  expect_error([&] { parse(wide + R"(],"data_offsets":[0,0]}})"); }, "tensor \"a\"", "at most 64 values");
  expect_error([&] { parse_safetensors(file_of(std::string(40'000'000, ' '), {}), "place"); },
               "the header must have at most 32000000 bytes");
}

TEST(Safetensors, MetadataThatAreNoUtf8DoNotCostTheNumbers) {
  const TemporaryFolder folder;
  write_safetensors(folder / "f", std::vector<Tensor>{{"a", {1}, std::vector<float>{7}}},
                    {{"data", "caf\xe9"}});
  const TensorFile file = read_safetensors(folder / "f");
  EXPECT_EQ(file.metadata.at("data"), "caf\xef\xbf\xbd");
  EXPECT_EQ(std::get<std::vector<float>>(file.tensors[0].values), std::vector<float>{7});
}

TEST(Safetensors, AWildNameDoesNotBreakTheLine) {
  expect_error([] { parse(R"({"a\nb\u001b":1})"); }, "tensor \"a?b?\"");
}

TEST(Safetensors, EveryTruncationIsAnError) {
  const TemporaryFolder folder;
  write_safetensors(folder / "f", std::vector<Tensor>{{"a", {3}, std::vector<float>{1, 2, 3}},
                                                      {"b", {2}, std::vector<std::int64_t>{1, 2}}});
  const std::vector<std::uint8_t> bytes = read_bytes(folder / "f");
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(parse_safetensors(std::span(bytes).first(size), "place"), Error) << size;
}

TEST(Safetensors, WritingWhatCannotBeIsABug) {
  const TemporaryFolder folder;
  EXPECT_THROW(write_safetensors(folder / "f", std::vector<Tensor>{{"a", {2}, std::vector<float>{1}}}),
               std::logic_error);
  EXPECT_THROW(write_safetensors(folder / "f", std::vector<Tensor>{{"a", {1}, std::vector<float>{1}},
                                                                   {"a", {1}, std::vector<float>{1}}}),
               std::logic_error);
  EXPECT_FALSE(std::filesystem::exists(folder / "f"));
}

}  // namespace
}  // namespace nwedge::io
