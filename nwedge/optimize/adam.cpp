#include <atomic>
#include <cmath>
#include <utility>

#include "nwedge/core/vectorise.hpp"
#include "nwedge/optimize/blocks.hpp"
#include "nwedge/optimize/direction.hpp"

namespace nwedge::optimize {
namespace {

constexpr float kEpsilon = 1e-8f;  // [kingma2015], the default

struct Coefficients {
  float rate;     // of m, bias corrected
  float inverse;  // 1 / sqrt(1 - beta_2^t)
  float scale;
  float decay;  // into g; decoupled: off theta
  float first;
  float second;
};

template <bool kDecoupled>
std::uint32_t update(Coefficients c, std::size_t count, float* __restrict point,
                     const float* __restrict gradient, float* __restrict mean, float* __restrict square) {
  std::uint32_t bad = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float theta = point[i];
    const float g = kDecoupled ? c.scale * gradient[i] : c.scale * gradient[i] + c.decay * theta;
    const float m = c.first * mean[i] + (1 - c.first) * g;
    const float v = c.second * square[i] + (1 - c.second) * g * g;
    const float shrunk = kDecoupled ? theta - c.decay * theta : theta;
    const float next = shrunk - c.rate * m / (std::sqrt(v) * c.inverse + kEpsilon);
    bad |= not_finite(next);
    mean[i] = m;
    square[i] = v;
    point[i] = next;
  }
  return bad;
}

template <bool kDecoupled>
class Adam final : public Direction {
 public:
  Adam(const Options& options, DecayedPart decayed)
      : decayed_(std::move(decayed)),
        first_(options.momentum),
        second_(options.second_momentum),
        decay_(options.weight_decay),
        mean_(decayed_.dimension()),
        square_(decayed_.dimension()) {}

  bool step(std::span<float> point, std::span<const float> gradient, double rate, double scale) override {
    first_power_ *= first_;
    second_power_ *= second_;
    const Coefficients c{static_cast<float>(rate / (1 - first_power_)),
                         static_cast<float>(1 / std::sqrt(1 - second_power_)),
                         static_cast<float>(scale),
                         static_cast<float>(kDecoupled ? rate * decay_ : decay_),
                         static_cast<float>(first_),
                         static_cast<float>(second_)};
    std::atomic<std::uint32_t> bad = 0;
    for_each_block(point.size(), [&](std::size_t, std::size_t begin, std::size_t end) {
      decayed_.for_each_stretch(begin, end, [&](std::size_t from, std::size_t to, bool decays) {
        Coefficients own = c;
        if (!decays) own.decay = 0;
        bad |= vectorise([&] {
          return update<kDecoupled>(own, to - from, point.data() + from, gradient.data() + from,
                                    mean_.data() + from, square_.data() + from);
        });
      });
    });
    return bad == 0;
  }

 private:
  DecayedPart decayed_;
  double first_;
  double second_;
  double first_power_ = 1;   // beta_1^t
  double second_power_ = 1;  // beta_2^t
  double decay_;
  std::vector<float> mean_;
  std::vector<float> square_;
};

}  // namespace

std::unique_ptr<Direction> make_adam(const Options& options, DecayedPart decayed) {
  return std::make_unique<Adam<false>>(options, std::move(decayed));
}

std::unique_ptr<Direction> make_adamw(const Options& options, DecayedPart decayed) {
  return std::make_unique<Adam<true>>(options, std::move(decayed));
}

}  // namespace nwedge::optimize
