#include "nwedge/wedge/wedge_model.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/wedge/wedge_curvature.hpp"

namespace nwedge::wedge {
namespace {

/// body(begin, end, chunk) over fixed chunks of [0, size): the chunks do not depend on the number of threads.
template <class Body>
void for_chunks(std::size_t size, const Body& body) {
  constexpr std::size_t kChunk = 65536;
  parallel_for(static_cast<std::int64_t>((size + kChunk - 1) / kChunk), [&](std::int64_t chunk) {
    const std::size_t begin = static_cast<std::size_t>(chunk) * kChunk;
    body(begin, std::min(size, begin + kChunk), static_cast<std::uint64_t>(chunk));
  });
}

CrossSection cross_section_of(const WedgeOptions& options, const WedgeSet& wedges) {
  return {options.cross_section == "box", options.energy == "linear", options.half_width, options.opening,
          wedges.stiffness};
}

/// What `AxisKernel` takes off |x|: a box's half-width.
float box_width(const CrossSection& section) {
  return section.box ? static_cast<float>(section.half_width) : 0.0f;
}

/// The first of the least values, or the first NaN: a NaN is passed on.
std::size_t first_least(std::span<const double> values) {
  std::size_t least = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) return i;
    if (values[i] < values[least]) least = i;
  }
  return least;
}

double norm(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum);
}

}  // namespace

WedgeModel::WedgeModel(const WedgeOptions& options) : WedgeModel(options, make_wedges(options)) {}

WedgeModel::WedgeModel(WedgeOptions options, WedgeSet wedges)
    : CurvedLandscape(options.dimension),
      options_(std::move(options)),
      wedges_(std::move(wedges)),
      frames_(wedges_) {
  options_.validate("wedge model");
  wedges_.check("wedge model");
  if (wedges_.dimension != options_.dimension || wedges_.count != options_.wedges ||
      wedges_.short_directions != options_.short_directions || wedges_.axis() != (options_.frames == "axis"))
    throw Error(
        "wedge model",
        fmt::format(
            "options name {} {} wedges of {} short directions in {} dimensions, the geometry has {} {} "
            "of {} in {}",
            options_.wedges, options_.frames, options_.short_directions, options_.dimension, wedges_.count,
            wedges_.axis() ? "axis" : "random", wedges_.short_directions, wedges_.dimension));
  options_.stiffness = wedges_.stiffness;
  options_.stiffness_spread = 1;
  section_ = cross_section_of(options_, wedges_);
  if (axis() && wedges_.short_centres.empty() && wedges_.stiffness.empty() && section_.opening == 0)
    kernel_.emplace(wedges_);
}

void WedgeModel::require_wedge(std::int64_t wedge) const {
  if (wedge < 0 || wedge >= wedges())
    throw Error("wedge model", fmt::format("a wedge must be from 0 to {}, is {}", wedges() - 1, wedge));
}

void WedgeModel::require_point(std::span<const float> point) const {
  if (point.size() != static_cast<std::size_t>(dimension()))
    throw Error("wedge model",
                fmt::format("a point must have {} entries, has {}", dimension(), point.size()));
}

std::span<const std::int64_t> WedgeModel::short_axes(std::int64_t wedge) const {
  require_wedge(wedge);
  if (!axis()) throw Error("wedge model", "short axes exist only for frames = \"axis\"; use the frame");
  const auto s = static_cast<std::size_t>(short_directions());
  return std::span(wedges_.short_axes).subspan(static_cast<std::size_t>(wedge) * s, s);
}

std::span<const float> WedgeModel::frame(std::int64_t wedge) const {
  require_wedge(wedge);
  if (axis()) throw Error("wedge model", "a frame exists only for frames = \"random\"; use the short axes");
  const std::size_t size =
      static_cast<std::size_t>(short_directions()) * static_cast<std::size_t>(dimension());
  return std::span(wedges_.frames).subspan(static_cast<std::size_t>(wedge) * size, size);
}

std::vector<double> WedgeModel::short_coordinates(std::span<const float> point, std::int64_t wedge) const {
  require_wedge(wedge);
  require_point(point);
  const auto s = static_cast<std::size_t>(short_directions());
  std::vector<double> u(s);
  frames_.gather(wedge, point, u);
  if (!wedges_.short_centres.empty())
    for (std::size_t i = 0; i < s; ++i)
      u[i] -= wedges_.short_centres[static_cast<std::size_t>(wedge) * s + i];
  return u;
}

