#include "nwedge/optimize/average.hpp"

#include <fmt/core.h>

#include "nwedge/core/error.hpp"
#include "nwedge/core/vectorise.hpp"

namespace nwedge::optimize {

WeightAverage WeightAverage::mean(std::int64_t first, std::int64_t every) {
  if (first < 0 || every < 1)
    throw Error("weight average",
                fmt::format("needs first at least 0 and every at least 1, are {} and {}", first, every));
  return {first, every, -1};
}

WeightAverage WeightAverage::exponential(double decay) {
  if (!(decay >= 0 && decay < 1))
    throw Error("weight average", fmt::format("decay must be at least 0 and below 1, is {}", decay));
  return {0, 1, decay};
}

void WeightAverage::operator()(std::int64_t step, std::span<const float> point) {
  if (step < first_ || (step - first_) % every_ != 0) return;
  ++count_;
  if (average_.empty()) {
    average_.assign(point.begin(), point.end());
    return;
  }
  const double weight = decay_ < 0 ? 1.0 / static_cast<double>(count_) : 1 - decay_;
  vectorise([&] {
    for (std::size_t i = 0; i < point.size(); ++i) average_[i] += weight * (point[i] - average_[i]);
  });
}

std::vector<float> WeightAverage::point() const {
  if (average_.empty()) throw Error("weight average", "no point was averaged: begin earlier");
  return {average_.begin(), average_.end()};
}

}  // namespace nwedge::optimize
