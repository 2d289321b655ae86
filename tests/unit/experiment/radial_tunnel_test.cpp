#include "nwedge/experiment/radial_tunnel.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "nwedge/core/statistics.hpp"
#include "nwedge/wedge/core_edge.hpp"
#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::experiment {
namespace {

/// The radial tunnel of a wedge model against its prediction, for a tube (opening 0) and a cone (half-width
/// 0).
class RadialTunnelOnWedges : public ::testing::TestWithParam<std::pair<double, double>> {};

INSTANTIATE_TEST_SUITE_P(TubeAndCone, RadialTunnelOnWedges,
                         ::testing::Values(std::pair(1.0, 0.0), std::pair(0.0, 0.05), std::pair(0.0, 0.0)));

TEST_P(RadialTunnelOnWedges, HasThePredictedWidth) {
  wedge::WedgeOptions o;
  o.dimension = 1000;
  o.short_directions = 100;
  o.wedges = 1;
  o.half_width = GetParam().first;
  o.opening = GetParam().second;
  const wedge::WedgeModel model(o);
  Monitor monitor;
  optimize::Options training;
  training.steps = 1;
  optimize::Result run;
  run.initial = model.initial_point(1);
  run.point = wedge::descended(model, run.initial);

  RadialTunnel experiment;
  experiment.directions = 24;
  experiment.radii = {0.5, 1, 1.5};
  experiment.rise = 0.02;
  experiment.level = 0.02;
  experiment.map_points = 5;
  experiment.block_points = 5;
  experiment.tolerance = 0.002;
  const Record record = experiment.run({model, training, std::span(&run, 1), 3, {}}, monitor);
  // Over random planes the width varies like beta^(-1/2), beta ~ Beta(s/2, (D - s)/2): about 1/sqrt(2 s) of
  // it, 7 %; the median of 24 has a standard error of 1.25 * 7 % / sqrt(24) = 1.8 %. From the edge of a core,
  // where descent ends, it also depends on the way to the middle, and so on the optimum.
  for (const char* kind : {"half-width", "half-angle"})
    for (std::size_t r = 0; r < 3; ++r) {
      const double measured = record.result["planes"]["origin"][kind]["rise"][r].get<double>();
      const double predicted = record.result["prediction"][kind]["rise"][r].get<double>();
      EXPECT_NEAR(measured, predicted, 0.13 * predicted) << kind << " at radius " << experiment.radii[r];
    }
  EXPECT_EQ(record.result["random"]["low-share"], 0);

  StoredRecord stored;
  stored.landscape_kind = "wedge";
  stored.options = to_json_object(experiment);
  stored.result = record.result;
  EXPECT_EQ(experiment.judge(std::span(&stored, 1))[0].verdict, Verdict::reproduced);
}

TEST(RadialTunnel, ALandscapeWithoutWallsIsNotOne) {
  wedge::WedgeOptions o;
  o.dimension = 50;
  o.short_directions = 2;
  o.wedges = 1;
  o.half_width = 1000;  // everything is inside
  const wedge::WedgeModel model(o);
  Monitor monitor;
  optimize::Options training;
  training.steps = 1;
  optimize::Result run;
  run.initial = model.initial_point(1);
  run.point = run.initial;
  RadialTunnel experiment;
  experiment.planes = {"origin"};
  experiment.map_points = 5;
  const Record record = experiment.run({model, training, std::span(&run, 1), 3, {}}, monitor);
  StoredRecord stored;
  stored.options = to_json_object(experiment);
  stored.result = nlohmann::json::parse(record.result.dump());  // as a record on disk: infinity is null
  EXPECT_EQ(experiment.judge(std::span(&stored, 1))[0].verdict, Verdict::not_reproduced);
}

}  // namespace
}  // namespace nwedge::experiment
