#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "nwedge/experiment/prediction_quality.hpp"
#include "nwedge/network/network.hpp"

namespace nwedge::experiment {

/// A classifier known by its predictions alone.
struct Predictor {
  std::int64_t classes = 0;
  std::vector<std::int32_t> labels;  ///< of the test examples, in [0, classes)
  /// Class probabilities [n, classes] of the test examples with these n indices, at a point. Called by one
  /// thread at a time.
  std::function<std::vector<float>(std::span<const float> point, std::span<const std::int64_t> examples)>
      probabilities;
};

/// A classifier on consecutive parts of some examples, each twice as long as all before it: for questions
/// that a few examples often answer. Safe from several threads.
class Examiner {
 public:
  /// The first part has `first` examples.
  Examiner(std::vector<std::int32_t> labels, std::int64_t classes, std::int64_t first);
  virtual ~Examiner() = default;

  std::size_t parts() const { return ends_.size(); }
  std::int64_t examples() const { return static_cast<std::int64_t>(labels_.size()); }
  std::span<const std::int32_t> labels() const { return labels_; }
  std::int64_t classes() const { return classes_; }
  /// The network, where it is one: its units are known, and its training examples.
  virtual const network::Network* network() const { return nullptr; }

  /// Loss and hit of every example of one part.
  ExampleQuality quality(std::span<const float> point, std::size_t part) const;
  /// Of all examples, [N, classes].
  std::vector<float> probabilities(std::span<const float> point) const;

 protected:
  std::int64_t begin_of(std::size_t part) const { return part == 0 ? 0 : ends_[part - 1]; }
  std::int64_t end_of(std::size_t part) const { return ends_[part]; }

 private:
  virtual std::vector<float> do_probabilities(std::span<const float> point, std::size_t part) const = 0;

  std::vector<std::int32_t> labels_;
  std::int64_t classes_;
  std::vector<std::int64_t> ends_;  // of the parts
};

class NetworkExaminer final : public Examiner {
 public:
  /// `data`: its training split is what statistics are recomputed from; its test split is cut into parts.
  NetworkExaminer(const network::DataSet& data, const network::Model& model,
                  const network::NetworkOptions& options, std::int64_t first);
  const network::Network* network() const override { return parts_.front().get(); }

 private:
  std::vector<float> do_probabilities(std::span<const float> point, std::size_t part) const override;

  std::vector<std::unique_ptr<const network::Network>> parts_;
};

class PredictorExaminer final : public Examiner {
 public:
  /// On the test examples with these indices. `predictor` must outlive it, and its calls take `turn`.
  PredictorExaminer(const Predictor& predictor, std::vector<std::int64_t> examples, std::int64_t first,
                    std::mutex& turn);

 private:
  std::vector<float> do_probabilities(std::span<const float> point, std::size_t part) const override;

  const Predictor& predictor_;
  std::vector<std::int64_t> chosen_;
  std::mutex& turn_;
};

}  // namespace nwedge::experiment
