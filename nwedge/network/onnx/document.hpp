#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nwedge/network/onnx/array.hpp"

namespace nwedge::network::onnx {

using ArrayPointer = std::shared_ptr<const Array>;
using Setting = std::variant<std::int64_t, float, std::string, Integers, Floats, ArrayPointer>;

/// A node as the file has it. What is left out is an empty name.
struct FileNode {
  std::string op;
  std::string domain;
  std::string name;  ///< its first output's where it has none
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::map<std::string, Setting, std::less<>> settings;  ///< graphs and other kinds are not among them

  bool has_input(std::size_t i) const { return i < inputs.size() && !inputs[i].empty(); }
  bool has(std::string_view setting) const { return settings.contains(setting); }

  /// The setting, or `otherwise` where there is none of this kind.
  std::int64_t integer(std::string_view setting, std::int64_t otherwise) const;
  double number(std::string_view setting, double otherwise) const;
  std::string text(std::string_view setting, std::string_view otherwise) const;
  Integers integers(std::string_view setting, Integers otherwise) const;
};

/// An input or output of the network.
struct Port {
  std::string name;
  bool is_float = false;
  Shape shape;  ///< -1: any number
};

/// What an ONNX file holds, without protocol buffers.
struct Document {
  std::int64_t opset = 0;  ///< of the default domain
  std::vector<FileNode> steps;
  std::map<std::string, ArrayPointer, std::less<>> initialisers;
  std::vector<Port> inputs;  ///< those that no initialiser stands for
  std::vector<Port> outputs;
};

/// Reads the bytes of a file. Errors: no ONNX file; an opset outside of 11 to 21; more than 100,000 nodes;
/// an array whose size is not that of its shape; an element type that there is not.
Document parse_document(std::span<const std::uint8_t> bytes, const std::string& place,
                        const std::filesystem::path& folder);

}  // namespace nwedge::network::onnx
