#include "nwedge/network/families/model_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "nwedge/network/families/family.hpp"

namespace nwedge::network {
namespace {

constexpr std::array<std::string_view, 9> kActivations = {
    "default", "relu", "leaky-relu", "gelu", "silu", "tanh", "sigmoid", "softplus", "hard-swish"};
constexpr std::array<std::string_view, 3> kInitialisations = {"pytorch", "kaiming-normal", "xavier"};

std::string model_meaning() {
  std::vector<std::string_view> each;
  for (const Family& family : families()) each.push_back(family.syntax);
  return fmt::format("network: {}", fmt::join(each, ", "));
}

}  // namespace

void ModelOptions::visit_function(OptionVisitor& visitor) {
  static const std::string meaning = model_meaning();
  visitor.field("model", model, {}, meaning);
  visitor.field("activation", activation, kActivations,
                "activation of the hidden layers; default is the family's own");
  visitor.field("bias", bias, "whether linear layers and convolutions have biases");
}

void ModelOptions::visit(OptionVisitor& visitor) {
  visit_function(visitor);
  visitor.field("dropout", dropout, between(0, 0.95), "share of hidden values dropped in training batches");
  visitor.field("initialisation", initialisation, kInitialisations, "distribution of the initial weights");
}

}  // namespace nwedge::network
