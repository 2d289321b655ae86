#include "nwedge/io/foreign_file.hpp"

#include <gtest/gtest.h>

#include "nwedge/io/safetensors.hpp"
#include "tests/support/expect_error.hpp"

namespace nwedge::io {
namespace {

using namespace std::string_literals;
using test::expect_error;

/// What reading these bytes as safetensors says holds all parts, on a line of at most 290 bytes.
template <class... Parts>
void expect_named(std::string text, const Parts&... parts) {
  text.append(100, 'x');
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  const auto read = [&] { parse_safetensors(bytes, "some/folder/w.bin"); };
  expect_error(read, "[some/folder/w.bin]", parts...);
  EXPECT_LE(foreign_file(bytes, "some/folder/w.bin").size(), 270u);
}

std::string archive(const std::string& name) {
  return "PK\x03\x04"s + std::string(22, '\0') + static_cast<char>(name.size()) + "\0\0\0"s + name;
}

TEST(ForeignFile, IsNamedWithThePythonThatConvertsIt) {
  expect_named(archive("archive/data.pkl"), "a PyTorch file",
               "d = torch.load('some/folder/w.bin', 'cpu'); s.save_file(d.get('state_dict', d), "
               "'some/folder/w.safetensors')");
  expect_named("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"s, "a PyTorch file", "torch.load");
  expect_named("\x80\x04\x95\x10\0\0\0\0\0\0\0"s, "a Python pickle", "pickle.load(open('some/folder/w.bin'");
  expect_named(archive("train_images.npy"), "NumPy arrays (npz)", "dict(n.load('some/folder/w.bin'))");
  expect_named("\x93NUMPY\x01\0"s, "a NumPy array", "{'points': n.load(");
  expect_named("\x08\x07\x12\x07pytorch"s, "an ONNX model", "onnx.load('some/folder/w.bin')");
  expect_named("\x89HDF\r\n\x1a\n"s, "an HDF5 file", "h5py.File('some/folder/w.bin')");
  expect_named("GGUF\x03\0\0\0"s, "a GGUF file", "gguf.GGUFReader('some/folder/w.bin')");
  expect_named("version https://git-lfs.github.com/spec/v1\n"s, "a pointer of Git LFS");
  expect_named("<!DOCTYPE html>"s, "a web page");
  expect_named("\x1f\x8b\x08\0\0\0\0\0\0"s, "compressed with gzip");
  expect_named(archive("w/version") + "w/data.pkl", "a PyTorch file", "torch.load");
  expect_named(archive("word/document.xml"), "a zip archive");
  expect_named(archive("META-INF/"), "a zip archive");
}

TEST(ForeignFile, OtherBytesAreNotGuessedAt) {
  const std::vector<std::uint8_t> bytes = {7, 0, 0, 0, 0, 0, 0, 0, '{', '}'};
  EXPECT_EQ(foreign_file(bytes, "f"), "");
  EXPECT_EQ(foreign_file({}, "f"), "");
  const std::vector<std::uint8_t> torn = {'P', 'K', 3, 4};
  EXPECT_NE(foreign_file(torn, "f").find("a zip archive"), std::string::npos);
}

TEST(ForeignFile, APathThatPythonWouldMisreadIsLeftOut) {
  const std::vector<std::uint8_t> bytes = {'G', 'G', 'U', 'F'};
  EXPECT_NE(foreign_file(bytes, "it's.gguf").find("GGUFReader('IN')"), std::string::npos);
  EXPECT_NE(foreign_file(bytes, std::string(200, 'a')).find("GGUFReader('IN')"), std::string::npos);
}

}  // namespace
}  // namespace nwedge::io
