#include "nwedge/io/foreign_file.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace nwedge::io {
namespace {

using std::string_view_literals::operator""sv;

/// What begins with `magic`, and how Python makes safetensors of it; {0}: the file, {1}: the new one.
struct Kind {
  std::string_view magic;
  std::string_view what;
  std::string_view python;
};

constexpr std::string_view kTorch =
    "import torch, safetensors.torch as s; d = torch.load('{0}', 'cpu'); s.save_file(d.get('state_dict', d), "
    "'{1}')";
constexpr std::string_view kNpz =
    "import numpy as n, safetensors.numpy as s; s.save_file(dict(n.load('{0}')), '{1}')";

// The first that fits is taken.
constexpr Kind kKinds[] = {
    {"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv, "a PyTorch file (before 1.6)", kTorch},
    {"\x93NUMPY"sv, "a NumPy array (npy)",
     "import numpy as n, safetensors.numpy as s; s.save_file({{'points': n.load('{0}')}}, '{1}')"},
    {"\x89HDF\r\n\x1a\n"sv, "an HDF5 file (Keras)",
     "import h5py, safetensors.numpy as s; d={{}}; h5py.File('{0}').visititems(lambda k,v: "
     "d.update({{k: v[()]}}) if hasattr(v,'shape') else None); s.save_file(d, '{1}')"},
    {"GGUF"sv, "a GGUF file",
     "import gguf, safetensors.numpy as s; s.save_file({{t.name: t.data for t in "
     "gguf.GGUFReader('{0}').tensors}}, '{1}')"},
    {"version https://git-lfs"sv, "a pointer of Git LFS, not the file itself", ""},
    {"<!DOCTYPE"sv, "a web page", ""},
    {"<!doctype"sv, "a web page", ""},
    {"<html"sv, "a web page", ""},
    {"\x1f\x8b"sv, "compressed with gzip", ""},
};

constexpr Kind kPickle = {
    "", "a Python pickle",
    "import pickle, safetensors.numpy as s; s.save_file(pickle.load(open('{0}','rb')), '{1}')"};
constexpr Kind kOnnx = {"", "an ONNX model",
                        "import onnx, onnx.numpy_helper as h, safetensors.numpy as s; s.save_file({{t.name: "
                        "h.to_array(t) for t in onnx.load('{0}').graph.initializer}}, '{1}')"};

/// An archive holds a PyTorch file or NumPy's arrays: its first entry tells by its name, or its list of
/// contents, which is at its end.
Kind archive(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<std::uint8_t>(text[i]));
  };
  const std::size_t length = text.size() < 30 ? 0 : byte(26) | byte(27) << 8;
  const std::string_view name = length == 0 ? "" : text.substr(30, length);
  if (name.ends_with(".npy")) return {"", "NumPy arrays (npz)", kNpz};
  const std::string_view contents = text.substr(text.size() - std::min<std::size_t>(text.size(), 1 << 20));
  if (name.ends_with("/data.pkl") || contents.find("/data.pkl") != std::string_view::npos)
    return {"", "a PyTorch file", kTorch};
  return {"", "a zip archive", ""};
}

/// A message of protocol buffers that begins with a small ir_version and the producer's name or the graph.
bool is_onnx(std::string_view text) {
  return text.size() > 3 && text[0] == 0x08 && text[1] > 0 && text[1] < 0x20 &&
         (text[2] == 0x12 || text[2] == 0x3a || text[2] == 0x42);
}

bool is_pickle(std::string_view text) {
  return text.size() > 2 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5;
}

Kind recognise(std::string_view text) {
  for (const Kind& kind : kKinds)
    if (text.starts_with(kind.magic)) return kind;
  if (text.starts_with("PK\x03\x04"sv)) return archive(text);
  if (is_pickle(text)) return kPickle;
  if (is_onnx(text)) return kOnnx;
  return {};
}

/// Whether a path can stand in a line of Python, and leaves room for the rest of the line.
bool is_plain(std::string_view path) {
  return path.size() <= 40 && std::all_of(path.begin(), path.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("._-/+").find(c) != std::string_view::npos;
         });
}

}  // namespace

std::string foreign_file(std::span<const std::uint8_t> bytes, std::string_view place) {
  const Kind kind = recognise({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (kind.what.empty()) return "";
  if (kind.python.empty()) return fmt::format("must be a safetensors file, is {}", kind.what);
  const std::string_view from = is_plain(place) ? place : "IN";
  const std::string_view stem = from.substr(0, std::min(from.rfind('.'), from.size()));
  const std::string to =
      from == "IN" || stem.empty() ? "OUT.safetensors" : std::string(stem) + ".safetensors";
  return fmt::format("must be safetensors, is {}; in Python: {}", kind.what,
                     fmt::format(fmt::runtime(kind.python), from, to));
}

}  // namespace nwedge::io
