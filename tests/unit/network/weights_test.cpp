#include "nwedge/network/weights.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nwedge/io/safetensors.hpp"
#include "nwedge/network/families/family.hpp"
#include "nwedge/network/families/initial_weights.hpp"
#include "nwedge/network/model.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::network {
namespace {

using test::expect_error;
using test::TemporaryFolder;
using Tensors = std::vector<io::Tensor>;

class Weights : public ::testing::Test {
 protected:
  Graph net_ = make_graph({"cnn:2"}, {1, 4, 6}, 3);
  Graph normed_ = make_graph({"resnet:8"}, {3, 8, 8}, 3);
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "w.safetensors";

  /// Buffers that differ from each other and from the initial ones.
  static std::vector<float> buffers_of(const Graph& graph) {
    std::vector<float> buffers(static_cast<std::size_t>(graph.buffer_size));
    for (std::size_t i = 0; i < buffers.size(); ++i) buffers[i] = 2 + static_cast<float>(i);
    return buffers;
  }

  /// Reads the state of `graph` after `change` has been at the tensors.
  template <class Change>
  State changed(const Graph& graph, Change change, std::string_view match = "names") {
    write_state(graph, initial_weights(graph, 1), buffers_of(graph), path_);
    io::TensorFile file = io::read_safetensors(path_);
    change(file.tensors);
    io::write_safetensors(path_, file.tensors);
    return read_state(graph, path_, match);
  }
  template <class Change>
  std::vector<float> read_changed(Change change) {
    return changed(net_, change).weights;
  }
  void expect_whole(const Graph& graph, const State& state) {
    EXPECT_EQ(state.weights, initial_weights(graph, 1));
    EXPECT_EQ(state.buffers, buffers_of(graph));
  }
};

template <class Rename>
auto renaming(Rename rename) {
  return [rename](Tensors& tensors) {
    for (io::Tensor& tensor : tensors) tensor.name = rename(tensor.name);
  };
}

/// As Python's writers leave a file.
void sort_by_name(Tensors& tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

TEST_F(Weights, GiveBackWhatWasWritten) {
  const std::vector<float> weights = initial_weights(net_, 1);
  write_state(net_, weights, {}, path_, {{"seed", "1"}});
  const State state = read_state(net_, path_);
  EXPECT_EQ(state.weights, weights);
  EXPECT_TRUE(state.notes.empty());
  EXPECT_TRUE(state.pairs.empty());
  const io::TensorFile file = io::read_safetensors(path_);
  EXPECT_EQ(file.find("4.weight")->shape, (std::vector<std::int64_t>{3, 12}));
  EXPECT_EQ(file.metadata.at("model"), "cnn:2");
  EXPECT_EQ(file.metadata.at("seed"), "1");
}

TEST_F(Weights, BuffersAreWrittenAndReadAsAStateDictHasThem) {
  const State state = changed(normed_, [](Tensors&) {});
  expect_whole(normed_, state);
  EXPECT_TRUE(state.notes.empty());
  EXPECT_NE(io::read_safetensors(path_).find("bn1.running_mean"), nullptr);
}

TEST_F(Weights, BuffersThatAreMissingHaveTheirInitialValuesAndANote) {
  const auto is_buffer = [](const io::Tensor& t) { return t.name.find("running") != std::string::npos; };
  const State none =
      changed(normed_, [&](Tensors& t) { t.erase(std::remove_if(t.begin(), t.end(), is_buffer), t.end()); });
  EXPECT_EQ(none.weights, initial_weights(normed_, 1));
  EXPECT_EQ(none.buffers, initial_buffers(normed_));
  const std::string all = std::to_string(normed_.buffers.size());
  ASSERT_EQ(none.notes.size(), 1u);
  EXPECT_NE(none.notes[0].find("lacks " + all + " of " + all + " buffers, the first is \"bn1.running_mean\""),
            std::string::npos)
      << none.notes[0];
  const State some =
      changed(normed_, [&](Tensors& t) { t.erase(std::find_if(t.begin(), t.end(), is_buffer)); });
  std::vector<float> expected = buffers_of(normed_);
  const BufferPlace& first = normed_.buffers.front();
  std::fill_n(expected.begin() + first.offset, first.count, first.initial);
  EXPECT_EQ(some.buffers, expected);
  EXPECT_EQ(some.notes.size(), 1u);
}

TEST_F(Weights, OrderInTheFileDoesNotMatterByName) {
  expect_whole(normed_, changed(normed_, [](Tensors& t) { std::reverse(t.begin(), t.end()); }));
  expect_whole(normed_, changed(normed_, sort_by_name));
}

TEST_F(Weights, DoublesAreRounded) {
  const auto weights = read_changed([](Tensors& tensors) {
    const auto floats = std::get<std::vector<float>>(tensors[0].values);
    tensors[0].values = std::vector<double>(floats.begin(), floats.end());
  });
  EXPECT_EQ(weights, initial_weights(net_, 1));
}

TEST_F(Weights, PrefixesOfWrappersAreTakenOffWithANote) {
  for (const std::string prefix :
       {"module.", "_orig_mod.", "model.", "network.", "_orig_mod.module.", "module.model.network."}) {
    const State state = changed(normed_, renaming([&](const std::string& name) { return prefix + name; }));
    expect_whole(normed_, state);
    ASSERT_EQ(state.notes.size(), 1u);
    EXPECT_NE(state.notes[0].find("begin with " + prefix + ": taken off"), std::string::npos);
  }
  const State one = changed(net_, [](Tensors& t) { t[1].name = "module." + t[1].name; });
  EXPECT_EQ(one.weights, initial_weights(net_, 1));
  EXPECT_EQ(one.notes.size(), 1u);
}

TEST_F(Weights, PrefixesThatAreTheNetworksOwnStay) {
  for (TensorPlace& tensor : net_.tensors) tensor.name = "model." + tensor.name;
  EXPECT_TRUE(changed(net_, [](Tensors&) {}).notes.empty());
  const State state = changed(net_, renaming([](const std::string& name) { return "module." + name; }));
  EXPECT_EQ(state.weights, initial_weights(net_, 1));
  EXPECT_NE(state.notes[0].find("begin with module.: taken off"), std::string::npos);
}

TEST_F(Weights, CountersAreLeftOut) {
  const auto add_counters = [](Tensors& t) {
    t.insert(t.begin(), {"n_averaged", {}, std::vector<std::int64_t>{3}});
    t.push_back({"bn1.num_batches_tracked", {}, std::vector<std::int64_t>{7}});
    t.push_back({"module.layer1.0.bn1.num_batches_tracked", {}, std::vector<std::int64_t>{7}});
  };
  for (const char* match : {"names", "order"}) expect_whole(normed_, changed(normed_, add_counters, match));
}

TEST_F(Weights, BadTensorsAreErrors) {
  expect_error([&] { read_changed([](Tensors& t) { t.pop_back(); }); }, path_.string(),
               "tensor \"4.bias\" of model cnn:2 is missing: the file holds 0.weight 0.bias 4.weight");
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
  expect_error([&] { read_state(net_, folder_ / "missing"); }, "cannot read");
}

TEST_F(Weights, BadBuffersAreErrors) {
  const auto with = [&](auto change) {
    changed(normed_, [&](Tensors& t) {
      change(*std::find_if(t.begin(), t.end(), [](const auto& x) { return x.name == "bn1.running_var"; }));
    });
  };
  expect_error([&] { with([](io::Tensor& t) { std::get<std::vector<float>>(t.values)[3] = NAN; }); },
               "tensor \"bn1.running_var\" must hold finite numbers, entry 3 is nan");
  expect_error([&] { with([](io::Tensor& t) { t.shape = {4, 4}; }); }, "must have shape [16]", "has [4, 4]");
  expect_error([&] { with([](io::Tensor& t) { t.values = std::vector<std::uint8_t>(16); }); },
               "must hold floating-point numbers");
}

TEST_F(Weights, AMissingTensorIsExplained) {
  const auto rename = [&](const char* from, const char* to) {
    return [=, this] { read_changed(renaming([=](const std::string& n) { return replaced(n, from, to); })); };
  };
  expect_error(rename("4.", "conv4."), "tensor \"4.weight\" of model cnn:2 is missing",
               "the file holds 0.weight 0.bias conv4.weight conv4.bias", "did you mean", "match by order");
  expect_error([&] { read_changed(renaming([](const std::string& n) { return "net." + n; })); },
               "must not begin with \"net.\"", "k.startswith('net.')", "k[4:]");
  expect_error([&] { changed(normed_, [](Tensors& t) { t.erase(t.begin()); }); }, "and ", " more");
  expect_error([&] { read_changed([](Tensors& t) { t.clear(); }); }, "is missing: the file holds no tensor");
}

TEST_F(Weights, TwoTensorsForOnePlaceAreAnError) {
  expect_error(
      [&] {
        read_changed([](Tensors& t) {
          t.push_back(t[0]);
          t.back().name = "module.0.weight";
        });
      },
      "tensors \"0.weight\" and \"module.0.weight\" are both \"0.weight\" of model cnn:2");
}

TEST_F(Weights, ByOrderNamesDoNotMatter) {
  int next = 0;
  const auto fresh =
      renaming([&](const std::string&) { return std::string(1, static_cast<char>('z' - next++)); });
  const State state = changed(net_, fresh, "order");
  EXPECT_EQ(state.weights, initial_weights(net_, 1));
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"0.weight", "z"}, {"0.bias", "y"}, {"4.weight", "x"}, {"4.bias", "w"}};
  EXPECT_EQ(state.pairs, pairs);
  ASSERT_EQ(state.notes.size(), 1u);
  EXPECT_NE(state.notes[0].find("4 tensors matched by order"), std::string::npos);
}

