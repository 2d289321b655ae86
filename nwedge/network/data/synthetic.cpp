#include "nwedge/network/data/synthetic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "nwedge/core/error.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/network/data/reader.hpp"

namespace nwedge::network {
namespace {

constexpr std::size_t kHidden = 64;

class Teacher {
 public:
  Teacher(const SyntheticOptions& options, std::uint64_t seed)
      : inputs_(static_cast<std::size_t>(options.shape.size())), first_(kHidden * inputs_), hidden_(kHidden) {
    RandomStream(seed, "teacher", 1).fill_normal(first_, 1.0 / std::sqrt(static_cast<double>(inputs_)));
    second_.resize(static_cast<std::size_t>(options.classes) * kHidden);
    RandomStream(seed, "teacher", 2).fill_normal(second_);
    for (std::size_t row = 0; row < second_.size(); row += kHidden) {  // equal norms: classes of similar size
      double square = 0;
      for (std::size_t h = 0; h < kHidden; ++h)
        square += static_cast<double>(second_[row + h]) * second_[row + h];
      for (std::size_t h = 0; h < kHidden; ++h) second_[row + h] /= static_cast<float>(std::sqrt(square));
    }
  }

  std::int32_t label(const float* image) {
    for (std::size_t h = 0; h < kHidden; ++h) {
      double sum = 0;
      for (std::size_t i = 0; i < inputs_; ++i)
        sum += static_cast<double>(first_[h * inputs_ + i]) * image[i];
      hidden_[h] = std::tanh(sum);
    }
    std::vector<double> scores(second_.size() / kHidden);
    for (std::size_t k = 0; k < scores.size(); ++k)
      for (std::size_t h = 0; h < kHidden; ++h) scores[k] += second_[k * kHidden + h] * hidden_[h];
    return static_cast<std::int32_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
  }

 private:
  std::size_t inputs_;
  std::vector<float> first_;   // [hidden, inputs]
  std::vector<float> second_;  // [classes, hidden]
  std::vector<double> hidden_;
};

void refuse_what_files_have(const DataOptions& options, std::string_view place) {
  if (options.validation != 0)
    throw Error(place, "validation must be 0 with synthetic data, whose test images are drawn anew");
  if (options.standardise == "given")
    throw Error(place, "standardise must not be \"given\" with synthetic data, whose pixels are N(0, 1)");
}

/// The pixels are drawn from N(0, 1), so they are standardised as they are.
DataSet load(const DataOptions& options, const std::string& sizes, std::string_view place) {
  const SyntheticOptions synthetic = parse_synthetic(sizes, place);
  refuse_what_files_have(options, place);
  const auto make = [&](std::int64_t count, std::int64_t otherwise, std::string_view split) -> Examples {
    FloatImages images = make_synthetic(synthetic, count > 0 ? count : otherwise,
                                        static_cast<std::uint64_t>(options.data_seed), split);
    return {std::move(images.pixels), std::move(images.labels)};
  };
  DataSet made = {options.data, synthetic.shape, synthetic.classes,
                  make(options.train_examples, 2000, "train"), make(options.test_examples, 1000, "test")};
  if (options.labels == "random") made.train.labels = make(made.train.count(), 0, "random labels").labels;
  return made;
}

}  // namespace

SyntheticOptions parse_synthetic(std::string_view text, std::string_view place) {
  SyntheticOptions options;
  if (text.empty()) return options;
  const auto fail = [&] {
    throw Error(place,
                fmt::format("synthetic sizes must be CxHxW or CxHxW,CLASSES with C, H, W from 1 to 1024 and "
                            "CLASSES from 2 to 1024, are \"{}\"",
                            text));
  };
  std::string_view rest = text;
  const auto take = [&](std::int64_t& value, std::int64_t least) {
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc() || value < least || value > 1024) fail();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  };
  const auto skip = [&](char separator) {
    if (rest.empty() || rest.front() != separator) fail();
    rest.remove_prefix(1);
  };
  take(options.shape.channels, 1);
  skip('x');
  take(options.shape.height, 1);
  skip('x');
  take(options.shape.width, 1);
  if (rest.empty()) return options;
  skip(',');
  take(options.classes, 2);
  if (!rest.empty()) fail();
  return options;
}

FloatImages make_synthetic(const SyntheticOptions& options, std::int64_t count, std::uint64_t seed,
                           std::string_view split) {
  FloatImages images{options.shape, {}, {}};
  const auto size = static_cast<std::size_t>(options.shape.size());
  images.pixels.resize(static_cast<std::size_t>(count) * size);
  Teacher teacher(options, seed);
  const std::string purpose = fmt::format("synthetic {} image", split);
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const std::span<float> image = std::span(images.pixels).subspan(i * size, size);
    RandomStream(seed, purpose, i).fill_normal(image);
    images.labels.push_back(teacher.label(image.data()));
  }
  return images;
}

extern const Reader kSyntheticReader;
const Reader kSyntheticReader = {"synthetic", "[:CxHxW[,CLASSES]]", false, load, nullptr};

}  // namespace nwedge::network
