#include "nwedge/wedge/wedge_set.hpp"

#include <fmt/core.h>

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "nwedge/core/error.hpp"
#include "nwedge/core/memory.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/wedge/frames.hpp"

namespace nwedge::wedge {
namespace {

using Matrix = Eigen::MatrixXd;

/// The first `count` places of a uniformly random permutation of {0, …, size - 1}, in O(count) memory.
void draw_axes(RandomStream& random, std::int64_t size, std::span<std::int64_t> axes) {
  std::unordered_map<std::int64_t, std::int64_t> moved;  // a Fisher-Yates shuffle that stores only what moved
  const auto value_at = [&](std::int64_t place) {
    const auto found = moved.find(place);
    return found == moved.end() ? place : found->second;
  };
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto here = static_cast<std::int64_t>(i);
    const std::int64_t other =
        here + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(size - here)));
    axes[i] = value_at(other);
    moved[other] = value_at(here);
  }
}

/// frame [s, D]: the orthonormal basis of the span of s Gaussian vectors.
void draw_frame(RandomStream& random, std::int64_t dimension, std::int64_t count, std::span<float> frame) {
  Matrix gaussian(dimension, count);
  for (Eigen::Index i = 0; i < gaussian.size(); ++i) gaussian.data()[i] = random.normal();
  const Eigen::HouseholderQR<Eigen::Ref<Matrix>> factors(gaussian);
  const Matrix basis = factors.householderQ() * Matrix::Identity(dimension, count);
  for (Eigen::Index i = 0; i < basis.size(); ++i)
    frame[static_cast<std::size_t>(i)] = static_cast<float>(basis.data()[i]);
}

/// Memory for all numbers of the wedges, before the first one is drawn.
MemoryClaim claim(const WedgeOptions& options) {
  const double dimension = static_cast<double>(options.dimension);
  const double directions =
      static_cast<double>(options.wedges) * static_cast<double>(options.short_directions);
  const bool axis = options.frames == "axis";
  double bytes = directions * (axis ? double{sizeof(std::int64_t)} : sizeof(float) * dimension);
  if (options.centre_spread > 0) bytes += sizeof(float) * directions;
  if (options.centre_spread > 0 && options.opening > 0)
    bytes += sizeof(float) * static_cast<double>(options.wedges) * dimension;
  return {static_cast<std::int64_t>(std::min(bytes, 9e18)), "wedge model",
          fmt::format("{} wedges with {} frames of {} x {}", options.wedges, options.frames,
                      options.short_directions, options.dimension),
          axis ? "use fewer wedges or short directions" : "use frames = \"axis\" or fewer wedges"};
}

void draw_long_centres(const WedgeOptions& options, WedgeSet& wedges) {
  const auto dimension = static_cast<std::size_t>(options.dimension);
  wedges.long_centres.resize(static_cast<std::size_t>(options.wedges) * dimension);
  const Frames frames(wedges);
  parallel_for(options.wedges, [&](std::int64_t k) {
    const std::span<float> centre =
        std::span(wedges.long_centres).subspan(static_cast<std::size_t>(k) * dimension, dimension);
    RandomStream(static_cast<std::uint64_t>(options.seed), "wedge long centre", static_cast<std::uint64_t>(k))
        .fill_normal(centre, options.centre_spread);
    std::vector<double> short_part(static_cast<std::size_t>(options.short_directions));
    frames.gather(k, centre, short_part);
    for (double& value : short_part) value = -value;
    std::vector<double> long_part(centre.begin(), centre.end());
    frames.scatter_add(k, short_part, long_part);
    std::transform(long_part.begin(), long_part.end(), centre.begin(),
                   [](double x) { return static_cast<float>(x); });
  });
}

template <class Value>
void require_shape(std::string_view place, std::string_view name, const std::vector<Value>& values,
                   std::size_t expected, bool optional) {
  if (values.size() == expected || (optional && values.empty())) return;
  throw Error(place, fmt::format("{} must have {} entries, has {}", name, expected, values.size()));
}

template <class Value>
void require_finite(std::string_view place, std::string_view name, const std::vector<Value>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      throw Error(place, fmt::format("{} must be finite, entry {} is {}", name, i, values[i]));
}

