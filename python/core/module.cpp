#include <nanobind/stl/string.h>

#include "advice.hpp"
#include "experiments.hpp"
#include "job.hpp"
#include "landscapes.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/version.hpp"
#include "own_experiment.hpp"

NB_MODULE(_core, module) {
  using namespace nwedge;
  using namespace nwedge::python;
  nb::set_leak_warnings(false);  // what a script still holds when the interpreter ends is no leak
  nb::exception<Error>(module, "Error", PyExc_ValueError).doc() =
      "A mistake in what was given: one line that names the place, the rule and the value.";
  module.def("version", [] { return std::string(version()); });
  module.def("thread_count", &thread_count);
  module.def("set_thread_count", [](int threads) {
    const nb::gil_scoped_release release;
    set_thread_count(threads);
  });
  module.def("finish_jobs", &finish_jobs);
  bind_options(module);
  bind_landscapes(module);
  bind_experiments(module);
  bind_advice(module);
  bind_own_experiments(module);
}
