#include "nwedge/network/kernels/winograd.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "nwedge/core/random.hpp"
#include "nwedge/network/kernels/lanes.hpp"
#include "nwedge/network/network.hpp"

namespace nwedge::network {
namespace {

/// Two rows of outputs by the three transforms and plain sums between them, against the definition in double.
void expect_convolution(std::int64_t channels, std::int64_t outputs, std::int64_t columns, bool two_rows) {
  RandomStream random(3, "winograd");
  const auto draw = [&](std::int64_t count) {
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = static_cast<float>(random.normal());
    return values;
  };
  const std::int64_t width = columns + 2;
  const std::vector<float> filters = draw(outputs * channels * 9);
  const std::vector<float> bias = draw(outputs);
  const std::vector<float> x = draw(channels * 4 * width * kLanes);
  const std::int64_t count = (columns + 1) / 2;
  const WinogradTiles in = {channels, count, columns, count};
  const WinogradTiles out = {outputs, count, columns, count};
  std::vector<float> u(static_cast<std::size_t>(kWinogradPlaces * outputs * channels));
  std::vector<float> v(static_cast<std::size_t>(kWinogradPlaces * in.plane()));
  std::vector<float> m(static_cast<std::size_t>(kWinogradPlaces * out.plane()), 0.0f);
  transform_filters(filters.data(), outputs, channels, u.data());
  const float* rows[4];
  for (std::int64_t r = 0; r < 4; ++r)
    rows[r] = r == 3 && !two_rows ? nullptr : x.data() + r * width * kLanes;
  transform_inputs(rows, 4 * width * kLanes, kLanes, in, v.data());
  for (std::int64_t p = 0; p < kWinogradPlaces; ++p)
    for (std::int64_t o = 0; o < outputs; ++o)
      for (std::int64_t i = 0; i < channels; ++i)
        for (std::int64_t n = 0; n < count * kLanes; ++n)
          m[static_cast<std::size_t>(p * out.plane() + o * count * kLanes + n)] +=
              u[static_cast<std::size_t>((p * outputs + o) * channels + i)] *
              v[static_cast<std::size_t>(p * in.plane() + i * count * kLanes + n)];
  const float untouched = 77;
  std::vector<float> z(static_cast<std::size_t>(outputs * 2 * columns * kLanes), untouched);
  transform_outputs(m.data(), out, bias.data(), z.data(), two_rows ? z.data() + columns * kLanes : nullptr,
                    2 * columns * kLanes, kLanes);
  for (std::int64_t o = 0; o < outputs; ++o)
    for (std::int64_t h = 0; h < 2; ++h)
      for (std::int64_t w = 0; w < columns; ++w)
        for (std::int64_t n = 0; n < kLanes; ++n) {
          const float found = z[static_cast<std::size_t>(((o * 2 + h) * columns + w) * kLanes + n)];
          if (h == 1 && !two_rows) {
            ASSERT_EQ(found, untouched);
            continue;
          }
          double sum = bias[static_cast<std::size_t>(o)];
          double size = std::abs(sum);
          for (std::int64_t i = 0; i < channels; ++i)
            for (std::int64_t s = 0; s < 3; ++s)
              for (std::int64_t t = 0; t < 3; ++t) {
                const double term =
                    static_cast<double>(
                        filters[static_cast<std::size_t>((o * channels + i) * 9 + s * 3 + t)]) *
                    x[static_cast<std::size_t>(((i * 4 + h + s) * width + w + t) * kLanes + n)];
                sum += term;
                size += std::abs(term);
              }
          ASSERT_NEAR(found, sum, 1e-6 * size) << o << " " << h << " " << w << " " << n;
        }
}

TEST(Winograd, TwoRowsAreTheConvolution) { expect_convolution(9, 5, 6, true); }
TEST(Winograd, AnOddNumberOfColumns) { expect_convolution(8, 3, 7, true); }
TEST(Winograd, ARowAlone) { expect_convolution(3, 4, 5, false); }
TEST(Winograd, OneSquare) { expect_convolution(1, 1, 2, true); }

class FastConvolutions : public testing::TestWithParam<const char*> {};

/// Pooled and plain, even and odd sizes, biases and none; an error of the transforms would be of order 1.
TEST_P(FastConvolutions, MoveLossesByLessThanTheStatedShare) {
  const auto data = std::make_shared<const DataSet>(load_data({"synthetic:3x14x14,10", 64, 40}));
  const auto with = [&](bool fast) {
    NetworkOptions options;
    options.fast_convolutions = fast;
    return Network(data, make_model({GetParam()}, *data), options);
  };
  const Network fast = with(true);
  const Network plain = with(false);
  for (const std::uint64_t seed : {0, 1, 2}) {
    const std::vector<float> point = plain.initial_point(seed);
    for (const Split split : {Split::train, Split::test}) {
      const double expected = plain.evaluate(point, split).loss;
      const double found = fast.evaluate(point, split).loss;
      EXPECT_NEAR(found, expected, 1e-5 * expected) << seed;
    }
    std::vector<float> gradient(point.size());
    // Statistics of batch normalisation come from evaluations; else gradients are the same.
    const double slack = plain.graph().buffers.empty() ? 0 : 1e-6;
    const double expected = plain.gradient(point, gradient);
    EXPECT_NEAR(fast.gradient(point, gradient), expected, slack * expected);
  }
  EXPECT_NE(fast.evaluate(plain.initial_point(0)).loss, plain.evaluate(plain.initial_point(0)).loss)
      << "the option is read and ignored";
}

INSTANTIATE_TEST_SUITE_P(Of, FastConvolutions,
                         testing::Values("cnn:8,16,32", "resnet:8", "vgg:11-bn", "wrn:10-2"));

}  // namespace
}  // namespace nwedge::network
