#pragma once
#include "convert.hpp"

namespace nwedge::python {

void bind_experiments(nb::module_& module);
void bind_options(nb::module_& module);

}  // namespace nwedge::python