/// A file from Python has lost the order of the modules but for their names: "layers.10" comes before
/// "layers.2".
TEST_F(Weights, ByOrderSortedNamesAreReadByTheirNumbers) {
  std::string widths = "4";
  for (int i = 0; i < 12; ++i) widths += ",4";
  const Graph deep = make_graph({"mlp:" + widths}, {4}, 4);
  int next = 0;
  const State state = changed(
      deep,
      [&](Tensors& tensors) {
        for (io::Tensor& tensor : tensors)
          tensor.name = "layers." + std::to_string(next++ / 2) + tensor.name.substr(tensor.name.find('.'));
        sort_by_name(tensors);
        EXPECT_EQ(tensors[2].name, "layers.1.bias");
        EXPECT_EQ(tensors[4].name, "layers.10.bias");
      },
      "order");
  EXPECT_EQ(state.weights, initial_weights(deep, 1));
}

TEST_F(Weights, ByOrderScalesShiftsAndBuffersOfOneShapeAreToldApart) {
  const auto rename = renaming([](std::string name) {
    name = replaced(replaced(replaced(name, "layer", "stage"), "bn1", "norm_a"), "bn2", "norm_b");
    return replaced(replaced(name, "conv", "filter"), "fc", "head");
  });
  expect_whole(normed_, changed(normed_, rename, "order"));
}

