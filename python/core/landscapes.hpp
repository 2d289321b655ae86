#pragma once
#include <memory>
#include <string>
#include <vector>

#include "convert.hpp"
#include "nwedge/curvature.hpp"
#include "nwedge/experiment/experiment.hpp"
#include "nwedge/study/study_file.hpp"

namespace nwedge::python {

/// A landscape as Python holds it, with what records say of it.
struct Land {
  std::shared_ptr<const Landscape> landscape;
  study::LandscapeSpec spec;              ///< without training
  std::shared_ptr<study::DataSets> data;  ///< null for a landscape that was given
  std::vector<std::string> notes;         ///< what there is to know of it, one line each
  Held fewer;                             ///< of a given one: (train, test) -> what `given_landscape` takes
  bool calls_python = false;              ///< it, or what it restricts, is made of Python functions

  experiment::LandscapeFactory factory() const;
};
using SharedLand = std::shared_ptr<Land>;

/// While it lives, a function that is called on this thread with just these values gets `array` itself.
class Direct {
 public:
  Direct(std::span<const float> values, nb::handle array);
  ~Direct();
  Direct(const Direct&) = delete;
  Direct& operator=(const Direct&) = delete;

 private:
  std::span<const float> outer_values_;
  nb::handle outer_array_;
};

void bind_landscapes(nb::module_& module);

}  // namespace nwedge::python
