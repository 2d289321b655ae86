#include "nwedge/network/data/assemble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include "nwedge/core/error.hpp"
#include "nwedge/core/memory.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/network/data/standardisation.hpp"

namespace nwedge::network {
namespace {

using Indices = std::vector<std::int64_t>;

/// Examples of a file that make a split; example i is answered by the label or target of answers[i].
struct Part {
  Indices examples;
  Indices answers;
};

Indices all_of(std::int64_t count) {
  Indices indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  return indices;
}

/// `keep` of `count` places in the order that (seed, purpose) names, ascending.
Indices draw(std::int64_t count, std::int64_t keep, std::int64_t seed, std::string_view purpose) {
  const RandomPermutation order(static_cast<std::uint64_t>(count), static_cast<std::uint64_t>(seed), purpose);
  Indices drawn(static_cast<std::size_t>(keep));
  for (std::size_t i = 0; i < drawn.size(); ++i) drawn[i] = static_cast<std::int64_t>(order(i));
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

/// 0 keeps all.
Part subset(const Part& part, std::int64_t keep, std::int64_t seed, std::string_view split,
            std::string_view place) {
  const auto count = static_cast<std::int64_t>(part.examples.size());
  if (keep > count)
    throw Error(place, fmt::format("{}-examples must be at most {}, the examples of the split, is {}", split,
                                   count, keep));
  if (keep == 0) return part;
  Part kept;
  for (const std::int64_t i : draw(count, keep, seed, fmt::format("{} subset", split))) {
    kept.examples.push_back(part.examples[static_cast<std::size_t>(i)]);
    kept.answers.push_back(part.answers[static_cast<std::size_t>(i)]);
  }
  return kept;
}

std::int64_t held_out(const DataOptions& options, std::int64_t count, std::string_view place) {
  const double wanted =
      options.validation < 1 ? options.validation * static_cast<double>(count) : options.validation;
  const auto held = static_cast<std::int64_t>(std::llround(wanted));
  if (held < 1 || held >= count)
    throw Error(place, fmt::format("validation must hold out from 1 to {} of the {} training examples, holds "
                                   "out {}",
                                   count - 1, count, held));
  return held;
}

struct Division {
  Part train;
  Part test;  ///< what is held out; empty where nothing is
};

Division divide(const DataOptions& options, std::int64_t count, std::string_view place) {
  Division division;
  Indices& left = division.train.examples;
  left = all_of(count);
  if (options.validation > 0) {
    const Indices held = draw(count, held_out(options, count, place), options.data_seed, "validation");
    left.clear();
    for (std::int64_t i = 0; i < count; ++i)
      if (!std::binary_search(held.begin(), held.end(), i)) left.push_back(i);
    division.test = {held, held};
  }
  division.train.answers = left;
  if (options.labels == "random" && !left.empty()) {
    const RandomPermutation order(left.size(), static_cast<std::uint64_t>(options.data_seed),
                                  "random labels");
    for (std::size_t i = 0; i < left.size(); ++i) division.train.answers[i] = left[order(i)];
  }
  return division;
}

std::string text(const ImageShape& shape) {
  return fmt::format("{}x{}x{}", shape.channels, shape.height, shape.width);
}

template <class Pixel>
Examples select(const LabelledImages<Pixel>& all, const Standardisation& standard, const Part& part,
                std::string_view place) {
  const auto area = static_cast<std::size_t>(all.shape.height * all.shape.width);
  const double unit = standard.scaled ? all.white : 1;
  Examples examples;
  examples.target_size = all.target_size;
  const MemoryClaim fits(std::ssize(part.examples) * all.shape.size() * std::int64_t{sizeof(float)}, place,
                         fmt::format("{} examples of {}", part.examples.size(), text(all.shape)),
                         "take fewer (train-examples, test-examples)");
  examples.images.reserve(part.examples.size() * static_cast<std::size_t>(all.shape.size()));
  for (const std::int64_t example : part.examples) {
    const Pixel* image = all.pixels.data() + example * all.shape.size();
    for (std::size_t c = 0; c < standard.mean.size(); ++c)
      for (std::size_t i = 0; i < area; ++i)
        examples.images.push_back(
            static_cast<float>((image[c * area + i] / unit - standard.mean[c]) * standard.scale[c]));
  }
  for (const std::int64_t answer : part.answers) {
    if (all.target_size == 0) {
      examples.labels.push_back(all.labels[static_cast<std::size_t>(answer)]);
      continue;
    }
    const auto target = all.targets.begin() + answer * all.target_size;
    examples.targets.insert(examples.targets.end(), target, target + all.target_size);
  }
  return examples;
}

/// Every label is in [0, classes).
void check_labels(std::span<const std::int32_t> labels, std::int64_t classes, std::string_view split,
                  std::string_view place) {
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || labels[i] >= classes)
      throw Error(place, fmt::format("a label must be from 0 to {} ({} classes), {} label {} is {}",
                                     classes - 1, classes, split, i, labels[i]));
}

std::int64_t count_classes(std::span<const std::int32_t> labels) {
  return labels.empty() ? 0 : std::int64_t{*std::max_element(labels.begin(), labels.end())} + 1;
}

template <class Pixel>
void check_alike(const LabelledImages<Pixel>& train, const LabelledImages<Pixel>& test,
                 std::string_view place) {
  if (train.shape != test.shape)
    throw Error(place, fmt::format("training and test images must have one shape, have {} and {}",
                                   text(train.shape), text(test.shape)));
  if (train.target_size != test.target_size)
    throw Error(place, fmt::format("training and test targets must have one size, have {} and {}",
                                   train.target_size, test.target_size));
}

}  // namespace

template <class Pixel>
DataSet assemble(const DataOptions& options, const LabelledImages<Pixel>& train,
                 const ReadTest<Pixel>& read_test, std::int64_t classes, std::string_view place) {
  const bool own_test = options.validation == 0;
  if (own_test && !read_test)
    throw Error(place,
                "there is no test split; set validation to the share of the training examples that is "
                "to be held out as one, for example 0.2");
  LabelledImages<Pixel> test;
  if (own_test) {
    test = read_test();
    check_alike(train, test, place);
  }
  if (classes == 0 && train.target_size == 0) classes = count_classes(train.labels);
  check_labels(train.labels, classes, "training", place);
  check_labels(test.labels, classes, "test", place);
  Division parts = divide(options, train.count(), place);
  if (own_test) parts.test = {all_of(test.count()), all_of(test.count())};
  const Standardisation standard = make_standardisation(options, train, parts.train.examples, place);
  const auto pick = [&](const LabelledImages<Pixel>& images, const Part& part, std::int64_t keep,
                        std::string_view split) {
    return select(images, standard, subset(part, keep, options.data_seed, split, place), place);
  };
  return {options.data,
          train.shape,
          classes,
          pick(train, parts.train, options.train_examples, "train"),
          pick(own_test ? test : train, parts.test, options.test_examples, "test"),
          train.target_size};
}

template DataSet assemble(const DataOptions&, const ByteImages&, const ReadTest<std::uint8_t>&, std::int64_t,
                          std::string_view);
template DataSet assemble(const DataOptions&, const FloatImages&, const ReadTest<float>&, std::int64_t,
                          std::string_view);

}  // namespace nwedge::network