std::vector<double> WedgeModel::short_distances(std::span<const float> point) const {
  std::vector<double> distances(static_cast<std::size_t>(wedges()));
  for (std::int64_t k = 0; k < wedges(); ++k)
    distances[static_cast<std::size_t>(k)] = norm(short_coordinates(point, k));
  return distances;
}

double WedgeModel::squared_distance_to_centre(std::span<const float> point, std::int64_t wedge) const {
  const float* long_centre =
      wedges_.long_centres.empty()
          ? nullptr
          : wedges_.long_centres.data() + static_cast<std::size_t>(wedge) * point.size();
  double sum = 0;
  for (std::size_t j = 0; j < point.size(); ++j) {
    const double x = static_cast<double>(point[j]) - (long_centre ? long_centre[j] : 0.0f);
    sum += x * x;
  }
  return sum;
}

double WedgeModel::long_radius(std::span<const float> point, std::int64_t wedge) const {
  // theta minus the long centre has the short part B^T theta, without the short centre.
  std::vector<double> u(static_cast<std::size_t>(short_directions()));
  require_wedge(wedge);
  require_point(point);
  frames_.gather(wedge, point, u);
  double sum = squared_distance_to_centre(point, wedge);
  for (const double value : u) sum -= value * value;
  return std::sqrt(std::max(sum, 0.0));
}

std::vector<double> WedgeModel::energies(std::span<const float> point) const {
  require_point(point);
  std::vector<double> values(static_cast<std::size_t>(wedges()));
  if (kernel_) {
    kernel_->sum_one(point.data(), box_width(section_), values);
    for (double& value : values) value = section_.energy_of_sum(value, 0);
    return values;
  }
  for (std::int64_t k = 0; k < wedges(); ++k) {
    const double rho = section_.opening > 0 ? long_radius(point, k) : 0;
    values[static_cast<std::size_t>(k)] = section_.energy(short_coordinates(point, k), rho);
  }
  return values;
}

void WedgeModel::for_energies(std::span<const float> points,
                              const std::function<void(std::size_t, std::span<const double>)>& body) const {
  constexpr std::size_t kTile = AxisKernel::kLanes;
  const auto size = static_cast<std::size_t>(dimension());
  const auto count = static_cast<std::size_t>(wedges());
  const std::size_t total = points.size() / size;
  parallel_for(static_cast<std::int64_t>((total + kTile - 1) / kTile), [&](std::int64_t tile) {
    const std::size_t begin = static_cast<std::size_t>(tile) * kTile;
    const std::size_t end = std::min(total, begin + kTile);
    if (!kernel_ || end - begin < kTile) {
      for (std::size_t i = begin; i < end; ++i) body(i, energies(points.subspan(i * size, size)));
      return;
    }
    std::vector<double> sums(count * kTile);
    std::vector<double> here(count);
    kernel_->sum_sixteen(points.data() + begin * size, box_width(section_), sums);
    for (std::size_t lane = 0; lane < kTile; ++lane) {
      for (std::size_t k = 0; k < count; ++k) here[k] = section_.energy_of_sum(sums[k * kTile + lane], 0);
      body(begin + lane, here);
    }
  });
}

WedgeModel::Combined WedgeModel::combine(std::span<const double> energies) const {
  const std::size_t nearest = first_least(energies);
  const double least = energies[nearest];
  if (options_.minimum == "hard") return {least, {static_cast<std::int64_t>(nearest)}, {1.0}};
  // -tau log mean exp(-E/tau), about the least energy so that nothing underflows.
  Combined result{least, {}, {}};
  double sum = 0;
  for (const double energy : energies) {
    result.wedges.push_back(static_cast<std::int64_t>(result.wedges.size()));
    result.shares.push_back(std::exp((least - energy) / options_.temperature));
    sum += result.shares.back();
  }
  for (double& share : result.shares) share /= sum;
  result.loss -= options_.temperature * std::log(sum / static_cast<double>(energies.size()));
  if (result.loss < 0) result.loss = 0;
  return result;
}

double WedgeModel::loss_of(std::span<const double> energies) const {
  return options_.minimum == "hard" ? energies[first_least(energies)] : combine(energies).loss;
}

