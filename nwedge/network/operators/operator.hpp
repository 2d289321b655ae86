#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nwedge/network/engine/layout.hpp"
#include "nwedge/network/graph/graph.hpp"

namespace nwedge::network {

/// A node with the shapes of what it takes: what an operator is made from.
struct NodeShapes {
  const Node& node;
  std::string place;  ///< begins every error
  std::vector<Shape> inputs;
  std::vector<const TensorPlace*> weights;  ///< null: left out
  std::vector<const BufferPlace*> buffers;

  /// An `Error` at the node: what is required, and the shapes that are there.
  [[noreturn]] void refuse(const std::string& rule) const;
  void require(bool holds, const std::string& rule) const {
    if (!holds) refuse(rule);
  }
  /// Requires that many inputs and at most so many tensors of weights.
  void expect(std::size_t input_count, std::size_t most_weights = 0) const;
  /// Where tensor k begins in the flat vector; -1 where it is left out.
  std::int64_t weight_offset(std::size_t k) const {
    return k < weights.size() && weights[k] != nullptr ? weights[k]->offset : -1;
  }
  /// An axis of input 0 from the attribute `name`; negative ones count from the end.
  std::int64_t axis(std::string_view name, std::int64_t otherwise) const;
};

NodeShapes node_shapes(const Graph& graph, const Node& node, const std::string& place);

/// The passes, by what they make.
enum class Phase { forward, backward };

/// Names the dropout masks of one micro-batch of a minibatch.
struct MaskName {
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
  std::uint64_t micro_batch = 0;
};

/// Where an operator finds its values in one micro-batch, and the vectors of a point. Slopes are derivatives
/// of the loss; dots are derivatives along the vector v of weight space (the R-operator of
/// [pearlmutter1994]). A view whose data is null is not there: a slope that nobody asks for, a derivative
/// that is zero because no weights come before.
struct NodePass {
  std::span<const View> x;   ///< inputs
  View y;                    ///< output
  std::span<const View> dx;  ///< slopes of the inputs
  View dy;                   ///< slope of the output
  std::span<const View> x_dot;
  View y_dot;
  std::span<const View> dx_dot;
  View dy_dot;
  std::span<const std::uint8_t> add;  ///< whether dx[i] (dx_dot[i]) is added to, not replaced
  const float* weights = nullptr;     ///< the whole flat vector [D]
  const float* vector = nullptr;      ///< v [D]
  const float* buffers = nullptr;     ///< the flat vector of buffers
  /// What `gather` summed over the whole minibatch before forward, and before backward. Null: statistics are
  /// those in `buffers` and stand still.
  const double* forward_sums = nullptr;
  const double* backward_sums = nullptr;
  std::int64_t total_examples = 0;            ///< of the whole minibatch
  const struct AffineRows* affine = nullptr;  ///< takes the place of the product in forward; see Layer
  const float* x_transposed = nullptr;        ///< x_0 as [example, feature], where it is there already
  float* gradient = nullptr;        ///< [D]: the slopes of the weights (or H v); null: not asked for
  bool add_gradient = false;        ///< whether gradient is added to, not replaced
  std::byte* kept = nullptr;        ///< `kept_bytes` that forward leaves for the other passes
  std::byte* kept_dot = nullptr;    ///< `kept_dot_bytes` that tangent leaves for tangent_backward
  float* scratch = nullptr;         ///< `scratch_floats`, of this call alone
  std::int64_t groups = 0;          ///< groups of sixteen lanes that hold examples
  std::int64_t examples = 0;        ///< lanes that count: sums over examples run over these
  const MaskName* masks = nullptr;  ///< of dropout; null: none are drawn
};

/// What memory is laid out like: known once the plan has chosen it.
struct Binding {
  std::span<const Layout* const> x;
  const Layout* y = nullptr;
  std::span<const Layout* const> dx;  ///< null where the input has no slope
  const Layout* dy = nullptr;
  std::int64_t lanes = 0;
  bool fast = false;  ///< rounding may grow for speed: no pass behind forward will ask for derivatives
};

class ElementFunction;
struct NodeAxes;

/// y = op(x_0, x_1, …; weights), one node of a graph: its shape rule is its constructor. Immutable once
/// bound; safe from several threads.
class Operator {
 public:
  explicit Operator(Shape output) : shape_(std::move(output)) {}
  virtual ~Operator() = default;
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  const Shape& shape() const { return shape_; }  ///< of y

