#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace nwedge {

/// Weights that belong together: the entries offset, offset + stride, … of the flat vector, `count` of them.
/// A filter or the weights of one output neuron, one bias vector, one scale or shift of a normalisation, one
/// learnt embedding.
struct ParameterGroup {
  enum class Kind { weight, bias, normalisation, embedding };

  std::int64_t offset = 0;
  std::int64_t count = 0;
  Kind kind = Kind::weight;
  std::int64_t stride = 1;

  std::size_t entry(std::int64_t i) const { return static_cast<std::size_t>(offset + i * stride); }
};

/// A tensor of weights by its name: the entries offset, …, offset + count - 1.
struct ParameterTensor {
  std::string name;
  std::int64_t offset = 0;
  std::int64_t count = 0;
};

/// ||x_g|| of the entries of a group.
double group_norm(std::span<const float> values, const ParameterGroup& group);
/// x_g <- factor x_g, in double and rounded once.
void scale_group(std::span<float> values, const ParameterGroup& group, double factor);

}  // namespace nwedge
