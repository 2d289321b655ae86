#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "nwedge/network/engine/layout.hpp"
#include "nwedge/network/graph/graph.hpp"
#include "nwedge/network/operators/layer.hpp"
#include "nwedge/network/operators/operator.hpp"

namespace nwedge::network {

/// What passes a plan is for: how much they keep, and what may follow a product in one step.
enum class Purpose {
  evaluation,  ///< forward only: values give their memory back, slopes have none
  gradient,    ///< forward and backward: slopes give their memory back
  curvature,   ///< all four passes: everything is kept
};

/// A value's memory in a pass: a piece of an arena, or a view of another value's.
struct Placement {
  Layout layout;
  ValueId root = kAbsent;   ///< whose memory it is: itself, or what it is a view of
  std::int64_t offset = 0;  ///< of the root in its arena, floats
  bool there = false;
};

/// One operator at its place in the order.
struct Step {
  std::unique_ptr<Operator> op;
  std::vector<ValueId> inputs;
  ValueId output = kAbsent;
  bool learns = false;               ///< whether its output depends on weights
  bool alias = false;                ///< y is a view of x: nothing to do forward
  bool slope_alias = false;          ///< dx is dy's memory: nothing to do backward
  std::vector<std::uint8_t> add;     ///< which slopes are added to
  std::vector<ValueId> clear_first;  ///< roots of slopes that become zero before this step's backward
  std::int64_t kept = -1;            ///< bytes into what is kept; -1: nothing is
  std::int64_t kept_dot = -1;
};

/// A graph's operators in order, with what is fused, where values lie and which slopes are added up: all that
/// passes of micro-batches of `examples` examples share. Steps are products with what follows them (`Layer`)
/// and single operators. A value that is only another's entries by another name (reshape, transpose, slice)
/// takes no memory and no time.
struct Plan {
  /// `fast`: convolutions of evaluations may round more for speed.
  Plan(std::shared_ptr<const Graph> graph, Purpose purpose, bool fast = false);

  std::shared_ptr<const Graph> graph;
  Purpose purpose;
  std::int64_t groups = 1;  ///< of sixteen examples
  std::int64_t examples = 16;
  std::vector<Step> steps;
  std::vector<Placement> values;  ///< of each value of the graph that has memory
  std::vector<Placement> slopes;
  std::int64_t values_size = 0;  ///< floats of the arena
  std::int64_t slopes_size = 0;
  std::int64_t kept_bytes = 0;
  std::int64_t kept_dot_bytes = 0;
  std::int64_t scratch_floats = 0;
  bool shared_weights = false;      ///< whether two steps use one tensor: their gradients are added up
  std::int64_t pass_bytes() const;  ///< memory of one pass

  /// The first step that depends on weights, if it is a product: its z is affine in them. Null else.
  const Layer* first_product() const;
  std::size_t first_learning_step() const;

 private:
  void make_steps();
  void choose_lanes();
  void place_values();
  void place_slopes();
  void order_slopes();
  void place_kept(bool fast);
};

}  // namespace nwedge::network
