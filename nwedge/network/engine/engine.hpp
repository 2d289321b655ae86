#pragma once
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "nwedge/network/engine/pass.hpp"
#include "nwedge/network/engine/plan.hpp"
#include "nwedge/network/engine/pool.hpp"
#include "nwedge/network/engine/tangent_pass.hpp"
#include "nwedge/network/kernels/lanes.hpp"

namespace nwedge::network {

/// A network's plans, one for each purpose, the passes that threads borrow, and sums over micro-batches that
/// have the same bits on any number of threads. Safe from several threads at once.
class Engine {
 public:
  /// `loss` measures; `training_loss` is that of minibatches, whose inputs `augmentation` changes; `fast`:
  /// convolutions of evaluations may round more for speed. An `Error`
  /// where two vectors of weights and a pass do not fit in memory, and later where a pass does not.
  Engine(std::shared_ptr<const Graph> graph, std::shared_ptr<const Loss> loss,
         std::shared_ptr<const Loss> training_loss, const Augmentation& augmentation = {}, bool fast = false);

  const Graph& graph() const { return *graph_; }
  const Loss& loss() const { return *loss_; }
  const Loss& training_loss() const { return *training_loss_; }
  /// The plan of evaluations; plans of one graph have micro-batches of one size.
  const Plan& plan() const { return *evaluation_; }
  Pool<Pass>& evaluations() { return evaluations_; }
  Pool<Pass>& gradients() { return gradients_; }
  Pool<Pass>& curvatures() { return curvatures_; }
  const Plan& gradient_plan() const { return *gradient_; }
  std::unique_ptr<Pass> make_curvature_pass() const;
  Pool<TangentPass>& tangents() { return tangents_; }

  std::int64_t micro_batches(std::int64_t examples) const;
  /// Loads micro-batch `m` of examples[index(k)], k < count; for training where `minibatch` names it.
  void load(Pass& pass, const Examples& examples, std::int64_t m, std::int64_t count,
            const std::function<std::int64_t(std::int64_t)>& index,
            const MaskName* minibatch = nullptr) const;

  /// total [D] as a sum over the micro-batches of `count` examples, by a number of partial sums. The order of
  /// the sum depends on `count` alone.
  class Parts {
   public:
    Parts(Engine& engine, std::span<float> total, std::int64_t count);
    /// add_part(m, part, add) for every micro-batch m: puts its share into `part`, or (if `add`) adds it.
    void for_each(const std::function<void(std::int64_t, float*, bool)>& add_part);
    void add_up();

   private:
    Engine& engine_;
    std::span<float> total_;
    std::int64_t micro_batches_;
    std::deque<Pool<LaneArray>::Lease> leases_;
    std::vector<float*> parts_;
  };
  /// Parts, each micro-batch once, and their sum.
  void sum(std::span<float> total, std::int64_t count,
           const std::function<void(std::int64_t, float*, bool)>& add_part);

  /// Reserves memory for passes that a curvature keeps: as many of `count` as all live ones together may
  /// still keep.
  std::int64_t reserve_passes(std::int64_t count);
  void release_passes(std::int64_t count) { kept_passes_ -= count; }

 private:
  std::shared_ptr<const Graph> graph_;
  std::shared_ptr<const Loss> loss_;
  std::shared_ptr<const Loss> training_loss_;
  Augmentation augmentation_;
  std::shared_ptr<const Plan> evaluation_;
  std::shared_ptr<const Plan> gradient_;
  std::shared_ptr<const Plan> curvature_;
  Pool<Pass> evaluations_;
  Pool<Pass> gradients_;
  Pool<Pass> curvatures_;
  Pool<TangentPass> tangents_;
  Pool<LaneArray> parts_;
  std::atomic<std::int64_t> kept_passes_ = 0;
};

}  // namespace nwedge::network
