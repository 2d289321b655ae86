#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "nwedge/core/options.hpp"
#include "nwedge/network/data/data_set.hpp"
#include "nwedge/network/losses/loss.hpp"

namespace nwedge::network {

/// Which loss a network is trained and measured with.
struct LossOptions {
  /// "cross-entropy" (labels), "mean-squared" (targets) or "binary-cross-entropy" (two classes, or targets in
  /// [0, 1]).
  std::string loss = "cross-entropy";
  double label_smoothing = 0;  ///< in [0, 1]; of cross-entropy

  void visit_function(OptionVisitor& visitor);  ///< loss: what is measured
  void visit(OptionVisitor& visitor);
  /// Throws unless every field is in range and belongs to the loss.
  void validate(std::string_view place) const;
};

/// The loss that `options` name, for the targets of `data`: its `outputs()` are what a network must give for
/// an example. Errors at `place`: the data have labels where the loss needs numbers or the other way round,
/// or numbers that are no targets of it.
std::unique_ptr<const Loss> make_loss(const LossOptions& options, const DataSet& data,
                                      std::string_view place = "loss");

}  // namespace nwedge::network
