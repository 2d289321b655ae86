#pragma once
#include <memory>
#include <string_view>

#include "nwedge/curvature.hpp"
#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// The landscape under study on at most `examples` examples of each split, a subset of its own: what makes
/// Hessians, and figures that need many evaluations, affordable.
class SmallerLandscape {
 public:
  /// `examples` 0: the landscape itself, and also when it has no more than that. An `Error` at `place` where
  /// the input cannot make variants.
  SmallerLandscape(const Input& input, std::int64_t examples, std::string_view place);

  const Landscape& landscape() const { return *landscape_; }
  /// The same with Hessian-vector products; an `Error` where it has none.
  const CurvedLandscape& curved() const;

 private:
  std::string place_;
  std::unique_ptr<Landscape> variant_;
  const Landscape* landscape_;
};

/// For prices, in losses of one example each (a landscape without examples counts as one): the training
/// examples that a `SmallerLandscape` would use, and those of one minibatch.
double examples_used(const Landscape& landscape, std::int64_t examples);
double batch_examples(const Landscape& landscape, std::int64_t batch_size);

}  // namespace nwedge::experiment
