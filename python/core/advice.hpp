#pragma once
#include "convert.hpp"

namespace nwedge::python {

void bind_advice(nb::module_& module);

}  // namespace nwedge::python