void check_axes(const WedgeSet& wedges, std::string_view place) {
  const auto s = static_cast<std::size_t>(wedges.short_directions);
  for (std::int64_t k = 0; k < wedges.count; ++k) {
    std::vector<std::int64_t> axes(s);
    std::copy_n(wedges.short_axes.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(k) * s), s,
                axes.begin());
    std::sort(axes.begin(), axes.end());
    if (axes.front() < 0 || axes.back() >= wedges.dimension)
      throw Error(place, fmt::format("short_axes of wedge {} must lie in 0 to {}, one is {}", k,
                                     wedges.dimension - 1, axes.front() < 0 ? axes.front() : axes.back()));
    const auto twice = std::adjacent_find(axes.begin(), axes.end());
    if (twice != axes.end())
      throw Error(place,
                  fmt::format("short_axes of wedge {} must be distinct, {} is there twice", k, *twice));
  }
}

void check_frames(const WedgeSet& wedges, std::string_view place) {
  using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  constexpr float kTolerance = 1e-3f;  // far above float rounding, far below any wrong frame
  require_finite(place, "frames", wedges.frames);
  std::vector<float> errors(static_cast<std::size_t>(wedges.count));
  parallel_for(wedges.count, [&](std::int64_t k) {
    const Eigen::Map<const RowMatrix> frame(
        wedges.frames.data() + k * wedges.short_directions * wedges.dimension, wedges.short_directions,
        wedges.dimension);
    const RowMatrix gram = frame * frame.transpose();
    errors[static_cast<std::size_t>(k)] =
        (gram - RowMatrix::Identity(gram.rows(), gram.cols())).cwiseAbs().maxCoeff();
  });
  for (std::size_t k = 0; k < errors.size(); ++k)
    if (errors[k] > kTolerance)
      throw Error(
          place,
          fmt::format("the short directions of wedge {} must be orthonormal, their products are off by {}", k,
                      errors[k]));
}

}  // namespace

void WedgeSet::check(std::string_view place) const {
  if (dimension < 1 || count < 1 || short_directions < 1 || short_directions > dimension)
    throw Error(
        place,
        fmt::format("needs at least one wedge, and 1 to dimension ({}) short directions; has {} wedges "
                    "with {}",
                    dimension, count, short_directions));
  const auto entries = static_cast<std::size_t>(count) * static_cast<std::size_t>(short_directions);
  if (short_axes.empty() == frames.empty()) throw Error(place, "needs either short_axes or frames");
  if (axis())
    require_shape(place, "short_axes", short_axes, entries, false);
  else
    require_shape(place, "frames", frames, entries * static_cast<std::size_t>(dimension), false);
  require_shape(place, "short_centres", short_centres, entries, true);
  require_shape(place, "long_centres", long_centres,
                static_cast<std::size_t>(count) * static_cast<std::size_t>(dimension), true);
  require_shape(place, "stiffness", stiffness, static_cast<std::size_t>(short_directions), true);
  require_finite(place, "short_centres", short_centres);
  require_finite(place, "long_centres", long_centres);
  require_finite(place, "stiffness", stiffness);
  for (const double value : stiffness)
    if (value <= 0) throw Error(place, fmt::format("stiffness must be above 0, one is {}", value));
  if (axis())
    check_axes(*this, place);
  else
    check_frames(*this, place);
}

WedgeSet make_wedges(const WedgeOptions& options) {
  options.validate("wedge model");
  const MemoryClaim fits = claim(options);
  WedgeSet wedges;
  wedges.dimension = options.dimension;
  wedges.count = options.wedges;
  wedges.short_directions = options.short_directions;
  wedges.stiffness = options.stiffness_values();
  const auto s = static_cast<std::size_t>(options.short_directions);
  const auto entries = static_cast<std::size_t>(options.wedges) * s;
  const auto seed = static_cast<std::uint64_t>(options.seed);
  if (options.frames == "axis") {
    wedges.short_axes.resize(entries);
    parallel_for(options.wedges, [&](std::int64_t k) {
      RandomStream random(seed, "wedge axes", static_cast<std::uint64_t>(k));
      draw_axes(random, options.dimension,
                std::span(wedges.short_axes).subspan(static_cast<std::size_t>(k) * s, s));
    });
  } else {
    const std::size_t size = s * static_cast<std::size_t>(options.dimension);
    wedges.frames.resize(static_cast<std::size_t>(options.wedges) * size);
    parallel_for(options.wedges, [&](std::int64_t k) {
      RandomStream random(seed, "wedge frame", static_cast<std::uint64_t>(k));
      draw_frame(random, options.dimension, options.short_directions,
                 std::span(wedges.frames).subspan(static_cast<std::size_t>(k) * size, size));
    });
  }
  if (options.centre_spread > 0) {
    wedges.short_centres.resize(entries);
    RandomStream(seed, "wedge short centres").fill_normal(wedges.short_centres, options.centre_spread);
    if (options.opening > 0) draw_long_centres(options, wedges);
  }
  return wedges;
}

}  // namespace nwedge::wedge
