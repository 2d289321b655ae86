#include "nwedge/network/engine/plan.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include "nwedge/network/kernels/lanes.hpp"
#include "nwedge/network/operators/max_pool.hpp"
#include "nwedge/network/operators/table.hpp"

namespace nwedge::network {
namespace {

constexpr std::int64_t kWideGroups = 4;  // a linear map of one vector reads its weights once for 64 examples
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::size_t at(ValueId value) { return static_cast<std::size_t>(value); }

/// Finds pieces of an arena. A piece that is given back is lent again to a value with the same layout only,
/// so that the zeros of its rim stay.
class Arena {
 public:
  std::int64_t take(const Layout& layout) {
    std::vector<std::int64_t>& idle = idle_[key(layout)];
    if (!idle.empty()) {
      const std::int64_t offset = idle.back();
      idle.pop_back();
      return offset;
    }
    const std::int64_t offset = size_;
    size_ += whole_lines(layout.size);
    return offset;
  }
  void give_back(const Layout& layout, std::int64_t offset) { idle_[key(layout)].push_back(offset); }
  std::int64_t size() const { return size_; }

 private:
  using Key = std::tuple<Shape, std::vector<std::int64_t>, std::int64_t, std::int64_t>;
  static Key key(const Layout& layout) { return {layout.shape, layout.strides, layout.origin, layout.size}; }

  std::map<Key, std::vector<std::int64_t>> idle_;
  std::int64_t size_ = 0;
};

/// The nodes that read each value.
std::vector<std::vector<std::size_t>> readers_of(const Graph& graph) {
  std::vector<std::vector<std::size_t>> readers(graph.values.size());
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    for (const ValueId input : graph.nodes[n].inputs) readers[at(input)].push_back(n);
  return readers;
}

std::unique_ptr<RowProduct> product_of(const NodeShapes& node) {
  if (node.node.op == "linear") return make_linear(node);
  if (node.node.op == "convolution") return make_convolution(node);
  return nullptr;
}

/// What can follow a product in its step, as far as it has been found.
struct Tail {
  std::shared_ptr<const ElementFunction> function;
  bool pooled = false;

