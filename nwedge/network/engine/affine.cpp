#include "nwedge/network/engine/affine.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <mutex>
#include <numeric>
#include <utility>
#include <vector>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/network/temperature.hpp"
#include "nwedge/restriction.hpp"

namespace nwedge::network {
namespace {

constexpr std::int64_t kMostDirections = 3;
constexpr std::int64_t kTogether = 4;  // tiles that read a point's weights while they are in the cache
constexpr std::size_t kBlock = 64;     // points whose later layers' weights are made at once

/// The first layer's pre-activations of one micro-batch, at the origin and along each direction.
struct Tile {
  std::once_flag made;
  LaneArray rows;
};

/// One micro-batch while a thread works on it.
struct TileInHand {
  TileInHand(Pool<Pass>& passes, Pool<LaneArray>& arrays)
      : pass(passes), scratch(arrays), rows(scratch->data()) {}
  Pool<Pass>::Lease pass;
  Pool<LaneArray>::Lease scratch;
  const float* rows;
};

/// How many weights at the beginning of the flat vector are those of the first product, and of nothing else.
std::int64_t first_weights(const Graph& graph) {
  const auto first = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                  [](const Node& node) { return !node.weights.empty(); });
  std::int64_t end = 0;
  for (const TensorId id : first->weights) {
    if (id == kAbsent) continue;
    const TensorPlace& tensor = graph.tensors[static_cast<std::size_t>(id)];
    if (tensor.offset != end) return 0;
    for (const Node& node : graph.nodes)
      if (&node != &*first && std::find(node.weights.begin(), node.weights.end(), id) != node.weights.end())
        return 0;
    end += tensor.count;
  }
  return end;
}

class AffineNetwork final : public CurvedLandscape, public Tempered {
 public:
  bool has_temperature() const override { return tempered_; }
  AffineNetwork(const CurvedLandscape& network, Engine& engine, const DataSet& data,
                std::shared_ptr<const AffineFamily> family, std::int64_t kept_bytes);

  std::vector<TemperedMetrics> evaluate_tempered(std::span<const float> points, Split split) const override;

 private:
  bool do_has_accuracy() const override { return engine_.loss().has_accuracy(); }
  std::int64_t do_examples(Split split) const override { return examples_of(split).count(); }
  std::vector<float> do_initial_point(std::uint64_t seed) const override {
    return composed_.initial_point(seed);
  }
  Metrics do_evaluate(std::span<const float> point, Split split) const override {
    return do_evaluate_many(point, split).front();
  }
  std::vector<Metrics> do_evaluate_many(std::span<const float> points, Split split) const override;
  double do_gradient(std::span<const float> point, std::span<float> gradient, Split split) const override {
    return composed_.gradient(point, gradient, split);
  }
  double do_batch_gradient(std::span<const float> point, const Batch& batch,
                           std::span<float> gradient) const override {
    return composed_.batch_gradient(point, batch, gradient);
  }
  std::unique_ptr<Curvature> do_curvature_at(std::span<const float> point, Split split) const override {
    return composed_.curvature_at(point, split);
  }
  bool do_has_matrix(CurvatureMatrix matrix) const override { return composed_.has_matrix(matrix); }
  std::unique_ptr<Curvature> do_matrix_at(CurvatureMatrix matrix, std::span<const float> point,
                                          Split split) const override {
    return composed_.matrix_at(matrix, point, split);
  }

  /// `store`, where there is one, takes the logits.
  void evaluate_block(std::span<const float> points, const Examples& examples, std::vector<Tile>& tiles,
                      std::span<Metrics> metrics, LogitStore* store) const;
  std::vector<Tile>& tiles_of(Split split) const { return split == Split::train ? train_ : test_; }
  void take(TileInHand& hand, std::int64_t m, const Examples& examples, std::vector<Tile>& tiles) const;
  void make_rows(Pass& pass, LaneArray& rows) const;
  const Examples& examples_of(Split split) const { return split == Split::train ? data_.train : data_.test; }

