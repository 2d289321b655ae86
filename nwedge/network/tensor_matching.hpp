#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/io/safetensors.hpp"
#include "nwedge/network/graph/graph.hpp"

namespace nwedge::network {

/// How the tensors of a file are told from one another: "names", as in the state_dict of the equivalent
/// PyTorch module, or "order", by their shapes and their order.
inline constexpr std::string_view kMatches[] = {"names", "order"};

/// Which tensor of a file is which of a graph's.
struct TensorMatching {
  std::vector<const io::Tensor*> tensors;  ///< of each of the graph's tensors
  std::vector<const io::Tensor*> buffers;  ///< of each of the graph's buffers; null: not in the file
  std::vector<std::string> prefixes;       ///< that names of the file had before them
};

/// Matches by name. The prefixes that wrappers of modules add ("module.", "_orig_mod.", "model.", "network.",
/// nested ones too) are taken off names that are not the graph's, and counters ("num_batches_tracked",
/// "n_averaged") are left out. Every tensor must be there, and no other; buffers may be missing. An `Error`
/// at `place` names what is missing, what the file holds and the nearest name.
TensorMatching match_by_names(const Graph& graph, const io::TensorFile& file, std::string_view place);

/// Matches tensors of the same shape in the same order, whatever their names; where they end in weight, bias,
/// running_mean or running_var, only those of the same end. A file whose names are sorted, as Python's
/// writers leave it, has lost the order of the modules: it is then that of the names, with numbers in them by
/// their value. An `Error` at `place` says where graph and file differ.
TensorMatching match_by_order(const Graph& graph, const io::TensorFile& file, std::string_view place);

}  // namespace nwedge::network
