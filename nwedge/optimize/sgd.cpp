#include <atomic>
#include <utility>

#include "nwedge/core/vectorise.hpp"
#include "nwedge/optimize/blocks.hpp"
#include "nwedge/optimize/direction.hpp"

namespace nwedge::optimize {
namespace {

struct Coefficients {
  float rate;
  float scale;
  float decay;
  float momentum;
};

std::uint32_t plain(Coefficients c, std::size_t count, float* __restrict point,
                    const float* __restrict gradient) {
  std::uint32_t bad = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float theta = point[i];
    const float next = theta - c.rate * (c.scale * gradient[i] + c.decay * theta);
    bad |= not_finite(next);
    point[i] = next;
  }
  return bad;
}

template <bool kNesterov>
std::uint32_t with_momentum(Coefficients c, std::size_t count, float* __restrict point,
                            const float* __restrict gradient, float* __restrict velocity) {
  std::uint32_t bad = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float theta = point[i];
    const float g = c.scale * gradient[i] + c.decay * theta;
    const float v = c.momentum * velocity[i] + g;
    const float next = theta - c.rate * (kNesterov ? g + c.momentum * v : v);
    bad |= not_finite(next);
    velocity[i] = v;
    point[i] = next;
  }
  return bad;
}

class Sgd final : public Direction {
 public:
  Sgd(const Options& options, DecayedPart decayed)
      : decayed_(std::move(decayed)),
        decay_(static_cast<float>(options.weight_decay)),
        momentum_(static_cast<float>(options.momentum)),
        nesterov_(options.nesterov),
        velocity_(options.momentum > 0 ? decayed_.dimension() : 0) {}

  bool step(std::span<float> point, std::span<const float> gradient, double rate, double scale) override {
    const Coefficients c{static_cast<float>(rate), static_cast<float>(scale), decay_, momentum_};
    std::atomic<std::uint32_t> bad = 0;
    for_each_block(point.size(), [&](std::size_t, std::size_t begin, std::size_t end) {
      decayed_.for_each_stretch(begin, end, [&](std::size_t from, std::size_t to, bool decays) {
        Coefficients own = c;
        if (!decays) own.decay = 0;
        bad |= update(own, to - from, point.data() + from, gradient.data() + from, from);
      });
    });
    return bad == 0;
  }

 private:
  std::uint32_t update(Coefficients c, std::size_t count, float* theta, const float* g, std::size_t from) {
    return vectorise([&, velocity = velocity_.data() + from] {
      if (velocity_.empty()) return plain(c, count, theta, g);
      return nesterov_ ? with_momentum<true>(c, count, theta, g, velocity)
                       : with_momentum<false>(c, count, theta, g, velocity);
    });
  }

  DecayedPart decayed_;
  float decay_;
  float momentum_;
  bool nesterov_;
  std::vector<float> velocity_;
};

}  // namespace

std::unique_ptr<Direction> make_sgd(const Options& options, DecayedPart decayed) {
  return std::make_unique<Sgd>(options, std::move(decayed));
}

}  // namespace nwedge::optimize