  Engine& engine_;
  const DataSet& data_;
  std::shared_ptr<const AffineFamily> family_;
  CurvedRestriction composed_;
  bool tempered_;
  std::int64_t head_;  // weights of the first layer
  AffineFamily tail_;  // the family in the others
  std::int64_t size_;  // floats of the rows of one tile
  mutable Pool<LaneArray> scratch_;
  mutable std::vector<Tile> train_;  // empty: too large to keep
  mutable std::vector<Tile> test_;
};

AffineNetwork::AffineNetwork(const CurvedLandscape& network, Engine& engine, const DataSet& data,
                             std::shared_ptr<const AffineFamily> family, std::int64_t kept_bytes)
    : CurvedLandscape(family->dimension()),
      engine_(engine),
      data_(data),
      family_(std::move(family)),
      composed_(network, family_),
      tempered_(tempered_of(network) != nullptr),
      head_(first_weights(engine.graph())),
      size_((family_->dimension() + 1) * engine.plan().first_product()->rows_floats(engine.plan().examples)),
      scratch_([size = size_] { return std::make_unique<LaneArray>(size); }) {
  const auto tail_of = [&](std::span<const float> whole) {
    return whole.subspan(static_cast<std::size_t>(head_));
  };
  const std::span<const float> origin = tail_of(family_->origin);
  tail_.origin.assign(origin.begin(), origin.end());
  for (std::int64_t j = 0; j < dimension(); ++j) {
    const std::span<const float> direction = tail_of(family_->direction(j));
    tail_.directions.insert(tail_.directions.end(), direction.begin(), direction.end());
  }
  const auto tiles = [&](const Examples& examples) {
    const std::int64_t count = engine.micro_batches(examples.count());
    return std::vector<Tile>(static_cast<std::size_t>(4 * size_ * count <= kept_bytes ? count : 0));
  };
  train_ = tiles(data.train);
  test_ = tiles(data.test);
}

std::vector<Metrics> AffineNetwork::do_evaluate_many(std::span<const float> points, Split split) const {
  const auto d = static_cast<std::size_t>(dimension());
  std::vector<Metrics> metrics(points.size() / d);
  for (std::size_t begin = 0; begin < metrics.size(); begin += kBlock) {
    const std::size_t count = std::min(kBlock, metrics.size() - begin);
    evaluate_block(points.subspan(begin * d, count * d), examples_of(split), tiles_of(split),
                   std::span(metrics).subspan(begin, count), nullptr);
  }
  return metrics;
}

std::vector<TemperedMetrics> AffineNetwork::evaluate_tempered(std::span<const float> points,
                                                              Split split) const {
  const auto d = static_cast<std::size_t>(dimension());
  if (points.size() % d != 0)
    throw Error("temperature", fmt::format("points must have {} entries each, have {}", d, points.size()));
  LogitStore store(examples_of(split), engine_.graph().outputs());
  const std::size_t block = std::min(kBlock, store.most_points());
  std::vector<TemperedMetrics> result;
  for (std::size_t begin = 0; begin < points.size() / d; begin += block) {
    std::vector<Metrics> metrics(std::min(block, points.size() / d - begin));
    store.start(metrics.size());
    evaluate_block(points.subspan(begin * d, metrics.size() * d), examples_of(split), tiles_of(split),
                   metrics, &store);
    store.finish(metrics, result);
  }
  return result;
}

void AffineNetwork::evaluate_block(std::span<const float> points, const Examples& examples,
                                   std::vector<Tile>& tiles, std::span<Metrics> metrics,
                                   LogitStore* store) const {
  const auto count = static_cast<std::int64_t>(metrics.size());
  const std::int64_t whole = engine_.graph().dimension;
  const auto coordinates = [&](std::int64_t p) {
    return points.subspan(static_cast<std::size_t>(p * dimension()), static_cast<std::size_t>(dimension()));
  };
  // Flat vectors of which only the later layers are written, so that no memory is spent on the first.
  const std::unique_ptr<float[]> weights(new float[static_cast<std::size_t>(count * whole)]);
  parallel_for(count, [&](std::int64_t p) {
    tail_.point(coordinates(p), {weights.get() + p * whole + head_, static_cast<std::size_t>(whole - head_)});
  });
  const std::int64_t batches = engine_.micro_batches(examples.count());
  std::vector<Tally> tallies(static_cast<std::size_t>(count * batches));
  parallel_for((batches + kTogether - 1) / kTogether, [&](std::int64_t task) {
    std::deque<TileInHand> hand;
    for (std::int64_t m = task * kTogether; m < std::min((task + 1) * kTogether, batches); ++m)
      take(hand.emplace_back(engine_.evaluations(), scratch_), m, examples, tiles);
    for (std::int64_t p = 0; p < count; ++p)
      for (std::size_t k = 0; k < hand.size(); ++k) {
        hand[k].pass->forward_from_affine({weights.get() + p * whole}, hand[k].rows, coordinates(p));
        const std::int64_t m = task * kTogether + static_cast<std::int64_t>(k);
        tallies[static_cast<std::size_t>(p * batches + m)] = hand[k].pass->tally(engine_.loss());
        if (store != nullptr) hand[k].pass->copy_outputs(store->at(p, m * engine_.plan().examples));
      }
  });
  const auto total = static_cast<double>(examples.count());
  for (std::int64_t p = 0; p < count; ++p) {
    Tally sum;
    for (std::int64_t m = 0; m < batches; ++m) sum += tallies[static_cast<std::size_t>(p * batches + m)];
    metrics[static_cast<std::size_t>(p)] = metrics_of(sum, total, has_accuracy());
  }
}

void AffineNetwork::take(TileInHand& hand, std::int64_t m, const Examples& examples,
                         std::vector<Tile>& tiles) const {
  engine_.load(*hand.pass, examples, m, examples.count(), [](std::int64_t k) { return k; });
  if (tiles.empty()) return make_rows(*hand.pass, *hand.scratch);
  Tile& tile = tiles[static_cast<std::size_t>(m)];
  std::call_once(tile.made, [&] { make_rows(*hand.pass, tile.rows = LaneArray(size_)); });
  hand.rows = tile.rows.data();
}

void AffineNetwork::make_rows(Pass& pass, LaneArray& rows) const {
  const std::int64_t one = engine_.plan().first_product()->rows_floats(engine_.plan().examples);
  pass.first_rows({family_->origin.data()}, rows.data());
  for (std::int64_t j = 0; j < dimension(); ++j)
    pass.first_rows({family_->direction(j).data()}, rows.data() + (j + 1) * one);
}

}  // namespace

std::unique_ptr<Landscape> make_affine_network(const CurvedLandscape& network, Engine& engine,
                                               const DataSet& data,
                                               std::shared_ptr<const AffineFamily> family,
                                               std::int64_t kept_bytes) {
  const Layer* first = engine.plan().first_product();
  if (first == nullptr || family->dimension() > kMostDirections ||
      first->product().fan_in() < 8 * (family->dimension() + 1))
    return nullptr;
  return std::make_unique<AffineNetwork>(network, engine, data, std::move(family), kept_bytes);
}

}  // namespace nwedge::network
