#include "nwedge/wedge/wedge_file.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "nwedge/io/safetensors.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/wedge/variants.hpp"

namespace nwedge::wedge {
namespace {

using nwedge::test::expect_error;
using nwedge::test::TemporaryFolder;

TEST(WedgeFile, EveryVariantComesBackBitForBit) {
  const TemporaryFolder folder;
  const std::vector<WedgeOptions> variants = testing::every_variant();
  for (std::size_t i = 0; i < variants.size(); i += 7) {  // every choice in every company, without 256 fsyncs
    const WedgeOptions& options = variants[i];
    const WedgeModel model(options);
    save_wedges(folder / "model.safetensors", model);
    const auto loaded = load_wedges(folder / "model.safetensors");
    EXPECT_EQ(to_json_object(loaded->options()), to_json_object(model.options()))
        << testing::describe(options);
    const std::vector<float> points = testing::random_point(std::int64_t{23} * 5, 1);
    for (std::size_t j = 0; j < 5; ++j) {
      const auto point = std::span(points).subspan(j * 23, 23);
      EXPECT_EQ(loaded->evaluate(point).loss, model.evaluate(point).loss) << testing::describe(options);
    }
    EXPECT_EQ(loaded->initial_point(3), model.initial_point(3));
  }
}

TEST(WedgeFile, AxesAreATensorOfWholeNumbers) {
  const TemporaryFolder folder;
  const WedgeModel model(testing::every_variant().front());
  save_wedges(folder / "model.safetensors", model);
  const io::TensorFile file = io::read_safetensors(folder / "model.safetensors");
  const io::Tensor* axes = file.find("short_axes");
  ASSERT_NE(axes, nullptr);
  EXPECT_EQ(axes->shape, (std::vector<std::int64_t>{4, 5}));
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(axes->values), model.geometry().short_axes);
  EXPECT_EQ(file.metadata.at("dimension"), "23");
}

/// A small valid file, changed, then loaded.
void expect_rejected(
    const std::function<void(std::vector<io::Tensor>&, std::map<std::string, std::string>&)>& change,
    const std::string& part) {
  const TemporaryFolder folder;
  std::vector<io::Tensor> tensors = {{"short_axes", {2, 3}, std::vector<std::int64_t>{0, 1, 2, 3, 4, 5}},
                                     {"stiffness", {3}, std::vector<double>{1, 2, 3}}};
  std::map<std::string, std::string> metadata = {{"dimension", "10"}};
  io::write_safetensors(folder / "good.safetensors", tensors, metadata);
  EXPECT_NO_THROW(load_wedges(folder / "good.safetensors"));
  change(tensors, metadata);
  io::write_safetensors(folder / "bad.safetensors", tensors, metadata);
  expect_error([&] { load_wedges(folder / "bad.safetensors"); }, "bad.safetensors", part);
}

TEST(WedgeFile, WrongContentIsAnErrorThatNamesIt) {
  expect_rejected([](auto& t, auto&) { t[0].values = std::vector<std::int64_t>{0, 1, 10, 3, 4, 5}; }, "10");
  expect_rejected([](auto& t, auto&) { t[0].values = std::vector<std::int64_t>{0, 1, -1, 3, 4, 5}; }, "-1");
  expect_rejected([](auto& t, auto&) { t[0].values = std::vector<std::int64_t>{0, 1, 1, 3, 4, 5}; }, "twice");
  expect_rejected([](auto& t, auto&) { t[0].values = std::vector<float>{0, 1, 2, 3, 4, 5}; }, "short_axes");
  expect_rejected([](auto& t, auto&) { t[0].shape = {6}; }, "short_axes");
  expect_rejected(
      [](auto& t, auto&) {
        t[0].shape = {0, 3};
        t[0].values = std::vector<std::int64_t>{};
      },
      "wedge");
  expect_rejected(
      [](auto& t, auto&) {
        t[1].shape = {2};
        t[1].values = std::vector<double>{1, 2};
      },
      "stiffness");
  expect_rejected([](auto& t, auto&) { t[1].values = std::vector<double>{1, 0, 2}; }, "stiffness");
  expect_rejected([](auto& t, auto&) { t[1].values = std::vector<double>{1, NAN, 2}; }, "stiffness");
  expect_rejected([](auto& t, auto&) { t[1].name = "stifness"; }, "stifness");
  expect_rejected([](auto& t, auto&) { t.erase(t.begin()); }, "short_axes");
  expect_rejected([](auto&, auto& m) { m.clear(); }, "dimension");
  expect_rejected([](auto&, auto& m) { m["dimension"] = "2"; }, "1 to dimension (2) short directions");
  expect_rejected([](auto&, auto& m) { m["dimension"] = "ten"; }, "whole number");
  expect_rejected([](auto&, auto& m) { m["half-width"] = "-1"; }, "half-width");
  expect_rejected([](auto&, auto& m) { m["half-widht"] = "1"; }, "did you mean \"half-width\"");
  expect_rejected([](auto&, auto& m) { m["minimum"] = "\"soft\""; }, "temperature");
}

TEST(WedgeFile, FramesThatAreNotOrthonormalAreAnError) {
  const TemporaryFolder folder;
  const std::vector<io::Tensor> tensors = {{"frames", {1, 2, 3}, std::vector<float>{1, 0, 0, 0.1f, 1, 0}}};
  io::write_safetensors(folder / "bad.safetensors", tensors, {});
  expect_error([&] { load_wedges(folder / "bad.safetensors"); }, "bad.safetensors", "orthonormal");
}

}  // namespace
}  // namespace nwedge::wedge
