#include "nwedge/experiment/parameter_blocks.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

#include "nwedge/core/error.hpp"
#include "nwedge/core/vectors.hpp"

namespace nwedge::experiment {
namespace {

constexpr std::size_t kNamesShown = 6;

bool matches(const std::string& pattern, const std::string& name) {
  return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

std::string names_of(std::span<const ParameterTensor> tensors) {
  std::string text;
  for (std::size_t i = 0; i < std::min(tensors.size(), kNamesShown); ++i)
    text += fmt::format("{}{}", i > 0 ? ", " : "", tensors[i].name);
  return tensors.size() > kNamesShown ? fmt::format("{}, … ({} in all)", text, tensors.size()) : text;
}

std::string layer_of(const std::string& name) { return name.substr(0, name.rfind('.')); }

}  // namespace

std::int64_t ParameterBlock::size() const {
  std::int64_t size = 0;
  for (const ParameterTensor& tensor : tensors) size += tensor.count;
  return size;
}

void ParameterBlock::gather(std::span<const float> full, std::span<float> block) const {
  auto to = block.begin();
  for (const ParameterTensor& tensor : tensors)
    to = std::copy_n(full.begin() + tensor.offset, tensor.count, to);
}

void ParameterBlock::scatter(std::span<const float> block, std::span<float> full) const {
  auto from = block.begin();
  for (const ParameterTensor& tensor : tensors) {
    std::copy_n(from, tensor.count, full.begin() + tensor.offset);
    from += tensor.count;
  }
}

double ParameterBlock::dot(std::span<const float> a, std::span<const float> b) const {
  double sum = 0;
  for (const ParameterTensor& tensor : tensors) {
    const auto begin = static_cast<std::size_t>(tensor.offset);
    const auto count = static_cast<std::size_t>(tensor.count);
    sum += nwedge::dot(a.subspan(begin, count), b.subspan(begin, count));
  }
  return sum;
}

ParameterBlock matching_block(std::span<const ParameterTensor> tensors, std::span<const std::string> patterns,
                              std::string_view place) {
  if (tensors.empty())
    throw Error(place, "this landscape does not name its tensors: leave parameters and blocks out");
  for (const std::string& pattern : patterns)
    if (std::none_of(tensors.begin(), tensors.end(),
                     [&](const ParameterTensor& tensor) { return matches(pattern, tensor.name); }))
      throw Error(place,
                  fmt::format("parameters \"{}\" match no tensor; there are {}", pattern, names_of(tensors)));
  ParameterBlock block;
  for (const ParameterTensor& tensor : tensors)
    if (patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
          return matches(pattern, tensor.name);
        }))
      block.tensors.push_back(tensor);
  return block;
}

std::vector<ParameterBlock> parts_of(const ParameterBlock& block, std::string_view kind) {
  std::vector<ParameterBlock> parts;
  for (const ParameterTensor& tensor : block.tensors) {
    const std::string name = kind == "layers" ? layer_of(tensor.name) : tensor.name;
    const auto same = std::find_if(parts.begin(), parts.end(),
                                   [&](const ParameterBlock& part) { return part.name == name; });
    (same == parts.end() ? parts.emplace_back(ParameterBlock{name, {}}) : *same).tensors.push_back(tensor);
  }
  return parts;
}

DiagonalBlock::DiagonalBlock(spectrum::OperatorReference matrix, const ParameterBlock& block)
    : matrix_(matrix),
      block_(block),
      rows_(block.size()),
      vector_(static_cast<std::size_t>(matrix.rows())),
      product_(static_cast<std::size_t>(matrix.rows())) {}

void DiagonalBlock::multiply(std::span<const float> vector, std::span<float> product) {
  block_.scatter(vector, vector_);
  matrix_.multiply(vector_, product_);
  block_.gather(product_, product);
}

}  // namespace nwedge::experiment