  bool take(const Operator& next, Purpose purpose) {
    if (const auto* element = dynamic_cast<const ElementOperator*>(&next)) {
      const ElementFunction& f = *element->function();
      if (function != nullptr || (!f.from_output() && purpose != Purpose::evaluation) ||
          (pooled && !f.rising()))
        return false;
      function = element->function();
      return true;
    }
    const auto* pool = dynamic_cast<const MaxPool*>(&next);
    if (pool == nullptr || !pool->halves() || pooled || (function != nullptr && !function->rising()))
      return false;
    pooled = true;
    return true;
  }
};

/// Whether a tensor of weights is used by two nodes.
bool shares_weights(const Graph& graph) {
  std::vector<bool> used(graph.tensors.size(), false);
  for (const Node& node : graph.nodes)
    for (const TensorId tensor : node.weights) {
      if (tensor == kAbsent) continue;
      if (used[static_cast<std::size_t>(tensor)]) return true;
      used[static_cast<std::size_t>(tensor)] = true;
    }
  return false;
}

}  // namespace

Plan::Plan(std::shared_ptr<const Graph> given, Purpose why, bool fast)
    : graph(std::move(given)), purpose(why) {
  shared_weights = shares_weights(*graph);
  make_steps();
  choose_lanes();
  place_values();
  place_slopes();
  order_slopes();
  place_kept(fast);
}

void Plan::make_steps() {
  const auto readers = readers_of(*graph);
  std::vector<bool> fused(graph->nodes.size(), false);
  std::vector<bool> learns(graph->values.size(), false);
  for (std::size_t n = 0; n < graph->nodes.size(); ++n) {
    if (fused[n]) continue;
    const Node& node = graph->nodes[n];
    Step step;
    step.inputs = node.inputs;
    step.output = node.output;
    if (auto product = product_of(node_shapes(*graph, node, graph->model))) {
      Tail tail;
      while (step.output != graph->output && readers[at(step.output)].size() == 1) {
        const std::size_t next = readers[at(step.output)].front();
        const Node& follower = graph->nodes[next];
        if (!tail.take(*make_operator(node_shapes(*graph, follower, graph->model)), purpose)) break;
        fused[next] = true;
        step.output = follower.output;
      }
      step.op = Layer::fuse(std::move(product), tail.function, tail.pooled);
    } else {
      step.op = make_operator(node_shapes(*graph, node, graph->model));
      if (step.output != graph->output && readers[at(step.output)].size() == 1) {
        const std::size_t next = readers[at(step.output)].front();
        const auto follower = make_operator(node_shapes(*graph, graph->nodes[next], graph->model));
        const auto* element = dynamic_cast<const ElementOperator*>(follower.get());
        if (element != nullptr && element->function()->from_output() && !element->function()->bends() &&
            step.op->take(element->function())) {
          fused[next] = true;
          step.output = graph->nodes[next].output;
        }
      }
    }
    step.learns = std::any_of(node.weights.begin(), node.weights.end(),
                              [](TensorId tensor) { return tensor != kAbsent; });
    for (const ValueId input : node.inputs) step.learns = step.learns || learns[at(input)];
    learns[at(step.output)] = step.learns;
    steps.push_back(std::move(step));
  }
}

void Plan::choose_lanes() {
  const bool wide = std::all_of(steps.begin(), steps.end(), [](const Step& step) { return step.op->wide(); });
  groups = wide ? kWideGroups : 1;
  examples = groups * kLanes;
}

void Plan::place_values() {
  values.resize(graph->values.size());
  std::vector<Rim> rims(values.size());
  for (const Step& step : steps)
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      Rim& rim = rims[at(step.inputs[i])];
      rim = largest(rim, step.op->input_rim(i));
    }
  const auto place = [&](ValueId value, Layout layout, ValueId root) {
    values[at(value)] = {std::move(layout), root, 0, true};
  };
  place(0, Layout::dense(graph->input_shape(), examples, rims[0]), 0);
  for (Step& step : steps) {
    const ValueId y = step.output;
    if (!step.inputs.empty() && y != graph->output && rims[at(y)].empty() &&
        !(purpose == Purpose::gradient && step.op->random()))
      if (auto view = step.op->view(values[at(step.inputs[0])].layout)) {
        step.alias = true;
        place(y, *std::move(view), values[at(step.inputs[0])].root);
        continue;
      }
    place(y, Layout::dense(step.op->shape(), examples, rims[at(y)]), y);
  }
  // When each root is read last. What passes behind forward read, and what no weights touch, stays; a
  // curvature reads everything.
  std::vector<std::int64_t> last(values.size(), -1);
  const auto root_of = [&](ValueId value) { return at(values[at(value)].root); };
  for (std::size_t s = 0; s < steps.size(); ++s) {
    const Step& step = steps[s];
    const bool behind = purpose != Purpose::evaluation;
    const auto read = [&](ValueId value, bool kept) {
      std::int64_t& when = last[root_of(value)];
      when = kept ? kNever : std::max(when, static_cast<std::int64_t>(s));
    };
    for (std::size_t i = 0; i < step.inputs.size(); ++i)
      read(step.inputs[i], behind && !step.alias && step.op->keeps_input(i));
    read(step.output, !step.learns || (behind && !step.alias && step.op->keeps_output()));
  }
  last[root_of(0)] = kNever;
  last[root_of(graph->output)] = kNever;
  if (purpose == Purpose::curvature) std::fill(last.begin(), last.end(), kNever);
  Arena arena;
  values[0].offset = arena.take(values[0].layout);
  for (const Step& step : steps)  // made when examples are loaded, before all others
    if (!step.learns && !step.alias)
      values[at(step.output)].offset = arena.take(values[at(step.output)].layout);
  for (std::size_t s = 0; s < steps.size(); ++s) {
    const Step& step = steps[s];
    if (step.learns && !step.alias)
      values[at(step.output)].offset = arena.take(values[at(step.output)].layout);
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const std::size_t root = root_of(step.inputs[i]);
      if (last[root] != static_cast<std::int64_t>(s)) continue;
      last[root] = -2;  // given back once, though read twice
      arena.give_back(values[root].layout, values[root].offset);
    }
  }
  for (Placement& value : values)
    if (value.there) value.offset = values[at(value.root)].offset;
  values_size = arena.size();
}

void Plan::place_slopes() {
  slopes.resize(graph->values.size());
  if (purpose == Purpose::evaluation) return;
  for (Step& step : steps) {
    if (!step.learns) continue;
    Placement& slope = slopes[at(step.output)];
    slope.there = true;
    slope.root = step.output;
    const Placement* x = step.inputs.empty() ? nullptr : &slopes[at(step.inputs[0])];
    if (x != nullptr && x->there && step.output != graph->output &&
        !(purpose == Purpose::gradient && step.op->random()))
      if (auto view = step.op->view(x->layout)) {
        step.slope_alias = true;
        slope.layout = *std::move(view);
        slope.root = x->root;
        continue;
      }
    slope.layout = Layout::dense(step.op->shape(), examples, step.op->slope_rim());
  }
}

namespace {

/// Which entries of a root's slope have been written in the backward pass, as far as it has come.
class Written {
 public:
  Written(const Layout& root) : marks_(static_cast<std::size_t>(root.size / root.lanes), false) {}

