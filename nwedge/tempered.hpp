#pragma once
#include <limits>
#include <span>
#include <vector>

#include "nwedge/landscape.hpp"

namespace nwedge {

/// A point's metrics beside its loss after the best temperature.
struct TemperedMetrics {
  Metrics metrics;  ///< at temperature 1
  /// inf over T > 0 of the mean cross-entropy of logits / T: what a scale of the weights cannot change where
  /// the logits only scale with it. At most metrics.loss; 0 where every label has the greatest logit alone.
  double loss = std::numeric_limits<double>::quiet_NaN();
  double inverse_temperature = std::numeric_limits<double>::quiet_NaN();  ///< 1 / T there; 0: T is infinite
};

/// A landscape whose loss is the cross-entropy of logits.
class Tempered {
 public:
  virtual ~Tempered() = default;
  virtual bool has_temperature() const { return true; }  ///< false: its loss is another after all
  /// Of P points [P, D]; `metrics` bit for bit as `evaluate_many` gives them. Cost: that of `evaluate_many`
  /// and about ten passes over the logits.
  virtual std::vector<TemperedMetrics> evaluate_tempered(std::span<const float> points,
                                                         Split split) const = 0;
};

/// The landscape with its temperature; null where it has none.
inline const Tempered* tempered_of(const Landscape& landscape) {
  const auto* tempered = dynamic_cast<const Tempered*>(&landscape);
  return tempered != nullptr && tempered->has_temperature() ? tempered : nullptr;
}

}  // namespace nwedge
