#include "nwedge/cli/given_network.hpp"

#include <fmt/core.h>

#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "nwedge/cli/command.hpp"
#include "nwedge/network/tensor_matching.hpp"
#include "nwedge/study/option_reader.hpp"

namespace nwedge::cli {
namespace {

constexpr std::array<std::string_view, 2> kSplits = {"train", "test"};

study::LandscapeSpec spec_of(const NetworkArguments& arguments) {
  network::DataOptions data = arguments.data;
  const bool test = arguments.split == "test";
  data.test_examples = test ? arguments.examples : 1;  // of the other split only statistics are used
  data.train_examples = !test ? arguments.examples : arguments.network.statistics == "stored" ? 1 : 0;
  study::LandscapeSpec spec;
  spec.name = spec.kind = "network";
  spec.place = "--data, --model";
  nlohmann::json options = to_json_object(data);
  options.update(to_json_object(arguments.model));
  options.update(to_json_object(arguments.network));
  std::shared_ptr<study::LandscapeOptions> maker = study::make_landscape_options(spec.kind, spec.place);
  study::read_options(*maker, study::option_table(options, spec.place));
  spec.options = std::move(options);
  spec.maker = std::move(maker);
  return spec;
}

}  // namespace

void say_how_it_was_read(const network::State& state) {
  for (const std::string& note : state.notes) say_unless_quiet(note);
  for (const auto& [own, in_file] : state.pairs)
    say_unless_quiet(fmt::format("{} is {} of the file", own, in_file));
}

std::string metrics_text(const network::Network& network, double loss, double accuracy) {
  const char* unit = network.options().loss.loss == "mean-squared" ? "" : " nats";
  std::string text = fmt::format("loss {:.6g}{}", loss, unit);
  if (network.has_accuracy()) text += fmt::format(", accuracy {:.2f} %", 100 * accuracy);
  return text;
}

void NetworkArguments::visit(OptionVisitor& visitor) {
  data.visit_source(visitor);
  model.visit_function(visitor);
  network.visit_function(visitor);
  visitor.field("split", split, kSplits, "the part of the data");
  visitor.field("examples", examples, between(0, 1e8), "images of the split, chosen by --data-seed; 0: all");
  visitor.field("match", match, network::kMatches, "how the tensors of files of weights are told apart");
}

GivenNetwork::GivenNetwork(const NetworkArguments& arguments)
    : match_(arguments.match), spec_(spec_of(arguments)), landscape_(spec_.maker->make(data_, spec_.place)) {
  network_ = dynamic_cast<const network::Network*>(landscape_.get());
  if (!network_) throw std::logic_error("the landscape of kind \"network\" is no network");
  for (const std::string& note : network_->notes()) say_unless_quiet(note);
}

experiment::LandscapeFactory GivenNetwork::factory() {
  return study::landscape_factory(*spec_.maker, data_, spec_.place);
}

std::vector<optimize::Result> GivenNetwork::read_points(std::span<const std::string> paths) const {
  std::vector<optimize::Result> points(paths.size());
  for (std::size_t i = 0; i < paths.size(); ++i) {
    points[i].seed = i;
    network::State state = network::read_state(network_->graph(), paths[i], match_);
    say_how_it_was_read(state);
    points[i].point = std::move(state.weights);
  }
  return points;
}

}  // namespace nwedge::cli
