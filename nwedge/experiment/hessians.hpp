#pragma once
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "nwedge/curvature.hpp"
#include "nwedge/experiment/experiment.hpp"
#include "nwedge/spectrum/trace.hpp"

namespace nwedge::experiment {

/// The landscape under study with fewer training examples: what makes Hessians affordable.
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

/// Training examples that `SmallerLandscape` would use, at least 1; for prices.
double examples_used(const Landscape& landscape, std::int64_t examples);

nlohmann::json to_json(const spectrum::Estimate& estimate);  ///< {value, standard-error}

}  // namespace nwedge::experiment
