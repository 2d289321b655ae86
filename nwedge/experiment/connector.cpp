#include "nwedge/experiment/connector.hpp"

#include "nwedge/core/parallel.hpp"
#include "nwedge/core/progress.hpp"
#include "nwedge/geometry/m_tunnel.hpp"
#include "nwedge/geometry/random_projection.hpp"
#include "nwedge/geometry/subspace.hpp"

namespace nwedge::experiment {
namespace {

optimize::Options section_descent(const MTunnel& options) {
  optimize::Options descent = options.training.descent();
  descent.method = "adam";
  descent.momentum = 0.9;
  descent.learning_rate = options.connector_rate;
  descent.steps = options.connector_steps;
  return descent;
}

}  // namespace

void first_crossing(ConnectorResult& result, double target) {
  const std::vector<double>& dimensions = result.dimensions;
  const std::vector<double>& values = result.functional;
  result.target = target;
  result.at_least = dimensions.back();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(values[i] <= target)) continue;
    result.at_most = dimensions[i];
    result.at_least = i == 0 ? dimensions[0] : dimensions[i - 1];
    const double share = i == 0 ? 0 : (values[i - 1] - target) / (values[i - 1] - values[i]);
    result.dimension = result.at_least + share * (dimensions[i] - result.at_least);
    return;
  }
}

ConnectorResult connector_dimension(const Landscape& landscape, const Landscape& evaluated,
                                    const MTunnel& options, const StarSet& set, double at_mean, double target,
                                    std::uint64_t seed, Monitor& monitor) {
  const std::int64_t dimension = landscape.dimension();
  const auto functional = geometry::m_tunnel(landscape, set.points, options.quadrature);
  const auto measured = geometry::m_tunnel(evaluated, set.points, options.quadrature);
  const std::vector<float> mean = geometry::mean_point(set.points, dimension);
  std::vector<double> dimensions{0.0};
  const bool reached = at_mean <= target;  // then no section is needed
  for (const std::int64_t d : options.connector_dimensions)
    if (!reached && d <= dimension) dimensions.push_back(static_cast<double>(d));
  std::vector<double> values(dimensions.size(), at_mean);
  const std::vector<double> costs(dimensions.size(), 1.0);
  Progress progress(monitor, costs);
  parallel_for(std::ssize(dimensions) - 1, [&](std::int64_t i) {
    const auto index = static_cast<std::size_t>(i) + 1;
    const std::shared_ptr<const geometry::RandomProjection> projection = geometry::make_random_projection(
        "hadamard", dimension, static_cast<std::int64_t>(dimensions[index]), seed);
    const geometry::Subspace section(*functional, mean, projection);
    const optimize::Result result =
        optimize::minimize(section, section.initial_point(0), section_descent(options),
                           derive_seed(seed, "connector"), progress.part(index));
    values[index] = measured->evaluate(section.point(result.point)).loss;
  });
  ConnectorResult result;
  result.kind = set.kind;
  result.members = set.members;
  result.m = set.size();
  result.dimensions = std::move(dimensions);
  result.functional = std::move(values);
  first_crossing(result, target);
  return result;
}

}  // namespace nwedge::experiment