std::int64_t WedgeModel::nearest(std::span<const float> point) const {
  return static_cast<std::int64_t>(first_least(energies(point)));
}

Metrics WedgeModel::do_evaluate(std::span<const float> point, Split) const {
  Metrics metrics;
  metrics.loss = combine(energies(point)).loss;
  return metrics;
}

std::vector<Metrics> WedgeModel::do_evaluate_many(std::span<const float> points, Split) const {
  std::vector<Metrics> metrics(points.size() / static_cast<std::size_t>(dimension()));
  for_energies(points,
               [&](std::size_t i, std::span<const double> here) { metrics[i].loss = combine(here).loss; });
  return metrics;
}

void WedgeModel::add_slope(std::span<const float> point, std::int64_t wedge, double share,
                           std::span<double> sum) const {
  const bool opens = section_.opening > 0;
  const double rho = opens ? long_radius(point, wedge) : 0;
  std::vector<double> by_u(static_cast<std::size_t>(short_directions()));
  double by_rho = 0;
  section_.slope(short_coordinates(point, wedge), rho, by_u, by_rho);
  for (double& value : by_u) value *= share;
  if (by_rho != 0 && rho > 0) {
    const double factor = share * by_rho / rho;
    const WedgeCurvature::LongPart long_part(*this, point, wedge);
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += factor * long_part.values[j];
  }
  frames_.scatter_add(wedge, by_u, sum);
}

double WedgeModel::gradient_of(std::span<const float> point, std::span<const double> energies,
                               std::span<float> gradient) const {
  const Combined combined = combine(energies);
  std::vector<double> sum(gradient.size(), 0.0);
  for (std::size_t i = 0; i < combined.wedges.size(); ++i)
    if (combined.shares[i] != 0) add_slope(point, combined.wedges[i], combined.shares[i], sum);
  std::transform(sum.begin(), sum.end(), gradient.begin(), [](double x) { return static_cast<float>(x); });
  return combined.loss;
}

double WedgeModel::do_gradient(std::span<const float> point, std::span<float> gradient, Split) const {
  return gradient_of(point, energies(point), gradient);
}

WedgeModel::Slopes WedgeModel::slopes(std::span<const float> points) const {
  const auto size = static_cast<std::size_t>(dimension());
  if (points.size() % size != 0)
    throw Error("wedge model",
                fmt::format("points must have a multiple of {} entries, have {}", size, points.size()));
  const std::size_t count = points.size() / size;
  Slopes slopes{std::vector<double>(count), std::vector<float>(points.size()),
                std::vector<std::int64_t>(count)};
  for_energies(points, [&](std::size_t i, std::span<const double> here) {
    slopes.nearest[i] = static_cast<std::int64_t>(first_least(here));
    slopes.losses[i] = gradient_of(points.subspan(i * size, size), here,
                                   std::span(slopes.gradients).subspan(i * size, size));
  });
  return slopes;
}

double WedgeModel::do_batch_gradient(std::span<const float> point, const Batch& batch,
                                     std::span<float> gradient) const {
  const double loss = do_gradient(point, gradient, Split::train);
  if (options_.gradient_noise == 0) return loss;
  const double sigma = options_.gradient_noise / std::sqrt(static_cast<double>(batch.size));
  for_chunks(gradient.size(), [&](std::size_t begin, std::size_t end, std::uint64_t chunk) {
    RandomStream random(derive_seed(batch.seed, "wedge gradient noise", chunk), "step",
                        static_cast<std::uint64_t>(batch.index));
    for (std::size_t j = begin; j < end; ++j) gradient[j] += static_cast<float>(sigma * random.normal());
  });
  return loss;
}

std::vector<float> WedgeModel::do_initial_point(std::uint64_t seed) const {
  std::vector<float> point(static_cast<std::size_t>(dimension()));
  for_chunks(point.size(), [&](std::size_t begin, std::size_t end, std::uint64_t chunk) {
    RandomStream(seed, "wedge initial point", chunk)
        .fill_normal(std::span(point).subspan(begin, end - begin), options_.initial_sigma);
  });
  return point;
}

std::unique_ptr<Curvature> WedgeModel::do_curvature_at(std::span<const float> point, Split) const {
  const Combined combined = combine(energies(point));
  return std::make_unique<WedgeCurvature>(*this, point, combined.wedges, combined.shares);
}

}  // namespace nwedge::wedge
