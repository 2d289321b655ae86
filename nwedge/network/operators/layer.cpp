#include "nwedge/network/operators/layer.hpp"

#include <algorithm>

#include "nwedge/network/kernels/elementwise.hpp"
#include "nwedge/network/kernels/lanes.hpp"
#include "nwedge/network/kernels/pool_rows.hpp"

namespace nwedge::network {
namespace {

float* floats(std::byte* memory) { return reinterpret_cast<float*>(memory); }

}  // namespace

Layer::Layer(std::unique_ptr<RowProduct> product, std::shared_ptr<const ElementFunction> f, bool pooled,
             Shape shape)
    : Operator(std::move(shape)), product_(std::move(product)), function_(std::move(f)), pooled_(pooled) {}

Layer::Layer(std::unique_ptr<RowProduct> product) : Layer(std::move(product), nullptr, false, {}) {
  set_shape(product_->shape());
}

std::unique_ptr<Layer> Layer::fuse(std::unique_ptr<RowProduct> product,
                                   std::shared_ptr<const ElementFunction> f, bool pooled) {
  Shape shape = product->shape();
  if (pooled) {
    if (shape.size() != 3 || shape[1] < 2 || shape[2] < 2 || (f != nullptr && !f->rising())) return nullptr;
    shape = {shape[0], shape[1] / 2, shape[2] / 2};
    product->limit(2 * shape[1], 2 * shape[2]);
  }
  return std::unique_ptr<Layer>(new Layer(std::move(product), std::move(f), pooled, std::move(shape)));
}

Layer::Memory Layer::memory(std::int64_t lanes) const {
  Memory memory;
  if (pooled_) {
    memory.size += whole_lines((size_of(shape()) * lanes + 3) / 4);  // a byte each
    memory.slopes = memory.size;
    memory.size += slope_layout(lanes).size;
    memory.sums = memory.size;
    memory.size += product_->outputs() * kLanes;
  }
  memory.transposed = memory.size;
  memory.size += product_->transposed_floats();
  return memory;
}

Layer::Memory Layer::memory_dot(std::int64_t lanes) const {
  Memory memory;
  if (pooled_) {
    memory.size += slope_layout(lanes).size;
    memory.sums = memory.size;
    memory.size += product_->outputs() * kLanes;
  }
  memory.transposed = memory.size;
  memory.size += product_->transposed_floats();
  memory.bends = memory.size;
  if (function_ != nullptr && function_->bends()) memory.size += size_of(shape()) * lanes;
  return memory;
}

std::int64_t Layer::scratch_floats(std::int64_t lanes) const {
  const std::int64_t rows =
      pooled_ ? 2 * product_->outputs() * product_->columns(0, lanes / kLanes) * kLanes : 0;
  const std::int64_t picked = pooled_ ? product_->columns(0, lanes / kLanes) * kLanes : 0;
  return std::max(
      {rows + std::max(picked, product_->pair_floats()), product_->scratch_floats(), std::int64_t{1}});
}

void Layer::bind(const Binding& binding) {
  lanes_ = binding.lanes;
  dz_ = pooled_ || binding.dy == nullptr ? slope_layout(lanes_) : *binding.dy;
  product_->bind(*binding.x[0], binding.dx[0], *binding.y, dz_);
  if (binding.fast) product_->prefer_pairs();
}

Row Layer::result_row(const View& value, std::int64_t h, RowProduct::Side side) const {
  if (!pooled_) return product_->row_of(side, value.begin(), h);
  const std::vector<std::int64_t>& strides = value.layout->strides;
  return {value.begin() + h * strides[1], strides[0], strides[2]};
}

Row Layer::compact_row(float* rows, std::int64_t r, std::int64_t groups) const {
  const std::int64_t outputs = product_->outputs();
  const std::int64_t columns = product_->columns(r, groups);
  const bool by_output = pooled_ || product_->row_of(RowProduct::Side::value, nullptr, r).column == kLanes;
  return by_output ? Row{rows, columns * kLanes, kLanes} : Row{rows, kLanes, outputs * kLanes};
}

template <class F, class... Rows>
void Layer::for_each_run(std::int64_t columns, F&& f, const Rows&... rows) const {
  const std::int64_t outputs = product_->outputs();
  if (((rows.column == kLanes) && ...)) {
    for (std::int64_t o = 0; o < outputs; ++o) f(columns * kLanes, (rows.data + o * rows.output)...);
  } else if (((rows.output == kLanes) && ...)) {
    for (std::int64_t c = 0; c < columns; ++c) f(outputs * kLanes, (rows.data + c * rows.column)...);
  } else {
    for (std::int64_t o = 0; o < outputs; ++o)
      for (std::int64_t c = 0; c < columns; ++c)
        f(kLanes, (rows.data + o * rows.output + c * rows.column)...);
  }
}

template <class Source, class Pool>
void Layer::each_row(const NodePass& pass, const View& y, Source&& source, Pool&& pool) const {
  if (!pooled_) {
    for (std::int64_t h = 0; h < product_->rows(); ++h) source(h, result_row(y, h));
    return;
  }
  const std::int64_t width = product_->columns(0, pass.groups) * kLanes;
  const Row top = {pass.scratch, width, kLanes};
  const Row bottom = {pass.scratch + product_->outputs() * width, width, kLanes};
  for (std::int64_t h = 0; h < shape()[1]; ++h) {
    source(2 * h, top);
    source(2 * h + 1, bottom);
    const Row row = result_row(y, h);
    for (std::int64_t o = 0; o < product_->outputs(); ++o)
      pool(o, h, top.data + o * width, bottom.data + o * width, row.data + o * row.output);
  }
}

void Layer::forward(const NodePass& pass) const {
  const bool by_twos = product_->pair_floats() > 0 && pass.affine == nullptr;
  const std::int64_t before =
      pooled_ ? 2 * product_->outputs() * product_->columns(0, pass.groups) * kLanes : 0;
  if (by_twos) product_->prepare_pairs(pass.weights, pass.scratch + before);
  const auto pair = [&](std::int64_t r, const Row& top) {
    const bool alone = r + 1 == product_->rows();
    const Row bottom = pooled_ ? Row{top.data + product_->outputs() * top.output, top.output, top.column}
                       : alone ? top
                               : result_row(pass.y, r + 1);
    product_->forward_pair(pass.weights, pass.x[0].begin(), r, top, alone ? nullptr : &bottom,
                           pass.scratch + before);
  };
  const auto source = [&](std::int64_t r, const Row& target) {
    if (pass.affine != nullptr) return combine_rows(pass, r, target);
    if (!by_twos)
      return product_->forward_row(pass.weights, pass.weights, pass.x[0].begin(), r, pass.groups, target,
                                   false);
    if (r % 2 == 0) pair(r, target);
  };
  const auto pool = [&](std::int64_t o, std::int64_t h, const float* top, const float* bottom, float* y) {
    pool_row(top, bottom, shape()[2], y, pass.kept == nullptr ? nullptr : winners(pass, o, h));
  };
  // The function follows at once, while its row is near.
  const auto activate = [&](const Row& row, std::int64_t columns) {
    if (function_ != nullptr)
      for_each_run(
          columns, [&](std::int64_t count, float* y) { function_->apply(y, y, count); }, row);
  };
  if (!pooled_) {
    each_row(
        pass, pass.y,
        [&](std::int64_t r, const Row& target) {
          source(r, target);
          activate(target, product_->columns(r, pass.groups));
        },
        pool);
    return;
  }
  each_row(pass, pass.y, source,
           [&](std::int64_t o, std::int64_t h, const float* top, const float* bottom, float* y) {
             pool(o, h, top, bottom, y);
             if (function_ != nullptr) function_->apply(y, y, shape()[2] * kLanes);
           });
}

void Layer::combine_rows(const NodePass& pass, std::int64_t r, const Row& target) const {
  const std::int64_t columns = product_->columns(r, pass.groups);
  std::int64_t before = 0;
  for (std::int64_t k = 0; k < r; ++k)
    before += product_->outputs() * product_->columns(k, pass.groups) * kLanes;
  const Row from = compact_row(const_cast<float*>(pass.affine->rows) + before, r, pass.groups);
  for_each_run(
      columns,
      [&](std::int64_t count, const float* rows, float* result) {
        combine(rows, pass.affine->stride, pass.affine->coordinates, count, result);
      },
      from, target);
}

std::int64_t Layer::rows_floats(std::int64_t lanes) const {
  std::int64_t count = 0;
  for (std::int64_t r = 0; r < product_->rows(); ++r)
    count += product_->outputs() * product_->columns(r, lanes / kLanes) * kLanes;
  return count;
}

void Layer::make_rows(const NodePass& pass, float* rows) const {
  for (std::int64_t r = 0; r < product_->rows(); ++r) {
    product_->forward_row(pass.weights, pass.weights, pass.x[0].begin(), r, pass.groups,
                          compact_row(rows, r, pass.groups), false);
    rows += product_->outputs() * product_->columns(r, pass.groups) * kLanes;
  }
}

void Layer::absorb(const NodePass& pass, const View& dy, float* dz, float* sums, const float* bends) const {
  if (pooled_) std::fill_n(sums, product_->outputs() * kLanes, 0.0f);
  for (std::int64_t h = 0; h < result_rows(); ++h) {
    const Row slopes = result_row(dy, h, RowProduct::Side::slope);
    const std::int64_t columns = pooled_ ? shape()[2] : product_->columns(h, pass.groups);
    if (function_ != nullptr)
      for_each_run(
          columns,
          [&](std::int64_t count, const float* y, float* slope) {
            function_->chain(y, slope, count);
            if (bends == nullptr) return;
            add_elements(bends, slope, count);
            bends += count;
          },
          result_row(pass.y, h), slopes);
    for (std::int64_t o = 0; o < product_->outputs() && pooled_; ++o) {
      float* top = dz + dz_.origin + o * dz_.strides[0] + 2 * h * dz_.strides[1];
      unpool_row(slopes.data + o * slopes.output, winners(pass, o, h), shape()[2], top, top + dz_.strides[1],
                 sums + o * kLanes);
    }
  }
}

void Layer::backward(const NodePass& pass) const {
  const Memory part = memory(lanes_);
  float* kept = floats(pass.kept);
  float* dz = pooled_ ? kept + part.slopes : pass.dy.data;
  absorb(pass, pass.dy, dz, kept + part.sums, nullptr);
  dz += dz_.origin;
  if (pass.gradient != nullptr) {
    const float* transposed = pass.x_transposed;
    if (transposed == nullptr) {
      product_->transpose_input(pass.x[0].begin(), pass.groups, kept + part.transposed);
      transposed = kept + part.transposed;
    }
    product_->weight_gradient(pass.x[0].begin(), transposed, dz, pass.examples, pass.gradient,
                              pass.add_gradient, pass.scratch);
    if (pooled_)
      product_->bias_gradient_of_sums(kept + part.sums, pass.gradient, pass.add_gradient);
    else
      product_->bias_gradient(dz, pass.groups, pass.gradient, pass.add_gradient);
  } else if (pass.x_transposed == nullptr) {
    product_->transpose_input(pass.x[0].begin(), pass.groups, kept + part.transposed);
  }
  if (pass.dx[0]) product_->backward(pass.weights, dz, pass.groups, pass.dx[0].begin(), pass.add[0]);
}

void Layer::tangent(const NodePass& pass) const {
  const Memory part = memory(lanes_);
  const bool bends = function_ != nullptr && function_->bends() && pass.kept_dot != nullptr;
  const float* slopes = pooled_ ? floats(pass.kept) + part.slopes + dz_.origin : nullptr;
  float* bend = bends ? floats(pass.kept_dot) + memory_dot(lanes_).bends : nullptr;
  const View& x_dot = pass.x_dot[0];
  const auto source = [&](std::int64_t r, const Row& target) {
    product_->forward_row(pass.vector, pass.vector, pass.x[0].begin(), r, pass.groups, target, false);
    if (x_dot) product_->forward_row(pass.weights, nullptr, x_dot.begin(), r, pass.groups, target, true);
  };
  const auto finish = [&](const float* y, const float* slope, float* z_dot, std::int64_t count) {
    if (function_ == nullptr) return;
    if (bends) {
      function_->bend_from_z(y, slope, z_dot, bend, count);
      bend += count;
    }
    function_->chain(y, z_dot, count);
  };
  if (!pooled_) {
    each_row(
        pass, pass.y_dot,
        [&](std::int64_t r, const Row& target) {
          source(r, target);
          const std::int64_t columns = product_->columns(r, pass.groups);
          const Row y = result_row(pass.y, r);
          const Row slopes_of_z = bends ? result_row(pass.dy, r, RowProduct::Side::slope) : y;
          for_each_run(
              columns,
              [&](std::int64_t count, const float* value, const float* slope, float* z_dot) {
                finish(value, slope, z_dot, count);
              },
              y, slopes_of_z, target);
        },
        [](auto&&...) {});
    return;
  }
  const std::int64_t width = shape()[2];
  float* picked = pass.scratch + 2 * product_->outputs() * product_->columns(0, pass.groups) * kLanes;
  each_row(pass, pass.y_dot, source,
           [&](std::int64_t o, std::int64_t h, const float* top, const float* bottom, float* y_dot) {
             pick_row(top, bottom, winners(pass, o, h), width, y_dot);
             if (bends) {
               const float* slope = slopes + o * dz_.strides[0] + 2 * h * dz_.strides[1];
               pick_row(slope, slope + dz_.strides[1], winners(pass, o, h), width, picked);
             }
             const Row y = result_row(pass.y, h);
             finish(y.data + o * y.output, picked, y_dot, width * kLanes);
           });
}

void Layer::tangent_backward(const NodePass& pass) const {
  const Memory part = memory(lanes_);
  const Memory part_dot = memory_dot(lanes_);
  float* kept = floats(pass.kept);
  float* kept_dot = floats(pass.kept_dot);
  const bool bends = function_ != nullptr && function_->bends();
  float* dz_dot = pooled_ ? kept_dot : pass.dy_dot.data;
  absorb(pass, pass.dy_dot, dz_dot, kept_dot + part_dot.sums, bends ? kept_dot + part_dot.bends : nullptr);
  dz_dot += dz_.origin;
  const float* dz = (pooled_ ? kept + part.slopes : pass.dy.data) + dz_.origin;
  const float* transposed = pass.x_transposed != nullptr ? pass.x_transposed : kept + part.transposed;
  const View& x_dot = pass.x_dot[0];
  product_->weight_gradient(pass.x[0].begin(), transposed, dz_dot, pass.examples, pass.gradient,
                            pass.add_gradient, pass.scratch);
  if (x_dot) {
    product_->transpose_input(x_dot.begin(), pass.groups, kept_dot + part_dot.transposed);
    product_->weight_gradient(x_dot.begin(), kept_dot + part_dot.transposed, dz, pass.examples, pass.gradient,
                              true, pass.scratch);
  }
  if (pooled_)
    product_->bias_gradient_of_sums(kept_dot + part_dot.sums, pass.gradient, pass.add_gradient);
  else
    product_->bias_gradient(dz_dot, pass.groups, pass.gradient, pass.add_gradient);
  if (!pass.dx_dot[0]) return;
  product_->backward(pass.weights, dz_dot, pass.groups, pass.dx_dot[0].begin(), pass.add[0]);
  product_->backward(pass.vector, dz, pass.groups, pass.dx_dot[0].begin(), true);
}

}  // namespace nwedge::network
