#include "nwedge/experiment/examiner.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "nwedge/core/error.hpp"

namespace nwedge::experiment {
namespace {

network::Examples part_of(const network::Examples& all, std::int64_t size, std::int64_t begin,
                          std::int64_t end) {
  network::Examples part;
  part.images.assign(all.images.begin() + begin * size, all.images.begin() + end * size);
  part.labels.assign(all.labels.begin() + begin, all.labels.begin() + end);
  return part;
}

std::vector<std::int32_t> labels_of(const Predictor& predictor, std::span<const std::int64_t> examples) {
  std::vector<std::int32_t> labels;
  for (const std::int64_t n : examples) labels.push_back(predictor.labels[static_cast<std::size_t>(n)]);
  return labels;
}

}  // namespace

Examiner::Examiner(std::vector<std::int32_t> labels, std::int64_t classes, std::int64_t first)
    : labels_(std::move(labels)), classes_(classes) {
  for (std::int64_t begin = 0; begin < examples(); begin = ends_.back())
    ends_.push_back(std::min(examples(), begin == 0 ? first : 2 * begin));
}

ExampleQuality Examiner::quality(std::span<const float> point, std::size_t part) const {
  const auto begin = static_cast<std::size_t>(begin_of(part));
  const auto count = static_cast<std::size_t>(end_of(part)) - begin;
  return example_quality(do_probabilities(point, part), labels().subspan(begin, count), classes());
}

std::vector<float> Examiner::probabilities(std::span<const float> point) const {
  std::vector<float> all;
  for (std::size_t part = 0; part < parts(); ++part) {
    const std::vector<float> own = do_probabilities(point, part);
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

NetworkExaminer::NetworkExaminer(const network::DataSet& data, const network::Model& model,
                                 const network::NetworkOptions& options, std::int64_t first)
    : Examiner(data.test.labels, data.classes, first) {
  for (std::size_t k = 0; k < parts(); ++k) {
    auto part = std::make_shared<network::DataSet>();
    part->name = data.name;
    part->shape = data.shape;
    part->classes = data.classes;
    part->train = data.train;
    part->test = part_of(data.test, data.shape.size(), begin_of(k), end_of(k));
    parts_.push_back(std::make_unique<network::Network>(std::move(part), model, options));
  }
}

std::vector<float> NetworkExaminer::do_probabilities(std::span<const float> point, std::size_t part) const {
  return parts_[part]->probabilities(point, Split::test);
}

PredictorExaminer::PredictorExaminer(const Predictor& predictor, std::vector<std::int64_t> examples,
                                     std::int64_t first, std::mutex& turn)
    : Examiner(labels_of(predictor, examples), predictor.classes, first),
      predictor_(predictor),
      chosen_(std::move(examples)),
      turn_(turn) {}

std::vector<float> PredictorExaminer::do_probabilities(std::span<const float> point, std::size_t part) const {
  const auto begin = static_cast<std::size_t>(begin_of(part));
  const auto count = static_cast<std::size_t>(end_of(part)) - begin;
  const std::lock_guard lock(turn_);
  std::vector<float> rows = predictor_.probabilities(point, std::span(chosen_).subspan(begin, count));
  if (rows.size() != count * static_cast<std::size_t>(classes()))
    throw Error("predict",
                fmt::format("probabilities of {} examples and {} classes must be {} numbers, are {}", count,
                            classes(), count * static_cast<std::size_t>(classes()), rows.size()));
  return rows;
}

}  // namespace nwedge::experiment
