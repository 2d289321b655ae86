#include "nwedge/network/data/augmentation.hpp"

#include <gtest/gtest.h>

#include <boost/math/distributions/chi_squared.hpp>
#include <numeric>
#include <vector>

#include "nwedge/core/random.hpp"

namespace nwedge::network {
namespace {

constexpr ImageShape kShape{2, 5, 4};

std::vector<float> noise() {
  std::vector<float> image(static_cast<std::size_t>(kShape.size()));
  RandomStream(1, "image").fill_normal(image);
  return image;
}

std::vector<float> augmented(const std::vector<float>& image, const AugmentationDraw& draw) {
  std::vector<float> out(image.size(), -7.0f);
  augment(image, kShape, draw, out);
  return out;
}

/// The definition, entry by entry.
std::vector<float> expected(const std::vector<float>& image, const AugmentationDraw& draw) {
  std::vector<float> out;
  for (std::int64_t c = 0; c < kShape.channels; ++c)
    for (std::int64_t y = 0; y < kShape.height; ++y)
      for (std::int64_t x = 0; x < kShape.width; ++x) {
        const std::int64_t row = y + draw.down;
        const std::int64_t column = (draw.mirrored ? kShape.width - 1 - x : x) + draw.right;
        const bool inside = row >= 0 && row < kShape.height && column >= 0 && column < kShape.width;
        const std::int64_t at = (c * kShape.height + row) * kShape.width + column;
        out.push_back(inside ? image[static_cast<std::size_t>(at)] : 0.0f);
      }
  return out;
}

TEST(Augmentation, IsItsDefinitionAtEveryOffset) {
  const std::vector<float> image = noise();
  for (std::int64_t down = -6; down <= 6; ++down)
    for (std::int64_t right = -6; right <= 6; ++right)
      for (const bool mirrored : {false, true}) {
        const AugmentationDraw draw{down, right, mirrored};
        ASSERT_EQ(augmented(image, draw), expected(image, draw)) << down << ' ' << right << ' ' << mirrored;
      }
}

TEST(Augmentation, FlippingTwiceIsTheIdentity) {
  const AugmentationDraw flip{0, 0, true};
  EXPECT_NE(augmented(noise(), flip), noise());
  EXPECT_EQ(augmented(augmented(noise(), flip), flip), noise());
}

TEST(Augmentation, WithoutOptionsIsTheIdentity) {
  std::vector<float> out(noise().size());
  for (std::uint64_t place = 0; place < 20; ++place) {
    augment(noise(), {kShape, {}}, {3, 1, place}, out);
    EXPECT_EQ(out, noise());
  }
}

TEST(Augmentation, TheSameNameIsTheSameImage) {
  const AugmentationOptions options{2, true};
  const auto image_of = [&](const AugmentationName& name) {
    std::vector<float> out(noise().size());
    augment(noise(), {kShape, options}, name, out);
    return out;
  };
  const AugmentationName name{3, 4, 5};
  const std::vector<float> first = image_of(name);
  image_of({9, 9, 9});
  EXPECT_EQ(image_of(name), first);
  int different = 0;
  for (std::uint64_t i = 0; i < 20; ++i)
    for (const AugmentationName& other : {AugmentationName{10 + i, 4, 5}, {3, 10 + i, 5}, {3, 4, 10 + i}})
      different += image_of(other) != first;
  EXPECT_GT(different, 50) << "one in 50 coincides by chance";
}

/// Pearson's statistic of equally likely cells is below its 99.9 % quantile.
void expect_uniform(const std::vector<int>& counts) {
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
  const double each = total / static_cast<double>(counts.size());
  double statistic = 0;
  for (const int count : counts) statistic += (count - each) * (count - each) / each;
  const boost::math::chi_squared law(static_cast<double>(counts.size() - 1));
  EXPECT_LT(statistic, boost::math::quantile(law, 0.999));
}

TEST(Augmentation, OffsetsAndFlipsAreUniformAndIndependent) {
  const AugmentationOptions options{4, true};
  const auto cell_of = [](const AugmentationDraw& draw) {
    return static_cast<std::size_t>(((draw.down + 4) * 9 + draw.right + 4) * 2 + (draw.mirrored ? 1 : 0));
  };
  std::vector<int> over_places(162);
  std::vector<int> over_steps(162);
  for (std::uint64_t i = 0; i < 16200; ++i) {
    ++over_places.at(cell_of(draw_augmentation(options, {1, 7, i})));
    ++over_steps.at(cell_of(draw_augmentation(options, {1, i, 7})));
  }
  expect_uniform(over_places);
  expect_uniform(over_steps);
}

TEST(Augmentation, FlipsChangeNoOffset) {
  for (std::uint64_t place = 0; place < 100; ++place) {
    const AugmentationDraw plain = draw_augmentation({4, false}, {1, 2, place});
    const AugmentationDraw flipped = draw_augmentation({4, true}, {1, 2, place});
    EXPECT_FALSE(plain.mirrored);
    EXPECT_EQ(plain.down, flipped.down);
    EXPECT_EQ(plain.right, flipped.right);
  }
}

}  // namespace
}  // namespace nwedge::network
