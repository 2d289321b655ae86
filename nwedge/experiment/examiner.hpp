#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "nwedge/experiment/prediction_quality.hpp"
#include "nwedge/network/network.hpp"

namespace nwedge::experiment {

/// A network on consecutive parts of some examples, each twice as long as all before it: for questions that a
/// few examples often answer.
class Examiner {
 public:
  /// `data`: its training split is what statistics are recomputed from; its test split is cut into parts, the
  /// first of `first` examples.
  Examiner(const network::DataSet& data, const network::Model& model, const network::NetworkOptions& options,
           std::int64_t first);

  std::size_t parts() const { return parts_.size(); }
  std::int64_t examples() const { return static_cast<std::int64_t>(labels_.size()); }
  std::span<const std::int32_t> labels() const { return labels_; }
  std::int64_t classes() const { return parts_.front()->classes(); }
  const network::Network& network() const { return *parts_.front(); }

  /// Loss and hit of every example of one part.
  ExampleQuality quality(std::span<const float> point, std::size_t part) const;
  /// Of all examples.
  std::vector<float> probabilities(std::span<const float> point) const;

 private:
  std::vector<std::int32_t> labels_;
  std::vector<std::unique_ptr<const network::Network>> parts_;
};

}  // namespace nwedge::experiment
