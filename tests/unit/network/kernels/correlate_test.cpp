#include "nwedge/network/kernels/correlate.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "nwedge/core/random.hpp"
#include "nwedge/network/kernels/lanes.hpp"

namespace nwedge::network {
namespace {

TEST(Correlate, IsThatOfPlainLoops) {
  for (const std::int64_t outputs : {1, 2, 3, 5, 8})
    for (const std::int64_t terms : {1, 4, 9, 18, 50})
      for (const std::int64_t width : {1, 2, 5})
        for (const std::int64_t stride : {1, 2})
          for (const bool add : {false, true}) {
            const std::int64_t height = 3;
            std::vector<float> slopes(static_cast<std::size_t>(outputs * height * (width + 1) * 16));
            std::vector<std::int32_t> offsets;
            for (std::int64_t t = 0; t < terms; ++t)
              offsets.push_back(static_cast<std::int32_t>((terms - t) % 7 * 16));
            const std::int64_t value_row = (stride * width + 8) * 16;
            std::vector<float> values(static_cast<std::size_t>(stride * height * value_row + 8 * 16));
            std::vector<float> gradient(static_cast<std::size_t>(outputs * terms));
            RandomStream(1, "slopes").fill_normal(slopes);
            RandomStream(1, "values").fill_normal(values);
            RandomStream(1, "gradient").fill_normal(gradient);
            Correlation correlation;
            correlation.slopes = slopes.data();
            correlation.slope_channel = height * (width + 1) * 16;
            correlation.slope_row = (width + 1) * 16;
            correlation.values = values.data();
            correlation.offsets = offsets;
            correlation.value_row = stride * value_row;
            correlation.value_column = stride * 16;
            correlation.outputs = outputs;
            correlation.rows = height;
            correlation.columns = width;
            correlation.gradient = gradient.data();
            correlation.add = add;
            std::vector<double> expected(gradient.begin(), gradient.end());
            for (std::int64_t o = 0; o < outputs; ++o)
              for (std::int64_t t = 0; t < terms; ++t) {
                double sum = add ? expected[static_cast<std::size_t>(o * terms + t)] : 0;
                for (std::int64_t h = 0; h < height; ++h)
                  for (std::int64_t w = 0; w < width; ++w)
                    for (std::int64_t n = 0; n < 16; ++n) {
                      const auto slope = static_cast<std::size_t>(o * correlation.slope_channel +
                                                                  h * correlation.slope_row + w * 16 + n);
                      const auto value = static_cast<std::size_t>(offsets[static_cast<std::size_t>(t)] +
                                                                  h * correlation.value_row +
                                                                  w * correlation.value_column + n);
                      sum += static_cast<double>(slopes[slope]) * static_cast<double>(values[value]);
                    }
                expected[static_cast<std::size_t>(o * terms + t)] = sum;
              }
            std::vector<float> scratch(static_cast<std::size_t>(correlation_scratch(terms)));
            correlate(correlation, scratch.data());
            for (std::size_t k = 0; k < expected.size(); ++k)
              ASSERT_NEAR(gradient[k], expected[k], 1e-4) << outputs << " " << terms << " " << width;
          }
}

TEST(Correlate, LanesAreSummedByHalves) {
  std::vector<float> lanes(16);
  std::iota(lanes.begin(), lanes.end(), 1.0f);
  EXPECT_EQ(lane_sum(lanes.data()), 136);
  lanes.assign(16, 0.0f);
  lanes[0] = 1e8f;
  lanes[1] = 3.0f;
  lanes[8] = -1e8f;  // meets lane 0 first, so nothing is lost
  EXPECT_EQ(lane_sum(lanes.data()), 3);
}

}  // namespace
}  // namespace nwedge::network
