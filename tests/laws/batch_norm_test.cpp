// A minibatch that is normalised by its own statistics.
#include <gtest/gtest.h>

#include <algorithm>

#include "nwedge/core/random.hpp"
#include "nwedge/network/engine/batch_pass.hpp"
#include "nwedge/network/graph/builder.hpp"
#include "nwedge/network/losses/cross_entropy.hpp"
#include "tests/reference/network.hpp"
#include "tests/support/threads.hpp"

namespace nwedge::test {
namespace {

using namespace network;

/// Several micro-batches, the last one not full.
class BatchNormLaw : public testing::Test {
 protected:
  BatchNormLaw() {
    GraphBuilder b({2, 5, 4}, "test");
    ValueId v = b.input();
    for (const std::string name : {"1", "2"}) {
      const std::int64_t inputs = b.shape(v)[0];
      const Shape channels = {inputs + 1};
      v = b.add("convolution", name, {v}, {weight(b, name + ".weight", {inputs + 1, inputs, 3, 3})},
                {{"padding", std::vector<std::int64_t>{1, 1, 1, 1}}});
      const std::vector<TensorId> buffers = {b.add_buffer(name + ".mean", channels, 0),
                                             b.add_buffer(name + ".variance", channels, 1)};
      const TensorId scale = weight(b, name + ".scale", channels);
      v = b.add("batch-norm", name, {v}, {scale, weight(b, name + ".shift", channels)}, {}, buffers);
      v = b.add("tanh", "", {v});
    }
    v = b.add("mean", "", {v}, {}, {{"axes", std::vector<std::int64_t>{1, 2}}});
    v = b.add("linear", "head", {v}, {weight(b, "head.weight", {3, 4}), weight(b, "head.bias", {3})});
    graph_ = std::make_shared<const Graph>(b.finish(v, "test"));
    data_.images.resize(kCount * 40);
    RandomStream(5, "images").fill_normal(data_.images);
    for (std::int64_t n = 0; n < kCount; ++n) data_.labels.push_back(static_cast<std::int32_t>(n % 3));
    weights_.resize(static_cast<std::size_t>(graph_->dimension));
    RandomStream(5, "weights").fill_normal(weights_);
  }
  static TensorId weight(GraphBuilder& b, const std::string& name, const Shape& shape) {
    return b.add_tensor(name, shape, Role::weight, {});
  }
  reference::Network reference() const { return {*graph_, data_, {}, true}; }
  std::vector<double> point() const { return {weights_.begin(), weights_.end()}; }

  static constexpr std::int64_t kCount = 16 * 3 + 5;
  std::shared_ptr<const Graph> graph_;
  Examples data_;
  std::vector<float> weights_;
  std::shared_ptr<const Loss> loss_ = std::make_shared<const CrossEntropy>(3, 0);
};

TEST_F(BatchNormLaw, TrainingGoesThroughTheStatistics) {
  std::vector<std::vector<float>> gradients;
  for (const int threads : {1, 2}) {
    const WithThreads limit(threads);
    Engine engine(graph_, loss_, loss_);
    BatchPass batch(engine, engine.gradients(), engine.gradient_plan(), data_, kCount,
                    [](std::int64_t k) { return k; });
    batch.forward(weights_.data());
    gradients.emplace_back(weights_.size());
    const double sum = batch.backward(weights_.data(), gradients.back()).loss;
    EXPECT_NEAR(sum / static_cast<double>(kCount), reference().loss(point()), 3e-6);
  }
  EXPECT_EQ(gradients[0], gradients[1]);
  const std::vector<double> expected = reference().gradient(point());
  const double largest = *std::max_element(expected.begin(), expected.end());
  for (std::size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(gradients[0][i], expected[i], 1e-5 * largest) << i;
}

TEST_F(BatchNormLaw, StoredStatisticsGiveTheLossOfTheBatchTheyCameFrom) {
  Engine engine(graph_, loss_, loss_);
  BatchPass batch(engine, engine.evaluations(), engine.plan(), data_, kCount,
                  [](std::int64_t k) { return k; });
  batch.forward(weights_.data());
  std::vector<float> buffers(static_cast<std::size_t>(graph_->buffer_size));
  batch.store_statistics(buffers.data());
  const double entries =
      static_cast<double>(kCount * 20);  // of a channel: stored variances divide by one less
  for (const BufferPlace& buffer : graph_->buffers)
    if (buffer.name.ends_with("variance"))
      for (std::int64_t n = 0; n < buffer.count; ++n)
        buffers[static_cast<std::size_t>(buffer.offset + n)] *= static_cast<float>((entries - 1) / entries);
  Pass pass(std::make_shared<const Plan>(graph_, Purpose::evaluation));
  double sum = 0;
  for (std::int64_t m = 0; m < engine.micro_batches(kCount); ++m) {
    engine.load(pass, data_, m, kCount, [](std::int64_t k) { return k; });
    pass.forward({weights_.data(), buffers.data()});
    sum += pass.tally(*loss_).loss;
  }
  EXPECT_NEAR(sum / static_cast<double>(kCount), reference().loss(point()), 2e-5);
}

}  // namespace
}  // namespace nwedge::test