TEST_F(Weights, ByOrderUnknownEndsMatchOneByOne) {
  int next = 0;
  const State state = changed(
      normed_,
      [&](Tensors& t) {
        t.erase(std::remove_if(t.begin(), t.end(),
                               [](const auto& x) { return x.name.find("running") != std::string::npos; }),
                t.end());
        for (io::Tensor& tensor : t) {
          tensor.name = (next % 2 == 0 ? "kernel" : "alpha") + std::to_string(next);
          ++next;
        }
      },
      "order");
  EXPECT_EQ(state.weights, initial_weights(normed_, 1));
  EXPECT_EQ(state.buffers, initial_buffers(normed_));
  EXPECT_EQ(state.notes.size(), 2u);
}

TEST_F(Weights, ByOrderWhatDoesNotFitIsAnError) {
  const auto order = [&](auto change) { changed(net_, change, "order"); };
  expect_error([&] { order([](Tensors& t) {
                       t[2].shape = {12, 3};
                     }); }, path_.string(),
               "tensor 3 is \"4.weight\" [3, 12], in the file \"4.weight\" [12, 3]");
  expect_error([&] { order([](Tensors& t) { t.pop_back(); }); }, "model cnn:2 has 4 tensors, the file 3");
  expect_error([&] { order([](Tensors& t) {
                       t.push_back({"more", {3}, std::vector<float>(3)});
                     }); },
               "model cnn:2 has 4 tensors, the file 5");
  expect_error([&] { order([](Tensors& t) { t.clear(); }); }, "the file 0: it holds no tensor");
  expect_error([&] { order([](Tensors& t) { std::get<std::vector<float>>(t[0].values)[0] = NAN; }); },
               "must hold finite numbers");
}

TEST_F(Weights, HostileNamesStayOneLineAndCostLittle) {
  const auto first = [&](std::string name) {
    return [&, name] { read_changed([&](Tensors& t) { t[0].name = name; }); };
  };
  std::string nested;
  for (int i = 0; i < 100000; ++i) nested += "module.";
  expect_error(first("0.weight\nrm -rf"), "\"0.weight\" of model cnn:2 is missing");
  expect_error(first(nested + "0.weight"), "is missing");
  expect_error(first(std::string(1000000, 'x')), "is missing");
  expect_error(first(""), "is missing");
  expect_error(first("."), "is missing");
  expect_error(
      [&] {
        read_changed([](Tensors& t) {
          t.erase(t.begin());
          for (int i = 0; i < 20000; ++i)
            t.push_back({"0.weight" + std::to_string(i), {0}, std::vector<float>()});
        });
      },
      "is missing", "did you mean");
}

TEST_F(Weights, OfAnotherActivationAreAnError) {
  write_state(net_, initial_weights(net_, 1), {}, path_);
  Graph other = net_;
  other.activation = "tanh";
  for (const char* match : {"names", "order"})
    expect_error([&] { read_state(other, path_, match); }, path_.string(), "made with activation relu",
                 "not with tanh");
}

TEST_F(Weights, AWrongNumberOfWeightsIsABug) {
  EXPECT_THROW(write_state(net_, std::vector<float>(3), {}, path_), std::logic_error);
  EXPECT_THROW(write_state(net_, initial_weights(net_, 1), std::vector<float>(3), path_), std::logic_error);
}

}  // namespace
}  // namespace nwedge::network
