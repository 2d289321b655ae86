#include "nwedge/network/engine/batch_pass.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "nwedge/core/memory.hpp"
#include "nwedge/core/parallel.hpp"

namespace nwedge::network {
namespace {

/// Memory for the passes of `count` examples that are still to be made.
MemoryClaim claim(const Graph& graph, std::int64_t bytes, std::int64_t count, bool training) {
  if (training)
    return {bytes, "batch-size", fmt::format("{} with a minibatch of {}", model_text(graph), count),
            "take a smaller one, or in a study fewer threads"};
  return {bytes, "statistics-examples",
          fmt::format("{} with statistics over {} examples", model_text(graph), count), "take fewer"};
}

}  // namespace

BatchPass::BatchPass(Engine& engine, Pool<Pass>& passes, const Plan& plan, const Examples& examples,
                     std::int64_t count, const std::function<std::int64_t(std::int64_t)>& index,
                     const MaskName* minibatch)
    : engine_(engine),
      plan_(plan),
      count_(count),
      leases_(static_cast<std::size_t>(engine.micro_batches(count))),
      forward_sums_(plan.steps.size()),
      backward_sums_(plan.steps.size()),
      sums_(plan.steps.size()) {
  MemoryClaim claimed =
      claim(engine.graph(), passes.missing(size()) * plan.pass_bytes(), count, minibatch != nullptr);
  parallel_for(size(), [&](std::int64_t m) {
    auto& lease = leases_[static_cast<std::size_t>(m)];
    claimed.hand_over(plan.pass_bytes());  // to the pool, which claims what it makes
    lease = std::make_unique<Pool<Pass>::Lease>(passes);
    engine.load(**lease, examples, m, count, index, minibatch);
  });
}

std::vector<std::size_t> BatchPass::stops() const {
  std::vector<std::size_t> stops;
  for (std::size_t s = 0; s < plan_.steps.size(); ++s)
    if (plan_.steps[s].learns && plan_.steps[s].op->sums(Phase::forward) > 0) stops.push_back(s);
  return stops;
}

Point BatchPass::point(const float* weights) const { return {weights, nullptr, sums_, count_}; }

BatchPass::Shares::Shares(const BatchPass& batch, Phase phase, const float* weights, std::size_t step)
    : batch_(batch), phase_(phase), weights_(weights), step_(step) {
  if (step == batch.plan_.steps.size()) return;
  length_ = static_cast<std::size_t>(batch.plan_.steps[step].op->sums(phase));
  shares_.resize(batch.leases_.size() * length_);
}

void BatchPass::Shares::take(std::int64_t m) {
  if (length_ == 0) return;
  const auto k = static_cast<std::size_t>(m);
  batch_.plan_.steps[step_].op->gather(phase_, (*batch_.leases_[k])->node_pass(step_, batch_.point(weights_)),
                                       shares_.data() + k * length_);
}

void BatchPass::Shares::add_up_in(BatchPass& batch) const {
  if (length_ == 0) return;
  std::vector<double>& sums = (phase_ == Phase::forward ? batch.forward_sums_ : batch.backward_sums_)[step_];
  sums.assign(length_, 0.0);
  for (std::size_t k = 0; k < shares_.size(); ++k) sums[k % length_] += shares_[k];
  (phase_ == Phase::forward ? batch.sums_[step_].forward : batch.sums_[step_].backward) = sums.data();
}

void BatchPass::forward(const float* weights) {
  std::size_t begin = 0;
  std::vector<std::size_t> ends = stops();
  ends.push_back(plan_.steps.size());
  for (const std::size_t end : ends) {
    Shares shares(*this, Phase::forward, weights, end);
    parallel_for(size(), [&](std::int64_t m) {
      (*leases_[static_cast<std::size_t>(m)])->forward(point(weights), begin, end);
      shares.take(m);  // while what was computed is in the caches
    });
    shares.add_up_in(*this);
    begin = end;
  }
}

void BatchPass::store_statistics(float* buffers) const {
  for (const std::size_t s : stops())
    plan_.steps[s].op->store_statistics(forward_sums_[s].data(), count_, buffers);
}

Tally BatchPass::backward(const float* weights, std::span<float> gradient) {
  std::vector<Tally> tallies(leases_.size());
  parallel_for(size(), [&](std::int64_t m) {
    const auto k = static_cast<std::size_t>(m);
    tallies[k] = (*leases_[k])->start_backward(engine_.training_loss(), 1.0 / static_cast<double>(count_));
  });
  Engine::Parts parts(engine_, gradient, count_);
  std::vector<std::size_t> begins = stops();
  begins.insert(begins.begin(), 0);
  std::size_t end = plan_.steps.size();
  while (!begins.empty()) {
    const std::size_t begin = begins.back();
    begins.pop_back();
    // Behind a normalisation first; it itself needs the sums of what comes to it.
    const std::size_t inner = begins.empty() ? begin : begin + 1;
    Shares shares(*this, Phase::backward, weights, begins.empty() ? plan_.steps.size() : begin);
    parts.for_each([&](std::int64_t m, float* part, bool add) {
      (*leases_[static_cast<std::size_t>(m)])->backward(point(weights), part, add, inner, end);
      shares.take(m);
    });
    shares.add_up_in(*this);
    end = inner;
  }
  parts.add_up();
  Tally sum;
  for (const Tally& tally : tallies) sum += tally;
  return sum;
}

}  // namespace nwedge::network
