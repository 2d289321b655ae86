#pragma once
#include <filesystem>
#include <string_view>

#include "nwedge/experiment/experiment.hpp"
#include "nwedge/io/safetensors.hpp"
#include "nwedge/network/weights.hpp"
#include "nwedge/study/store.hpp"

namespace nwedge::study {

/// Trains from the initial point of `seed`. The record holds the loss and accuracy of both ends on both
/// splits, the distance travelled, and the arrays
///   points.initial [D], points.optimum [D], points.trajectory [n, D] and trajectory-steps [n] (where
///   recorded), batch-losses [steps].
/// A training that leaves the finite numbers is an outcome with Failure::diverged.
Outcome train(const Landscape& landscape, const optimize::Options& options, std::uint64_t seed,
              Monitor& monitor);

/// The weights in a safetensors file, whose tensors are told apart by `match` ("names", "order"); an `Error`
/// when the landscape is no network or the file does not fit it.
network::State read_optimum(const Landscape& landscape, const std::filesystem::path& path,
                            std::string_view match);

/// Takes an optimum from a file instead. The record is that of a training of no steps from the initial point
/// of `seed`, which is a fresh one and not where these weights came from; `weights` names the file, `notes`
/// say what was not plain about it, and `matched` pairs the network's names with the file's where they were
/// matched by order.
Outcome take_optimum(const Landscape& landscape, const std::filesystem::path& path, std::string_view match,
                     std::uint64_t seed);

/// Adds to a result what is to be known of the landscape besides its options: `statistics`, what normalises a
/// network with batch normalisation where it is measured (`policy` and `examples` as its options say), and
/// `outside`, what another program said of its landscape. The page says it in words.
void add_facts(nlohmann::json& result, const Landscape& landscape);

/// The result of a training from the arrays of its record, bit for bit.
optimize::Result restore_training(const io::TensorFile& arrays, std::uint64_t seed, std::string_view place);

}  // namespace nwedge::study