  /// Marks a view's entries. Whether all, some or none of them had been written.
  enum class Before { none, some, all };
  Before mark(const Layout& view) {
    std::int64_t met = 0;
    std::int64_t count = 0;
    const Runs runs(view.shape, {view.strides}, view.lanes);
    runs.for_each([&](const auto& place) {
      for (std::int64_t n = 0; n < runs.length(); n += view.lanes, ++count) {
        auto mark = marks_[static_cast<std::size_t>((view.origin + place[0] + n) / view.lanes)];
        met += mark ? 1 : 0;
        mark = true;
      }
    });
    written_ += count - met;
    return met == 0 ? Before::none : met == count ? Before::all : Before::some;
  }
  std::int64_t written() const { return written_; }

 private:
  std::vector<bool> marks_;
  std::int64_t written_ = 0;
};

}  // namespace

void Plan::order_slopes() {
  if (purpose == Purpose::evaluation) return;
  // A root whose writers overlap in part, or leave entries out, begins as zero and is only added to.
  struct Writers {
    std::vector<std::pair<std::size_t, std::size_t>> steps;  // step, input
    std::vector<bool> add;
    bool irregular = false;
  };
  std::map<ValueId, Writers> writers;
  std::map<ValueId, Written> written;
  for (std::size_t s = steps.size(); s-- > 0;) {
    Step& step = steps[s];
    step.add.assign(step.inputs.size(), 0);
    if (!step.learns || step.slope_alias) continue;
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const Placement& slope = slopes[at(step.inputs[i])];
      if (!slope.there) continue;
      const Written::Before before =
          written.try_emplace(slope.root, slopes[at(slope.root)].layout).first->second.mark(slope.layout);
      Writers& all = writers[slope.root];
      all.steps.emplace_back(s, i);
      all.add.push_back(before == Written::Before::all);
      all.irregular = all.irregular || before == Written::Before::some;
    }
  }
  for (auto& [root, all] : writers) {
    const bool whole = written.at(root).written() == size_of(slopes[at(root)].layout.shape);
    for (std::size_t k = 0; k < all.steps.size(); ++k)
      steps[all.steps[k].first].add[all.steps[k].second] = all.add[k] || all.irregular || !whole;
    if (all.irregular || !whole) steps[all.steps.front().first].clear_first.push_back(root);
  }
  // Memory: from the first writer to the producer of the root.
  Arena arena;
  std::vector<bool> taken(slopes.size(), false);
  const auto take = [&](ValueId root) {
    if (taken[at(root)]) return;
    taken[at(root)] = true;
    slopes[at(root)].offset = arena.take(slopes[at(root)].layout);
  };
  take(slopes[at(graph->output)].root);
  for (std::size_t s = steps.size(); s-- > 0;) {
    const Step& step = steps[s];
    if (!step.learns) continue;
    take(slopes[at(step.output)].root);  // of an output that nothing reads
    for (const ValueId input : step.inputs)
      if (slopes[at(input)].there) take(slopes[at(input)].root);
    const Placement& slope = slopes[at(step.output)];
    if (purpose == Purpose::gradient && slope.root == step.output)
      arena.give_back(slope.layout, slope.offset);
  }
  for (Placement& slope : slopes)
    if (slope.there) slope.offset = slopes[at(slope.root)].offset;
  slopes_size = arena.size();
}

void Plan::place_kept(bool fast) {
  for (Step& step : steps) {
    Binding binding;
    std::vector<const Layout*> x;
    std::vector<const Layout*> dx;
    for (const ValueId input : step.inputs) {
      x.push_back(&values[at(input)].layout);
      dx.push_back(slopes[at(input)].there ? &slopes[at(input)].layout : nullptr);
    }
    binding.x = x;
    binding.dx = dx;
    binding.y = &values[at(step.output)].layout;
    binding.dy = slopes[at(step.output)].there ? &slopes[at(step.output)].layout : nullptr;
    binding.lanes = examples;
    binding.fast = fast && purpose == Purpose::evaluation;
    step.op->bind(binding);
    scratch_floats = std::max(scratch_floats, step.op->scratch_floats(examples));
    if (purpose == Purpose::evaluation || step.alias) continue;
    if (const std::int64_t bytes = step.op->kept_bytes(examples); bytes > 0) {
      step.kept = kept_bytes;
      kept_bytes += 4 * whole_lines((bytes + 3) / 4);
    }
    if (const std::int64_t bytes = step.op->kept_dot_bytes(examples); bytes > 0) {
      step.kept_dot = kept_dot_bytes;
      kept_dot_bytes += 4 * whole_lines((bytes + 3) / 4);
    }
  }
}

std::int64_t Plan::pass_bytes() const {
  return 4 * (values_size + slopes_size + scratch_floats + examples * size_of(graph->input_shape())) +
         kept_bytes;
}

std::size_t Plan::first_learning_step() const {
  const auto first = std::find_if(steps.begin(), steps.end(), [](const Step& step) { return step.learns; });
  return static_cast<std::size_t>(first - steps.begin());
}

const Layer* Plan::first_product() const {
  return dynamic_cast<const Layer*>(steps[first_learning_step()].op.get());
}

}  // namespace nwedge::network
