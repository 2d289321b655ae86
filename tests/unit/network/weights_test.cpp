#include "nwedge/network/weights.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "nwedge/io/safetensors.hpp"
#include "nwedge/network/families/family.hpp"
#include "nwedge/network/families/initial_weights.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::network {
namespace {

using test::expect_error;
using test::TemporaryFolder;

class Weights : public ::testing::Test {
 protected:
  Graph net_ = make_graph({"cnn:2"}, {1, 4, 6}, 3);
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "w.safetensors";

  /// Reads the tensors of `net_` after `change` has been at them.
  template <class Change>
  std::vector<float> read_changed(Change change) {
    write_weights(net_, initial_weights(net_, 1), path_);
    io::TensorFile file = io::read_safetensors(path_);
    change(file.tensors);
    io::write_safetensors(path_, file.tensors);
    return read_weights(net_, path_);
  }
};

TEST_F(Weights, GiveBackWhatWasWritten) {
  const std::vector<float> weights = initial_weights(net_, 1);
  write_weights(net_, weights, path_, {{"seed", "1"}});
  EXPECT_EQ(read_weights(net_, path_), weights);
  const io::TensorFile file = io::read_safetensors(path_);
  EXPECT_EQ(file.find("4.weight")->shape, (std::vector<std::int64_t>{3, 12}));
  EXPECT_EQ(file.metadata.at("model"), "cnn:2");
  EXPECT_EQ(file.metadata.at("seed"), "1");
}

TEST_F(Weights, OrderInTheFileDoesNotMatter) {
  const auto weights =
      read_changed([](std::vector<io::Tensor>& tensors) { std::swap(tensors[0], tensors[3]); });
  EXPECT_EQ(weights, initial_weights(net_, 1));
}

TEST_F(Weights, DoublesAreRounded) {
  const auto weights = read_changed([](std::vector<io::Tensor>& tensors) {
    const auto floats = std::get<std::vector<float>>(tensors[0].values);
    tensors[0].values = std::vector<double>(floats.begin(), floats.end());
  });
  EXPECT_EQ(weights, initial_weights(net_, 1));
}

TEST_F(Weights, BadTensorsAreErrors) {
  using Tensors = std::vector<io::Tensor>;
  expect_error([&] { read_changed([](Tensors& t) { t.pop_back(); }); }, path_.string(), "tensor \"4.bias\"",
               "is missing");
  expect_error([&] { read_changed([](Tensors& t) {
                       t.push_back({"5.bias", {1}, std::vector<float>{1}});
                     }); },
               "tensor \"5.bias\" is not one of model cnn:2");
  expect_error([&] { read_changed([](Tensors& t) {
                       t[2].shape = {12, 3};
                     }); }, "must have shape [3, 12]",
               "1x4x6 images", "has [12, 3]");
  expect_error([&] { read_changed([](Tensors& t) { t[2].values = std::vector<std::int32_t>(36); }); },
               "must hold floating-point numbers");
  for (const float bad : {NAN, INFINITY, -INFINITY})
    expect_error(
        [&] { read_changed([&](Tensors& t) { std::get<std::vector<float>>(t[2].values)[7] = bad; }); },
        "tensor \"4.weight\" must hold finite numbers", "entry 7 is");
  expect_error([&] { read_changed([](Tensors& t) { t[2].values = std::vector<double>(36, 1e300); }); },
               "entry 0 is inf");
  expect_error([&] { read_weights(net_, folder_ / "missing"); }, "cannot read");
}

TEST_F(Weights, OfAnotherActivationAreAnError) {
  write_weights(net_, initial_weights(net_, 1), path_);
  Graph other = net_;
  other.activation = "tanh";
  expect_error([&] { read_weights(other, path_); }, path_.string(), "made with activation relu",
               "not with tanh");
}

TEST_F(Weights, AWrongNumberOfWeightsIsABug) {
  EXPECT_THROW(write_weights(net_, std::vector<float>(3), path_), std::logic_error);
}

}  // namespace
}  // namespace nwedge::network
