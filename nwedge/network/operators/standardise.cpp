#include "nwedge/network/operators/standardise.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "nwedge/network/kernels/lanes.hpp"
#include "nwedge/network/kernels/moments.hpp"
#include "nwedge/network/operators/symmetry.hpp"
#include "nwedge/network/operators/vectorised.hpp"

namespace nwedge::network {
namespace {

using Lanes = std::array<float, kLanes>;

}  // namespace

Standardise::Standardise(const NodeShapes& node, const Sets& sets, bool centred, double epsilon)
    : Operator(node.inputs[0]),
      sets_(sets),
      centred_(centred),
      epsilon_(static_cast<float>(epsilon)),
      scale_(node.weight_offset(0)),
      shift_(node.weight_offset(1)) {}

/// Entries of a set may move as their scales do; runs of channels move as blocks.
void Standardise::tie(const NodeAxes& axes) const {
  axes.broadcast();
  std::size_t first = sets_.channels_move ? 0 : shape().size();
  if (sets_.channels_move) {
    const std::int64_t runs[] = {sets_.sets, sets_.channels};
    axes.all.factors(axes.y[0], runs);
  } else {
    for (std::int64_t size = 1; size < sets_.channels;) size *= shape()[--first];
  }
  const std::span<const Axis> y = axes.y;
  const Axis channels = sets_.channels_move ? y[0] : axes.all.product(y.subspan(first));
  for (const std::vector<Axis>& weight : axes.weights)
    if (!weight.empty()) axes.all.tie(axes.all.product(weight), channels);
  if (!sets_.channels_move) axes.all.mix(channels, y.first(first));
}

std::int64_t Standardise::scratch_floats(std::int64_t lanes) const { return 2 * parameters() * lanes; }

Standardise::Places Standardise::places_of(const Layout& layout) const {
  std::vector<std::int64_t> all;
  const Runs runs(layout.shape, {layout.strides}, layout.lanes);
  runs.for_each([&](const auto& at) {
    for (std::int64_t n = 0; n < runs.length(); n += layout.lanes) all.push_back(layout.origin + at[0] + n);
  });
  const std::int64_t size = sets_.channels * sets_.repetitions;
  Places places;
  for (std::int64_t s = 0; s < sets_.sets; ++s) places.set.push_back(all[static_cast<std::size_t>(s * size)]);
  for (std::int64_t k = 0; k < size; ++k) places.entry.push_back(all[static_cast<std::size_t>(k)] - all[0]);
  return places;
}

void Standardise::bind(const Binding& binding) {
  lanes_ = binding.lanes;
  x_ = places_of(*binding.x[0]);
  y_ = places_of(*binding.y);
  if (binding.dy != nullptr) dy_ = places_of(*binding.dy);
  if (binding.dx[0] != nullptr) dx_ = places_of(*binding.dx[0]);
}

/// f(set, first lane) for every set and every group of sixteen lanes that holds examples.
template <class F>
void Standardise::for_each_set(F&& f, std::int64_t groups) const {
  for (std::size_t s = 0; s < x_.set.size(); ++s)
    for (std::int64_t g = 0; g < groups; ++g) f(s, g * kLanes);
}

void Standardise::moments(const float* x, float* mean, float* inverse) const {
  lane_moments(x, x_.entry, centred_, mean, inverse);
  for (std::int64_t n = 0; n < kLanes; ++n) inverse[n] = 1.0f / std::sqrt(inverse[n] + epsilon_);
}

void Standardise::forward(const NodePass& pass) const {
  alignas(64) Lanes own_mean;
  alignas(64) Lanes own_inverse;
  auto* kept = reinterpret_cast<float*>(pass.kept);
  for_each_set(
      [&](std::size_t s, std::int64_t lane) {
        float* mean =
            kept == nullptr ? own_mean.data() : kept + 2 * static_cast<std::int64_t>(s) * lanes_ + lane;
        float* inverse = kept == nullptr ? own_inverse.data() : mean + lanes_;
        const float* x = pass.x[0].data + x_.set[s] + lane;
        float* y = pass.y.data + y_.set[s] + lane;
        moments(x, mean, inverse);
        std::size_t e = 0;
        for (std::int64_t c = 0; c < sets_.channels; ++c) {
          const std::int64_t j = parameter(static_cast<std::int64_t>(s), c);
          const float own_scale = scale(pass.weights, j);
          const float own_shift = shift(pass.weights, j);
          for (std::int64_t r = 0; r < sets_.repetitions; ++r, ++e) {
            const float* value = x + x_.entry[e];
            float* to = y + y_.entry[e];
#pragma GCC unroll 1
            for (std::int64_t n = 0; n < kLanes; ++n)
              to[n] = (value[n] - mean[n]) * inverse[n] * own_scale + own_shift;
          }
        }
      },
      pass.groups);
}

void Standardise::clear_sums(float* sums) const { std::fill_n(sums, 2 * parameters() * lanes_, 0.0f); }

void Standardise::add_up(const NodePass& pass, const float* sums) const {
  const auto put = [&](std::int64_t offset, const float* from) {
    for (std::int64_t j = 0; j < parameters() && offset >= 0; ++j, from += lanes_) {
      float total = 0;
      for (std::int64_t n = 0; n < pass.examples; ++n) total += from[n];
      float& target = pass.gradient[offset + j];
      target = total + (pass.add_gradient ? target : 0.0f);
    }
  };
  put(scale_, sums);
  put(shift_, sums + parameters() * lanes_);
}

void Standardise::backward(const NodePass& pass) const {
  const float share = 1.0f / static_cast<float>(x_.entry.size());
  const auto* kept = reinterpret_cast<const float*>(pass.kept);
  float* scale_sums = pass.scratch;
  float* shift_sums = pass.scratch + parameters() * lanes_;
  clear_sums(pass.scratch);
  for_each_set(
      [&](std::size_t s, std::int64_t lane) {
        const float* mean = kept + 2 * static_cast<std::int64_t>(s) * lanes_ + lane;
        const float* inverse = mean + lanes_;
        const float* x = pass.x[0].data + x_.set[s] + lane;
        const float* dy = pass.dy.data + dy_.set[s] + lane;
        alignas(64) Lanes level = {};
        alignas(64) Lanes tilt = {};
        for (std::size_t e = 0; e < x_.entry.size(); ++e) {
          const std::int64_t j =
              parameter(static_cast<std::int64_t>(s), static_cast<std::int64_t>(e) / sets_.repetitions);
          const float factor = scale(pass.weights, j);
          const float* value = x + x_.entry[e];
          const float* slope = dy + dy_.entry[e];
          float* turns = scale_sums + j * lanes_ + lane;
          float* lifts = shift_sums + j * lanes_ + lane;
#pragma GCC unroll 1
          for (std::int64_t n = 0; n < kLanes; ++n) {
            const float u = (value[n] - mean[n]) * inverse[n];
            turns[n] += slope[n] * u;
            lifts[n] += slope[n];
            level[static_cast<std::size_t>(n)] += factor * slope[n];
            tilt[static_cast<std::size_t>(n)] += factor * slope[n] * u;
          }
        }
        if (!pass.dx[0]) return;
#pragma GCC unroll 1
        for (std::size_t n = 0; n < static_cast<std::size_t>(kLanes); ++n) {
          level[n] *= centred_ ? share : 0.0f;
          tilt[n] *= share;
        }
        float* dx = pass.dx[0].data + dx_.set[s] + lane;
        const bool add = pass.add[0] != 0;
        for (std::size_t e = 0; e < x_.entry.size(); ++e) {
          const std::int64_t j =
              parameter(static_cast<std::int64_t>(s), static_cast<std::int64_t>(e) / sets_.repetitions);
          const float factor = scale(pass.weights, j);
          const float* value = x + x_.entry[e];
          const float* slope = dy + dy_.entry[e];
          float* to = dx + dx_.entry[e];
#pragma GCC unroll 1
          for (std::int64_t n = 0; n < kLanes; ++n) {
            const auto k = static_cast<std::size_t>(n);
            const float u = (value[n] - mean[n]) * inverse[n];
            const float own = (factor * slope[n] - level[k] - u * tilt[k]) * inverse[n];
            to[n] = own + (add ? to[n] : 0.0f);
          }
        }
      },
      pass.groups);
  if (pass.gradient != nullptr) add_up(pass, pass.scratch);
}

void Standardise::tangent(const NodePass& pass) const {
  const float share = 1.0f / static_cast<float>(x_.entry.size());
  const auto* kept = reinterpret_cast<const float*>(pass.kept);
  for_each_set(
      [&](std::size_t s, std::int64_t lane) {
        const float* mean = kept + 2 * static_cast<std::int64_t>(s) * lanes_ + lane;
        const float* inverse = mean + lanes_;
        const float* x = pass.x[0].data + x_.set[s] + lane;
        const float* x_dot = pass.x_dot[0] ? pass.x_dot[0].data + x_.set[s] + lane : nullptr;
        float* y_dot = pass.y_dot.data + y_.set[s] + lane;
        alignas(64) Lanes level = {};
        alignas(64) Lanes tilt = {};
        for (std::size_t e = 0; e < x_.entry.size() && x_dot != nullptr; ++e)
#pragma GCC unroll 1
          for (std::int64_t n = 0; n < kLanes; ++n) {
            const auto k = static_cast<std::size_t>(n);
            const float dot = x_dot[x_.entry[e] + n];
            level[k] += centred_ ? dot * share : 0.0f;
            tilt[k] += (x[x_.entry[e] + n] - mean[n]) * inverse[n] * dot * share;
          }
        for (std::size_t e = 0; e < x_.entry.size(); ++e) {
          const std::int64_t j =
              parameter(static_cast<std::int64_t>(s), static_cast<std::int64_t>(e) / sets_.repetitions);
          const float factor = scale(pass.weights, j);
          const float turn = scale_ < 0 ? 0.0f : pass.vector[scale_ + j];
          const float lift = shift_ < 0 ? 0.0f : pass.vector[shift_ + j];
          const float* value = x + x_.entry[e];
          float* to = y_dot + y_.entry[e];
#pragma GCC unroll 1
          for (std::int64_t n = 0; n < kLanes; ++n) {
            const auto k = static_cast<std::size_t>(n);
            const float u = (value[n] - mean[n]) * inverse[n];
            const float dot = x_dot == nullptr ? 0.0f : x_dot[x_.entry[e] + n];
            to[n] = factor * (dot - level[k] - u * tilt[k]) * inverse[n] + turn * u + lift;
          }
        }
      },
      pass.groups);
}

void Standardise::tangent_backward(const NodePass& pass) const {
  const float share = 1.0f / static_cast<float>(x_.entry.size());
  const auto* kept = reinterpret_cast<const float*>(pass.kept);
  float* scale_sums = pass.scratch;
  float* shift_sums = pass.scratch + parameters() * lanes_;
  clear_sums(pass.scratch);
  for_each_set(
      [&](std::size_t s, std::int64_t lane) {
        const float* mean = kept + 2 * static_cast<std::int64_t>(s) * lanes_ + lane;
        const float* inverse = mean + lanes_;
        const float* x = pass.x[0].data + x_.set[s] + lane;
        const float* x_dot = pass.x_dot[0] ? pass.x_dot[0].data + x_.set[s] + lane : nullptr;
        const float* dy = pass.dy.data + dy_.set[s] + lane;
        const float* dy_dot = pass.dy_dot.data + dy_.set[s] + lane;
        alignas(64) Lanes x_level = {};  // <x.>
        alignas(64) Lanes x_tilt = {};   // <u x.>
        for (std::size_t e = 0; e < x_.entry.size() && x_dot != nullptr; ++e)
#pragma GCC unroll 1
          for (std::int64_t n = 0; n < kLanes; ++n) {
            const auto k = static_cast<std::size_t>(n);
            const float dot = x_dot[x_.entry[e] + n] * share;
            x_level[k] += centred_ ? dot : 0.0f;
            x_tilt[k] += (x[x_.entry[e] + n] - mean[n]) * inverse[n] * dot;
          }
        alignas(64) Lanes level = {};      // <g>
        alignas(64) Lanes tilt = {};       // <g u>
        alignas(64) Lanes level_dot = {};  // <g.>
        alignas(64) Lanes tilt_dot = {};   // <g. u + g u.>
        const auto each = [&](auto&& f) {
          for (std::size_t e = 0; e < x_.entry.size(); ++e) {
            const std::int64_t j =
                parameter(static_cast<std::int64_t>(s), static_cast<std::int64_t>(e) / sets_.repetitions);
            const float factor = scale(pass.weights, j);
            const float turn = scale_ < 0 ? 0.0f : pass.vector[scale_ + j];
#pragma GCC unroll 1
            for (std::int64_t n = 0; n < kLanes; ++n) {
              const auto k = static_cast<std::size_t>(n);
              const float u = (x[x_.entry[e] + n] - mean[n]) * inverse[n];
              const float dot = x_dot == nullptr ? 0.0f : x_dot[x_.entry[e] + n];
              const float u_dot = (dot - x_level[k] - u * x_tilt[k]) * inverse[n];
              const float slope = dy[dy_.entry[e] + n];
              const float slope_dot = dy_dot[dy_.entry[e] + n];
              f(e, j, n, k, u, u_dot, slope, slope_dot, factor * slope, factor * slope_dot + turn * slope);
            }
          }
        };
        each([&](std::size_t, std::int64_t j, std::int64_t n, std::size_t k, float u, float u_dot,
                 float slope, float slope_dot, float g, float g_dot) {
          scale_sums[j * lanes_ + lane + n] += slope_dot * u + slope * u_dot;
          shift_sums[j * lanes_ + lane + n] += slope_dot;
          level[k] += centred_ ? g * share : 0.0f;
          tilt[k] += g * u * share;
          level_dot[k] += centred_ ? g_dot * share : 0.0f;
          tilt_dot[k] += (g_dot * u + g * u_dot) * share;
        });
        if (!pass.dx_dot[0]) return;
        float* to = pass.dx_dot[0].data + dx_.set[s] + lane;
        const bool add = pass.add[0] != 0;
        each([&](std::size_t e, std::int64_t, std::int64_t n, std::size_t k, float u, float u_dot, float,
                 float, float g, float g_dot) {
          const float own = (g - level[k] - u * tilt[k]) * inverse[n];
          const float dot =
              (g_dot - level_dot[k] - u_dot * tilt[k] - u * tilt_dot[k] - own * x_tilt[k]) * inverse[n];
          float& target = to[dx_.entry[e] + n];
          target = dot + (add ? target : 0.0f);
        });
      },
      pass.groups);
  if (pass.gradient != nullptr) add_up(pass, pass.scratch);
}

std::unique_ptr<Operator> make_standardise(const NodeShapes& node, const Standardise::Sets& sets,
                                           bool centred, double epsilon) {
  return make_vectorised<Standardise>(node, sets, centred, epsilon);
}

}  // namespace nwedge::network
