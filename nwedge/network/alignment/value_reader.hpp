#pragma once
#include <memory>
#include <span>
#include <vector>

#include "nwedge/network/alignment/matching.hpp"
#include "nwedge/network/engine/pass.hpp"
#include "nwedge/network/graph/graph.hpp"

namespace nwedge::network {

/// Reads a value inside of a network: what a node puts out.
class ValueReader {
 public:
  ValueReader(const Graph& graph, ValueId value);

  std::int64_t size() const { return size_; }  ///< of one example
  /// The value on examples [first, first + count), as [count, size].
  std::vector<float> read(const StateView& state, const Examples& examples, std::int64_t first,
                          std::int64_t count);

 private:
  std::int64_t size_;
  std::shared_ptr<const Plan> plan_;
  Pass pass_;
};

/// The values that products (linear maps, convolutions, attention) read, each once, in the order of the
/// graph.
std::vector<ValueId> values_read_by_products(const Graph& graph);

}  // namespace nwedge::network
