#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "nwedge/core/options.hpp"
#include "nwedge/network/data/augmentation.hpp"
#include "nwedge/network/losses/loss_options.hpp"

namespace nwedge::network {

/// How a network is measured, and what training changes about it.
struct NetworkOptions {
  /// What normalises a network with batch normalisation where it is not trained. (In training it is always
  /// the minibatch.) Gradients and Hessians of a split hold the statistics still. "recompute": the statistics
  /// of the first `statistics_examples` training examples at the very point, layer by layer; what a point
  /// that nobody trained needs (averages, sections, paths). "stored": those that came with the weights, at
  /// every point; what a single checkpoint needs.
  std::string statistics = "recompute";
  std::int64_t statistics_examples = 512;
  /// Evaluations make convolutions with fewer multiplications (Winograd), which round more: losses move by
  /// less than 1e-5 of themselves. Gradients and Hessians never do, but
  /// for the statistics of batch normalisation, which come from evaluations.
  bool fast_convolutions = true;
  LossOptions loss = {};                  ///< labels are smoothed in training alone
  AugmentationOptions augmentation = {};  ///< of training images

  void visit_function(OptionVisitor& visitor);  ///< what its loss at a point depends on
  void visit(OptionVisitor& visitor);           ///< and what training does
};

}  // namespace nwedge::network
