#include "nwedge/experiment/examiner.hpp"

#include <algorithm>
#include <utility>

namespace nwedge::experiment {
namespace {

network::Examples part_of(const network::Examples& all, std::int64_t size, std::int64_t begin,
                          std::int64_t end) {
  network::Examples part;
  part.images.assign(all.images.begin() + begin * size, all.images.begin() + end * size);
  part.labels.assign(all.labels.begin() + begin, all.labels.begin() + end);
  return part;
}

}  // namespace

Examiner::Examiner(const network::DataSet& data, const network::Model& model,
                   const network::NetworkOptions& options, std::int64_t first)
    : labels_(data.test.labels) {
  for (std::int64_t begin = 0; begin < examples();) {
    const std::int64_t end = std::min(examples(), begin == 0 ? first : 2 * begin);
    auto part = std::make_shared<network::DataSet>();
    part->name = data.name;
    part->shape = data.shape;
    part->classes = data.classes;
    part->train = data.train;
    part->test = part_of(data.test, data.shape.size(), begin, end);
    parts_.push_back(std::make_unique<network::Network>(std::move(part), model, options));
    begin = end;
  }
}

ExampleQuality Examiner::quality(std::span<const float> point, std::size_t part) const {
  const network::Network& network = *parts_[part];
  return example_quality(network.probabilities(point, Split::test), network.labels(Split::test), classes());
}

std::vector<float> Examiner::probabilities(std::span<const float> point) const {
  std::vector<float> all;
  for (const auto& part : parts_) {
    const std::vector<float> own = part->probabilities(point, Split::test);
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

}  // namespace nwedge::experiment