  /// Says which permutations of entries it allows: ties the axes of what it takes and gives, so that with all
  /// of them moved alike y moves as its axes say. What it does not tie or fix may move in every way.
  virtual void tie(const NodeAxes& axes) const = 0;

  // What the plan asks.
  virtual Rim input_rim(std::size_t) const { return {}; }        ///< zeros that are read around x_i and x._i
  virtual Rim slope_rim() const { return {}; }                   ///< zeros that are read around dy and dy.
  virtual bool keeps_input(std::size_t) const { return false; }  ///< whether passes behind forward read x_i
  virtual bool keeps_output() const { return false; }            ///< whether they read y
  virtual bool random() const { return false; }                  ///< whether training draws numbers for it
  virtual bool wide() const { return false; }  ///< whether more than sixteen lanes would do as well
  virtual std::int64_t kept_bytes(std::int64_t) const { return 0; }  ///< for that many lanes
  virtual std::int64_t kept_dot_bytes(std::int64_t) const { return 0; }
  virtual std::int64_t scratch_floats(std::int64_t) const { return 0; }
  /// Numbers that a pass needs summed over all examples of a minibatch, where it is normalised by itself.
  virtual std::int64_t sums(Phase) const { return 0; }
  /// Adds this micro-batch's share to them.
  virtual void gather(Phase, const NodePass&, double*) const {}
  /// Writes what the sums of forward say of the buffers, as they are stored, into the flat vector of buffers.
  virtual void store_statistics(const double*, std::int64_t, float*) const {}
  /// y as a view of x_0's memory, for an operator that only renames entries; none where x's layout cannot say
  /// it.
  virtual std::optional<Layout> view(const Layout&) const { return std::nullopt; }
  virtual void bind(const Binding&) {}
  /// Takes over a function that follows, y = f(op(x)), if it can apply it along the way: f' is told from y,
  /// and f does not bend. It may then turn dy into the slope before f. Called before all else.
  virtual bool take(const std::shared_ptr<const ElementFunction>&) { return false; }

  // The four passes; those behind forward run with the same weights.
  /// y from x.
  virtual void forward(const NodePass& pass) const = 0;
  /// dx and the gradient from dy; may overwrite dy.
  virtual void backward(const NodePass& pass) const = 0;
  /// y. from x. and v.
  virtual void tangent(const NodePass& pass) const = 0;
  /// dx. and the gradient's derivative from dy. and all of the above; may overwrite dy.
  virtual void tangent_backward(const NodePass& pass) const = 0;

 protected:
  void set_shape(Shape shape) { shape_ = std::move(shape); }

 private:
  Shape shape_;
};

/// An operator that is linear in its inputs and has no weights: its derivative is itself.
class LinearMap : public Operator {
 public:
  using Operator::Operator;
  void forward(const NodePass& pass) const override { map(pass.x, pass.y); }
  void backward(const NodePass& pass) const override { transpose(pass.dy, pass.dx, pass.add); }
  void tangent(const NodePass& pass) const override { map(pass.x_dot, pass.y_dot); }
  void tangent_backward(const NodePass& pass) const override {
    transpose(pass.dy_dot, pass.dx_dot, pass.add);
  }

 private:
  /// y = A x; an x whose data is null is zero.
  virtual void map(std::span<const View> x, const View& y) const = 0;
  /// dx (+)= A^T dy.
  virtual void transpose(const View& dy, std::span<const View> dx,
                         std::span<const std::uint8_t> add) const = 0;
};

}  // namespace nwedge::network
