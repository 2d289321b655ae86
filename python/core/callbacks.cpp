#include "callbacks.hpp"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "landscapes.hpp"
#include "nwedge/core/error.hpp"

namespace nwedge::python {
namespace {

thread_local std::span<const float> direct_values;
thread_local nb::handle direct_array;

/// Read-only arrays of the values that functions are called with. Python may keep an array, and a traceback
/// does; so each has memory of its own, which is used again once nobody but this holds it.
class Arrays {
 public:
  /// With the GIL.
  nb::object of(std::span<const float> values) {
    if (values.data() == direct_values.data() && values.size() == direct_values.size())
      return nb::borrow(direct_array);
    const nb::object array = take(values.size());
    std::copy(values.begin(), values.end(), room_of(output_of(array)).begin());
    return array;
  }

 private:
  nb::object take(std::size_t size) {
    if (array_ && size_ == size && Py_REFCNT(array_.get().ptr()) == 1) return array_.get();
    nb::object array = empty(size);
    array_ = Held(array);
    size_ = size;
    return array;
  }

  Held array_;
  std::size_t size_ = 0;
};

struct Functions {
  Held initial, gradient, evaluate, batch_gradient;
  std::int64_t dimension = 0;
  Arrays points;  // calls are serialised, so one of each is in use
  Arrays vectors;
};

double take_gradient(const nb::object& given, std::span<float> gradient) {
  const auto [loss, slope] = nb::cast<std::pair<double, FloatVector>>(given);
  std::copy_n(slope.data(), gradient.size(), gradient.data());
  return loss;
}

}  // namespace

Direct::Direct(std::span<const float> values, nb::handle array)
    : outer_values_(std::exchange(direct_values, values)), outer_array_(std::exchange(direct_array, array)) {}

Direct::~Direct() {
  direct_values = outer_values_;
  direct_array = outer_array_;
}

Callbacks to_callbacks(std::int64_t dimension, const nb::dict& functions) {
  const auto all = std::make_shared<Functions>();
  const auto held = [&](const char* name) { return Held(nb::borrow(functions[name])); };
  all->initial = held("initial");
  all->gradient = held("gradient");
  all->evaluate = held("evaluate");
  all->batch_gradient = held("batch_gradient");
  all->dimension = dimension;

  Callbacks callbacks;
  callbacks.dimension = dimension;
  callbacks.initial = [all](std::uint64_t seed) {
    const nb::gil_scoped_acquire gil;
    const auto point = nb::cast<FloatVector>(all->initial.get()(seed));
    return std::vector<float>(point.data(), point.data() + point.size());
  };
  callbacks.gradient = [all](std::span<const float> point, std::span<float> gradient, Split split) {
    const nb::gil_scoped_acquire gil;
    return take_gradient(all->gradient.get()(all->points.of(point), to_text(split)), gradient);
  };
  if (all->evaluate)
    callbacks.evaluate = [all](std::span<const float> points, Split split) {
      const nb::gil_scoped_acquire gil;
      const nb::object rows = all->points.of(points).attr("reshape")(-1, all->dimension);
      const nb::object given = all->evaluate.get()(rows, to_text(split));
      using Doubles = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
      const auto losses = nb::cast<Doubles>(given[0]);
      std::vector<Metrics> metrics(losses.size());
      for (std::size_t i = 0; i < metrics.size(); ++i) metrics[i].loss = losses.data()[i];
      if (given[1].is_none()) return metrics;
      const auto accuracies = nb::cast<Doubles>(given[1]);
      for (std::size_t i = 0; i < std::min(metrics.size(), accuracies.size()); ++i)
        metrics[i].accuracy = accuracies.data()[i];
      return metrics;
    };
  if (all->batch_gradient)
    callbacks.batch_gradient = [all](std::span<const float> point, std::span<const std::int64_t> indices,
                                     std::span<float> gradient) {
      const nb::gil_scoped_acquire gil;
      const nb::object chosen = own(std::vector<std::int64_t>(indices.begin(), indices.end()));
      return take_gradient(all->batch_gradient.get()(all->points.of(point), chosen), gradient);
    };
  const auto matrix_of = [all](const Held& function) {
    return [all, function](std::span<const float> point, Split split) -> HessianProduct {
      const nb::gil_scoped_acquire gil;
      const Held product(function.get()(all->points.of(point), to_text(split)));
      return [all, product](std::span<const float> vector, std::span<float> out) {
        const nb::gil_scoped_acquire inner;
        const auto given = nb::cast<FloatVector>(product.get()(all->vectors.of(vector)));
        std::copy_n(given.data(), out.size(), out.data());
      };
    };
  };
  if (const Held hessian = held("hessian")) callbacks.hessian = matrix_of(hessian);
  for (const auto& [name, function] : nb::cast<nb::dict>(functions["matrices"]))
    callbacks.matrices[curvature_matrix(nb::cast<std::string>(name), "nwedge.landscape")] =
        matrix_of(Held(nb::borrow(function)));
  return callbacks;
}

}  // namespace nwedge::python
