#include "nwedge/network/families/modules.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace nwedge::network {
namespace {

using Law = Initialisation::Law;

struct ProductInitialisation {
  Initialisation weight;
  Initialisation bias;
};

/// See `ModelOptions::initialisation`.
ProductInitialisation initialisation(std::string_view name, double in, double out) {
  if (name == "kaiming-normal") return {{Law::normal, std::sqrt(2 / in)}, {Law::constant, 0}};
  if (name == "xavier") return {{Law::uniform, std::sqrt(6 / (in + out))}, {Law::constant, 0}};
  const Initialisation both = {Law::uniform, 1.0 / std::sqrt(in)};
  return {both, both};
}

}  // namespace

Modules::Modules(const ModelRequest& request)
    : request_(request), builder_(request.input, std::string(request.place)) {}

ValueId Modules::product(std::string_view op, ValueId x, const std::string& name, const Shape& shape,
                         bool bias, Attributes attributes) {
  const std::int64_t in = size_of(shape) / shape[0];
  const std::int64_t out = size_of(shape) / shape[1];
  const auto [weight, shift] =
      initialisation(request_.options.initialisation, static_cast<double>(in), static_cast<double>(out));
  std::vector<TensorId> tensors = {builder_.add_tensor(name + ".weight", shape, Role::weight, weight)};
  if (bias && request_.options.bias)
    tensors.push_back(builder_.add_tensor(name + ".bias", {shape[0]}, Role::bias, shift));
  else
    tensors.push_back(kAbsent);
  return builder_.add(op, name, {x}, std::move(tensors), std::move(attributes));
}

ValueId Modules::linear(ValueId x, const std::string& name, std::int64_t outputs) {
  return product("linear", x, name, {outputs, shape(x).back()}, true);
}

ValueId Modules::convolution(ValueId x, const std::string& name, const Filters& filters) {
  const auto [channels, size, stride, padding, bias] = filters;
  Attributes attributes;
  if (stride != 1) attributes.set("stride", Shape{stride, stride});
  if (padding != 0) attributes.set("padding", Shape{padding, padding, padding, padding});
  return product("convolution", x, name, {channels, shape(x)[0], size, size}, bias, std::move(attributes));
}

std::vector<TensorId> Modules::scale_and_shift(const std::string& name, std::int64_t count) {
  return {builder_.add_tensor(name + ".weight", {count}, Role::normalisation, {Law::constant, 1}),
          builder_.add_tensor(name + ".bias", {count}, Role::normalisation, {Law::constant, 0})};
}

ValueId Modules::batch_norm(ValueId x, const std::string& name) {
  const Shape channels = {shape(x)[0]};
  std::vector<TensorId> buffers = {builder_.add_buffer(name + ".running_mean", channels, 0),
                                   builder_.add_buffer(name + ".running_var", channels, 1)};
  return builder_.add("batch-norm", name, {x}, scale_and_shift(name, channels[0]), {}, std::move(buffers));
}

ValueId Modules::layer_norm(ValueId x, const std::string& name) {
  return builder_.add("layer-norm", name, {x}, scale_and_shift(name, shape(x).back()), {{"epsilon", 1e-6}});
}

ValueId Modules::embedding(const std::string& name, const Shape& shape, double deviation) {
  return builder_.parameter(builder_.add_tensor(name, shape, Role::embedding, {Law::normal, deviation}));
}

ValueId Modules::apply(std::string_view op, std::vector<ValueId> inputs, Attributes attributes) {
  return builder_.add(op, "", std::move(inputs), {}, std::move(attributes));
}

ValueId Modules::activation(ValueId x) { return apply(request_.activation, {x}); }

ValueId Modules::dropout(ValueId x) {
  const double rate = request_.options.dropout;
  return rate > 0 ? apply("dropout", {x}, {{"rate", rate}}) : x;
}

ValueId Modules::max_pool(ValueId x, std::int64_t size, std::int64_t stride, std::int64_t padding) {
  Attributes attributes = {{"kernel", Shape{size, size}}};
  if (stride != size) attributes.set("stride", Shape{stride, stride});
  if (padding != 0) attributes.set("padding", Shape{padding, padding, padding, padding});
  return apply("max-pool", {x}, std::move(attributes));
}

ValueId Modules::mean(ValueId x, const Shape& axes) { return apply("mean", {x}, {{"axes", axes}}); }

ValueId Modules::add(ValueId a, ValueId b) { return apply("add", {a, b}); }

ValueId Modules::reshape(ValueId x, const Shape& shape) { return apply("reshape", {x}, {{"shape", shape}}); }

ValueId Modules::flatten(ValueId x) { return reshape(x, {size_of(shape(x))}); }

ValueId Modules::transpose(ValueId x, const Shape& permutation) {
  return apply("transpose", {x}, {{"permutation", permutation}});
}

ValueId Modules::slice(ValueId x, std::int64_t axis, std::int64_t start, std::int64_t end,
                       std::int64_t step) {
  return apply("slice", {x}, {{"axis", axis}, {"start", start}, {"end", end}, {"step", step}});
}

ValueId Modules::attention(ValueId queries, ValueId keys, ValueId values) {
  const double width = static_cast<double>(shape(queries).back());
  const ValueId products = apply("matmul", {queries, transpose(keys, {0, 2, 1})});
  const ValueId scale = builder_.constant({}, {static_cast<float>(1.0 / std::sqrt(width))});
  return apply("matmul", {apply("softmax", {apply("multiply", {products, scale})}), values});
}

Graph Modules::finish(ValueId y, std::string_view sizes) {
  std::string model(request_.family.name);
  if (!sizes.empty()) model += fmt::format(":{}", sizes);
  return builder_.finish(y, std::move(model), std::string(request_.activation));
}

}  // namespace nwedge::network
