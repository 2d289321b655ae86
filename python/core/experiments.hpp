#pragma once
#include "convert.hpp"
#include "nwedge/optimize/optimizer.hpp"

namespace nwedge::python {

/// An optimum as Python holds it.
nb::dict to_dict(optimize::Result optimum, std::int64_t dimension);

void bind_experiments(nb::module_& module);
void bind_options(nb::module_& module);

}  // namespace nwedge::python
