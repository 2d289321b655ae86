#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nwedge/landscape.hpp"

namespace nwedge {

/// A landscape whose points assign class probabilities to examples: what averaging of predictions needs.
class Classifier {
 public:
  virtual ~Classifier() = default;
  virtual std::int64_t classes() const = 0;  ///< 0: none, as of a regression
  /// The true class of every example of a split, [N].
  virtual std::span<const std::int32_t> labels(Split split) const = 0;
  /// Softmax probabilities [N, classes] at a point, rows in the order of `labels`.
  virtual std::vector<float> probabilities(std::span<const float> point, Split split) const = 0;
};

/// The landscape as a classifier; null where it is none.
inline const Classifier* classifier_of(const Landscape& landscape) {
  const auto* classifier = dynamic_cast<const Classifier*>(&landscape);
  return classifier != nullptr && classifier->classes() > 0 ? classifier : nullptr;
}

}  // namespace nwedge
