#pragma once
#include <string>
#include <string_view>

#include "nwedge/network/families/model_request.hpp"
#include "nwedge/network/graph/builder.hpp"

namespace nwedge::network {

/// A convolution's filters.
struct Filters {
  std::int64_t channels = 1;  ///< of its output
  std::int64_t size = 3;      ///< height and width
  std::int64_t stride = 1;
  std::int64_t padding = 1;  ///< zeros on each side
  bool bias = true;          ///< whether the family has one here
};

/// Adds the modules of PyTorch to a graph: each takes its name in the `state_dict`, and its tensors come in
/// the order of calls. Activation, dropout, biases and initialisation are those of the request.
class Modules {
 public:
  explicit Modules(const ModelRequest& request);

  const ModelRequest& request() const { return request_; }
  ValueId input() const { return builder_.input(); }
  const Shape& shape(ValueId x) const { return builder_.shape(x); }

  // With weights.
  ValueId linear(ValueId x, const std::string& name, std::int64_t outputs);  ///< over the last axis
  ValueId convolution(ValueId x, const std::string& name, const Filters& filters);
  ValueId batch_norm(ValueId x, const std::string& name);  ///< of channels; epsilon 1e-5, momentum 0.1
  ValueId layer_norm(ValueId x, const std::string& name);  ///< over the last axis; epsilon 1e-6
  /// Learnt numbers, N(0, deviation^2) at first, as a value without an axis of examples.
  ValueId embedding(const std::string& name, const Shape& shape, double deviation);

  // Without.
  ValueId activation(ValueId x);
  ValueId dropout(ValueId x);  ///< x itself where the rate is 0
  ValueId max_pool(ValueId x, std::int64_t size, std::int64_t stride, std::int64_t padding = 0);
  ValueId mean(ValueId x, const Shape& axes);  ///< the axes are dropped
  ValueId add(ValueId a, ValueId b);
  ValueId reshape(ValueId x, const Shape& shape);
  ValueId flatten(ValueId x);  ///< [size]
  ValueId transpose(ValueId x, const Shape& permutation);
  ValueId slice(ValueId x, std::int64_t axis, std::int64_t start, std::int64_t end, std::int64_t step = 1);
  /// softmax(Q K^T / sqrt(d)) V of queries [heads, n, d], keys and values of the same shape, head by head.
  ValueId attention(ValueId queries, ValueId keys, ValueId values);
  /// Any other operator.
  ValueId apply(std::string_view op, std::vector<ValueId> inputs, Attributes attributes = {});

  /// The graph whose output is y; `sizes` in canonical form: "100,100".
  Graph finish(ValueId y, std::string_view sizes = {});

 private:
  /// A node with a tensor of factors of that shape, [out, …], and, if asked for, of biases.
  ValueId product(std::string_view op, ValueId x, const std::string& name, const Shape& shape, bool bias,
                  Attributes attributes = {});
  /// The tensors of a normalisation over entries of that number: scales, 1 at first, and shifts, 0.
  std::vector<TensorId> scale_and_shift(const std::string& name, std::int64_t count);

  const ModelRequest& request_;
  GraphBuilder builder_;
};

}  // namespace nwedge::network
