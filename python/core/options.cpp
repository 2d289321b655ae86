#include "nwedge/optimize/options.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <memory>

#include "experiments.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/experiment/advice_record.hpp"
#include "nwedge/experiment/experiment.hpp"
#include "nwedge/study/landscapes.hpp"

namespace nwedge::python {
namespace {

/// Gathers what each field is: {name, type, default, range, choices, meaning}.
class Describer final : public OptionVisitor {
 public:
  nb::list described;

  void field(std::string_view name, std::int64_t& value, Range range, std::string_view meaning) override {
    add(name, "int", value, meaning, range.text());
  }
  void field(std::string_view name, double& value, Range range, std::string_view meaning) override {
    add(name, "float", value, meaning, range.text());
  }
  void field(std::string_view name, bool& value, std::string_view meaning) override {
    add(name, "bool", value, meaning, "");
  }
  void field(std::string_view name, std::string& value, std::span<const std::string_view> choices,
             std::string_view meaning) override {
    add(name, "str", value, meaning, "", choices);
  }
  void field(std::string_view name, std::vector<std::int64_t>& value, Range range,
             std::string_view meaning) override {
    add(name, "Sequence[int]", value, meaning, range.text());
  }
  void field(std::string_view name, std::vector<double>& value, Range range,
             std::string_view meaning) override {
    add(name, "Sequence[float]", value, meaning, range.text());
  }
  void field(std::string_view name, std::vector<std::string>& value,
             std::span<const std::string_view> choices, std::string_view meaning) override {
    add(name, "Sequence[str]", value, meaning, "", choices);
  }

 private:
  template <class Value>
  void add(std::string_view name, const char* type, const Value& value, std::string_view meaning,
           const std::string& range, std::span<const std::string_view> choices = {}) {
    (void)take_repeatable();
    std::string python_name(name);
    std::replace(python_name.begin(), python_name.end(), '-', '_');
    if (python_name == "continue") python_name += '_';  // a word that Python keeps for itself
    nb::dict option;
    option["name"] = python_name;
    option["type"] = type;
    option["default"] = from_json(nlohmann::json(value));
    option["range"] = range;
    nb::list names;
    for (const std::string_view choice : choices) names.append(nb::str(choice.data(), choice.size()));
    option["choices"] = names;
    option["meaning"] = nb::str(meaning.data(), meaning.size());
    described.append(option);
  }
};

template <class Options>
nb::list describe(Options& options) {
  Describer describer;
  options.visit(describer);
  return describer.described;
}

}  // namespace

void bind_options(nb::module_& module) {
  module.def("landscape_options", [](const std::string& kind) {
    return describe(*study::make_landscape_options(kind, "nwedge"));
  });
  module.def("training_options", [] {
    optimize::Options options;
    return describe(options);
  });
  module.def("advice_options", [] {
    experiment::AdviceRequest request;
    return describe(request);
  });
  module.def("experiment_options",
             [](const std::string& name) { return describe(*experiment::make_experiment(name, "nwedge")); });
  module.def("experiments", [] {
    nb::list experiments;
    for (const std::string& name : experiment::experiment_names()) {
      const auto made = experiment::make_experiment(name, "nwedge");
      nb::dict one;
      one["name"] = name;
      one["title"] = std::string(made->title());
      one["all_optima"] = made->grain() == experiment::Grain::all_optima;
      experiments.append(one);
    }
    return experiments;
  });
}

}  // namespace nwedge::python
