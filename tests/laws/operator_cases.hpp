#pragma once
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "nwedge/network/data/data_set.hpp"
#include "nwedge/network/graph/builder.hpp"

namespace nwedge::test {

/// A small network around an operator. `build` gets a builder and the input and returns a value, on which a
/// linear layer of three outputs follows, unless it is the network's output itself (`bare`).
struct OperatorCase {
  std::string name;
  network::Shape input;
  std::function<network::ValueId(network::GraphBuilder&, network::ValueId)> build;
  bool kinked = false;  ///< differences must stay clear of kinks: looser bounds
  bool bare = false;
};

inline void PrintTo(const OperatorCase& one, std::ostream* stream) { *stream << one.name; }

/// Every operator and attribute, odd sizes, views where memory is read in other orders, values that are used
/// twice or in part.
const std::vector<OperatorCase>& operator_cases();

/// The case's network, with examples and vectors that depend on its name alone.
struct OperatorSetting {
  explicit OperatorSetting(const OperatorCase& one);

  static constexpr std::int64_t kExamples = 13;  // no whole group of sixteen
  std::shared_ptr<const network::Graph> graph;
  network::Examples data;
  std::vector<std::int64_t> indices;  ///< 0, …, kExamples - 1
  std::vector<float> weights;
  std::vector<float> direction;
  std::vector<float> other;
  std::vector<float> buffers;
};

}  // namespace nwedge::test
