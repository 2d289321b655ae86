#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "nwedge/network/engine/engine.hpp"

namespace nwedge::network {

/// The passes of a whole minibatch whose statistics normalise it: all its micro-batches at once, step by step
/// as far as each can go alone, then together over the sums of a normalisation. Same bits on any number of
/// threads. Memory: one pass for every micro-batch; an `Error` where there is less.
class BatchPass {
 public:
  /// Takes examples[index(k)], k < count; for training where `minibatch` names it. Passes come from `passes`.
  BatchPass(Engine& engine, Pool<Pass>& passes, const Plan& plan, const Examples& examples,
            std::int64_t count, const std::function<std::int64_t(std::int64_t)>& index,
            const MaskName* minibatch = nullptr);

  void forward(const float* weights);
  /// The statistics of every normalisation, as its buffers store them, into the flat vector of buffers.
  void store_statistics(float* buffers) const;
  /// The sum of the losses and the gradient [D] of their mean. After `forward`.
  Tally backward(const float* weights, std::span<float> gradient);

 private:
  /// Where the steps are that all micro-batches come together before.
  std::vector<std::size_t> stops() const;
  Point point(const float* weights) const;
  /// What each micro-batch adds to the sums of a step that all wait for; nothing for the end of the plan.
  class Shares {
   public:
    Shares(const BatchPass& batch, Phase phase, const float* weights, std::size_t step);
    void take(std::int64_t m);  ///< of micro-batch m; safe for several at once
    void add_up_in(BatchPass& batch) const;

   private:
    const BatchPass& batch_;
    Phase phase_;
    const float* weights_;
    std::size_t step_;
    std::size_t length_ = 0;
    std::vector<double> shares_;
  };
  std::int64_t size() const { return static_cast<std::int64_t>(leases_.size()); }

  Engine& engine_;
  const Plan& plan_;
  std::int64_t count_;
  std::vector<std::unique_ptr<Pool<Pass>::Lease>> leases_;
  std::vector<std::vector<double>> forward_sums_;  // of each step
  std::vector<std::vector<double>> backward_sums_;
  std::vector<Point::Sums> sums_;
};

}  // namespace nwedge::network
