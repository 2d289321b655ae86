#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/parameter_group.hpp"
#include "nwedge/spectrum/operator.hpp"

namespace nwedge::experiment {

/// Some of a landscape's tensors, as one block of the flat vector.
struct ParameterBlock {
  std::string name;
  std::vector<ParameterTensor> tensors;

  std::int64_t size() const;
  /// The block's entries of `full` [D] side by side, and back into place.
  void gather(std::span<const float> full, std::span<float> block) const;
  void scatter(std::span<const float> block, std::span<float> full) const;
  /// The inner product of two vectors [D] over the block's entries.
  double dot(std::span<const float> a, std::span<const float> b) const;
};

/// The tensors whose names match one of `patterns` (as a shell's: * ? []). An `Error` at `place` where there
/// are no names, or where a pattern matches none.
ParameterBlock matching_block(std::span<const ParameterTensor> tensors, std::span<const std::string> patterns,
                              std::string_view place);

/// The block cut into its "tensors", or into "layers": tensors whose names agree up to the last dot.
std::vector<ParameterBlock> parts_of(const ParameterBlock& block, std::string_view kind);

/// The diagonal block of a symmetric matrix H [D, D]: v -> (H v)_b with v 0 outside of the block. Refers to
/// both. A product costs one of H.
class DiagonalBlock {
 public:
  DiagonalBlock(spectrum::OperatorReference matrix, const ParameterBlock& block);

  std::int64_t rows() const { return rows_; }
  void multiply(std::span<const float> vector, std::span<float> product);

 private:
  spectrum::OperatorReference matrix_;
  const ParameterBlock& block_;
  std::int64_t rows_;
  std::vector<float> vector_;
  std::vector<float> product_;
};

}  // namespace nwedge::experiment
