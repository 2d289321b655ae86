#include "nwedge/geometry/subspace.hpp"

#include <gtest/gtest.h>

#include "nwedge/core/error.hpp"
#include "nwedge/optimize/optimizer.hpp"
#include "tests/support/quadratic_landscape.hpp"

namespace nwedge::geometry {
namespace {

using test::QuadraticLandscape;

/// 20 stiff directions of 400, the wedge's quadratic.
std::vector<double> stiff_directions() {
  std::vector<double> spectrum(400);
  for (std::size_t i = 0; i < 20; ++i) spectrum[i] = 1;
  return spectrum;
}

TEST(Subspace, StartsAtTheOriginOfTheSection) {
  const QuadraticLandscape base(stiff_directions());
  const std::vector<float> origin = base.initial_point(1);
  const Subspace subspace(base, origin, make_random_projection("hadamard", 400, 30, 2));
  EXPECT_EQ(subspace.dimension(), 30);
  EXPECT_EQ(subspace.point(subspace.initial_point(0)), origin);
  EXPECT_EQ(subspace.evaluate(subspace.initial_point(0)).loss, base.evaluate(origin).loss);
}

TEST(Subspace, TrainingReachesTheBottomExactlyWhenItHasAsManyDimensionsAsThereAreShortDirections) {
  const QuadraticLandscape base(stiff_directions());
  const std::vector<float> origin = base.initial_point(1);
  const double before = base.evaluate(origin).loss;
  optimize::Options options;
  options.method = "sgd";
  options.schedule = "constant";
  options.learning_rate = 2;  // the section's largest curvature is about (1 + sqrt(d/s))^2 s/D < 1
  options.momentum = 0.95;
  options.steps = 3000;
  Monitor quiet;
  for (const std::int64_t d : {10, 60}) {
    const Subspace subspace(base, origin, make_random_projection("orthonormal", 400, d, 2));
    const optimize::Result result =
        optimize::minimize(subspace, subspace.initial_point(0), options, 0, quiet);
    const double share = subspace.evaluate(result.point).loss / before;
    if (d < 20)
      EXPECT_GT(share, 0.2) << "the mean over sections is 1 - d/s = 1/2";
    else
      EXPECT_LT(share, 1e-6);
  }
}

TEST(Subspace, ItsHessianIsTheProjectedOne) {
  const QuadraticLandscape base(stiff_directions());
  const std::shared_ptr<const RandomProjection> projection = make_random_projection("gaussian", 400, 6, 2);
  const CurvedSubspace subspace(base, base.initial_point(1), projection);
  const auto hessian = subspace.curvature_at(subspace.initial_point(0));
  std::vector<float> z = {1, -2, 0, 0.5, 0, 3};
  std::vector<float> product(6);
  hessian->multiply(z, product);
  std::vector<float> lifted(400);
  projection->apply(z, std::vector<float>(400), lifted);
  const std::vector<double> full = base.multiply({lifted.begin(), lifted.end()});
  std::vector<float> expected(6);
  projection->apply_transpose(std::vector<float>(full.begin(), full.end()), expected);
  for (std::size_t j = 0; j < 6; ++j) EXPECT_NEAR(product[j], expected[j], 1e-6);
}

TEST(Subspace, ChecksItsSizes) {
  const QuadraticLandscape base(stiff_directions());
  EXPECT_THROW(Subspace(base, std::vector<float>(399), make_random_projection("hadamard", 400, 3, 0)), Error);
  EXPECT_THROW(Subspace(base, std::vector<float>(400), make_random_projection("hadamard", 399, 3, 0)), Error);
}

}  // namespace
}  // namespace nwedge::geometry
