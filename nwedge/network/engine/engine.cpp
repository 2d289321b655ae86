#include "nwedge/network/engine/engine.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "nwedge/core/memory.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/vectorise.hpp"

namespace nwedge::network {
namespace {

constexpr std::int64_t kStreamExamples = 512;  // of one partial sum, at least
constexpr std::int64_t kMostStreams = 16;
constexpr std::int64_t kKeptBytes = std::int64_t{1} << 30;
constexpr std::int64_t kBytes = sizeof(float);

/// Makes what a thread works with, of about `bytes`, where there is memory for it.
template <class T, class Argument>
std::unique_ptr<T> make_for_thread(const Graph& graph, std::int64_t bytes, const Argument& argument) {
  const MemoryClaim claim(bytes, "threads", fmt::format("a thread of {}", model_text(graph)),
                          "take fewer, or a smaller network");
  return std::make_unique<T>(argument);
}

template <class T>
std::function<std::unique_ptr<T>()> maker(std::shared_ptr<const Plan> plan) {
  return [plan = std::move(plan)] { return make_for_thread<T>(*plan->graph, plan->pass_bytes(), plan); };
}

/// total += part, for parts in order; threads share the entries.
void add_up(std::span<float> total, std::span<float* const> parts) {
  if (parts.empty()) return;
  constexpr std::int64_t kBlock = 1 << 15;
  const auto size = static_cast<std::int64_t>(total.size());
  parallel_for((size + kBlock - 1) / kBlock, [&](std::int64_t block) {
    const std::int64_t begin = block * kBlock;
    const std::int64_t end = std::min(begin + kBlock, size);
    float* sum = total.data();
    vectorise([&] {
      for (const float* part : parts)
        for (std::int64_t i = begin; i < end; ++i) sum[i] += part[i];
    });
  });
}

}  // namespace

Engine::Engine(std::shared_ptr<const Graph> graph, std::shared_ptr<const Loss> loss,
               std::shared_ptr<const Loss> training_loss, const Augmentation& augmentation, bool fast)
    : graph_(std::move(graph)),
      loss_(std::move(loss)),
      training_loss_(std::move(training_loss)),
      augmentation_(augmentation),
      evaluation_(std::make_shared<const Plan>(graph_, Purpose::evaluation, fast)),
      gradient_(std::make_shared<const Plan>(graph_, Purpose::gradient)),
      curvature_(std::make_shared<const Plan>(graph_, Purpose::curvature)),
      evaluations_(maker<Pass>(evaluation_)),
      gradients_(maker<Pass>(gradient_)),
      curvatures_(maker<Pass>(curvature_)),
      tangents_(maker<TangentPass>(curvature_)),
      parts_([graph = graph_] {
        return make_for_thread<LaneArray>(*graph, kBytes * graph->dimension, graph->dimension);
      }) {
  const MemoryClaim fits(2 * kBytes * graph_->dimension + evaluation_->pass_bytes(), "model",
                         fmt::format("{} with {} weights", model_text(*graph_), graph_->dimension),
                         "take a smaller model or smaller images");
}

std::unique_ptr<Pass> Engine::make_curvature_pass() const { return maker<Pass>(curvature_)(); }

std::int64_t Engine::micro_batches(std::int64_t examples) const {
  return (examples + plan().examples - 1) / plan().examples;
}

void Engine::load(Pass& pass, const Examples& examples, std::int64_t m, std::int64_t count,
                  const std::function<std::int64_t(std::int64_t)>& index, const MaskName* minibatch) const {
  const std::int64_t begin = m * plan().examples;
  std::vector<std::int64_t> indices(static_cast<std::size_t>(std::min(plan().examples, count - begin)));
  for (std::size_t k = 0; k < indices.size(); ++k) indices[k] = index(begin + static_cast<std::int64_t>(k));
  if (minibatch == nullptr) return pass.load(examples, indices);
  pass.load_for_training(examples, indices, augmentation_,
                         {minibatch->seed, minibatch->step, static_cast<std::uint64_t>(m)});
}

Engine::Parts::Parts(Engine& engine, std::span<float> total, std::int64_t count)
    : engine_(engine), total_(total), micro_batches_(engine.micro_batches(count)), parts_({total.data()}) {
  const std::int64_t streams =
      std::min(micro_batches_,
               std::clamp<std::int64_t>((count + kStreamExamples - 1) / kStreamExamples, 2, kMostStreams));
  for (std::int64_t s = 1; s < streams; ++s) parts_.push_back(leases_.emplace_back(engine.parts_)->data());
  if (!engine.plan().shared_weights) return;
  for (float* part : parts_) std::fill_n(part, total.size(), 0.0f);
}

void Engine::Parts::for_each(const std::function<void(std::int64_t, float*, bool)>& add_part) {
  const auto streams = static_cast<std::int64_t>(parts_.size());
  parallel_for(streams, [&](std::int64_t s) {
    const std::int64_t first = s * micro_batches_ / streams;
    for (std::int64_t m = first; m < (s + 1) * micro_batches_ / streams; ++m)
      add_part(m, parts_[static_cast<std::size_t>(s)], m > first || engine_.plan().shared_weights);
  });
}

void Engine::Parts::add_up() { network::add_up(total_, std::span(parts_).subspan(1)); }

void Engine::sum(std::span<float> total, std::int64_t count,
                 const std::function<void(std::int64_t, float*, bool)>& add_part) {
  Parts parts(*this, total, count);
  parts.for_each(add_part);
  parts.add_up();
}

std::int64_t Engine::reserve_passes(std::int64_t count) {
  const std::int64_t most = std::min(kKeptBytes, free_memory() / 2) / curvature_->pass_bytes();
  std::int64_t kept = kept_passes_;
  std::int64_t granted;
  do granted = std::clamp<std::int64_t>(most - kept, 0, count);
  while (!kept_passes_.compare_exchange_weak(kept, kept + granted));
  return granted;
}

}  // namespace nwedge::network
