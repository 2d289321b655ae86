#include <atomic>

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
  Sgd(const Options& options, std::size_t dimension)
      : decay_(static_cast<float>(options.weight_decay)),
        momentum_(static_cast<float>(options.momentum)),
        nesterov_(options.nesterov),
        velocity_(options.momentum > 0 ? dimension : 0) {}

  bool step(std::span<float> point, std::span<const float> gradient, double rate, double scale) override {
    const Coefficients c{static_cast<float>(rate), static_cast<float>(scale), decay_, momentum_};
    std::atomic<std::uint32_t> bad = 0;
    for_each_block(point.size(), [&](std::size_t, std::size_t begin, std::size_t end) {
      float* const theta = point.data() + begin;
      const float* const g = gradient.data() + begin;
      if (velocity_.empty())
        bad |= plain(c, end - begin, theta, g);
      else if (nesterov_)
        bad |= with_momentum<true>(c, end - begin, theta, g, velocity_.data() + begin);
      else
        bad |= with_momentum<false>(c, end - begin, theta, g, velocity_.data() + begin);
    });
    return bad == 0;
  }

 private:
  float decay_;
  float momentum_;
  bool nesterov_;
  std::vector<float> velocity_;
};

}  // namespace

std::unique_ptr<Direction> make_sgd(const Options& options, std::size_t dimension) {
  return std::make_unique<Sgd>(options, dimension);
}

}  // namespace nwedge::optimize
