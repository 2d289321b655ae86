#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nwedge/core/options.hpp"
#include "nwedge/network/data/data_set.hpp"
#include "nwedge/network/network.hpp"
#include "nwedge/network/weights.hpp"
#include "nwedge/optimize/optimizer.hpp"
#include "nwedge/study/landscapes.hpp"
#include "nwedge/study/study_file.hpp"

namespace nwedge::cli {

/// On stderr: what was not plain about a file of weights, and which of its tensors was matched with which.
void say_how_it_was_read(const network::State& state);

/// "loss 0.3142 nats, accuracy 88.10 %", as far as the network's loss has nats and an accuracy.
std::string metrics_text(const network::Network& network, double loss, double accuracy);

/// The options that name a network's landscape: data, model and how many images of which split.
struct NetworkArguments {
  network::DataOptions data;
  network::ModelOptions model;
  network::NetworkOptions network;
  std::string split = "train";
  std::int64_t examples = 0;
  std::string match = "names";

  void visit(OptionVisitor& visitor);
};

/// A network whose weights come from files: what a command runs one experiment on.
class GivenNetwork {
 public:
  explicit GivenNetwork(const NetworkArguments& arguments);

  const network::Network& landscape() const { return *network_; }
  /// The landscape as a study would name it, called "network".
  const study::LandscapeSpec& spec() const { return spec_; }
  experiment::LandscapeFactory factory();
  /// The points in safetensors files, in their order; each must fit the network. What there is to say about a
  /// file goes to stderr.
  std::vector<optimize::Result> read_points(std::span<const std::string> paths) const;

 private:
  std::string match_;
  study::DataSets data_;
  study::LandscapeSpec spec_;
  std::unique_ptr<const Landscape> landscape_;
  const network::Network* network_;
};

}  // namespace nwedge::cli
