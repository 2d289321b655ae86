#include "own_experiment.hpp"

#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <atomic>
#include <type_traits>

#include "experiments.hpp"
#include "job.hpp"
#include "landscapes.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/network/network.hpp"
#include "nwedge/study/plan.hpp"

namespace nwedge::python {
namespace {

/// What a user's function calls with the fraction that is done: `monitor`, for as long as it is there.
class Reached {
 public:
  explicit Reached(Monitor& monitor) : monitor_(&monitor) {}

  void checkpoint(double fraction) {
    fraction_ = std::clamp(fraction, fraction_.load(), 1.0);
    poll();
  }
  void poll() {
    if (monitor_ != nullptr) monitor_->checkpoint(fraction_);
  }
  void leave() { monitor_ = nullptr; }

 private:
  Monitor* monitor_;
  std::atomic<double> fraction_ = 0;
};

/// A call with `progress`, which is of no effect after it.
class Progress {
 public:
  explicit Progress(Monitor& monitor) : reached_(std::make_shared<Reached>(monitor)) {}
  ~Progress() { reached_->leave(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  Reached& reached() { return *reached_; }
  nb::object function() const {
    return nb::cpp_function([reached = reached_](double fraction) {
      const nb::gil_scoped_release release;
      reached->checkpoint(fraction);
    });
  }

 private:
  std::shared_ptr<Reached> reached_;
};

nb::dict arguments_of(const std::vector<Definition::Option>& options) {
  nb::dict arguments;
  for (const Definition::Option& option : options)
    arguments[option.parameter.c_str()] =
        std::visit([](const auto& value) { return from_json(nlohmann::json(value)); }, option.value);
  return arguments;
}

experiment::Record to_record(const nb::object& numbers, const nb::object& arrays, std::string_view place) {
  experiment::Record record;
  record.result = to_json(numbers, place, "a number");
  for (const auto& [name, array] : nb::cast<nb::dict>(arrays))
    record.arrays.push_back(to_tensor(nb::str(name).c_str(), nb::cast<Array>(array)));
  return record;
}

Definition::Option to_option(const nb::dict& given) {
  Definition::Option option;
  option.name = nb::cast<std::string>(given["name"]);
  option.parameter = nb::cast<std::string>(given["parameter"]);
  const auto type = nb::cast<std::string>(given["type"]);
  const nb::object value = nb::borrow(given["default"]);
  if (type == "bool") option.value = nb::cast<bool>(value);
  if (type == "int") option.value = nb::cast<std::int64_t>(value);
  if (type == "float") option.value = nb::cast<double>(value);
  if (type == "str") option.value = nb::cast<std::string>(value);
  if (type == "list[int]") option.value = nb::cast<std::vector<std::int64_t>>(value);
  if (type == "list[float]") option.value = nb::cast<std::vector<double>>(value);
  if (type == "list[str]") option.value = nb::cast<std::vector<std::string>>(value);
  return option;
}

void define(const nb::dict& given, const std::string& place) {
  const auto definition = std::make_shared<Definition>();
  definition->name = nb::cast<std::string>(given["name"]);
  definition->title = nb::cast<std::string>(given["title"]);
  definition->version = nb::cast<std::string>(given["version"]);
  if (nb::cast<bool>(given["each_optimum"])) definition->grain = experiment::Grain::each_optimum;
  for (const nb::handle option : given["options"])
    definition->options.push_back(to_option(nb::cast<nb::dict>(option)));
  definition->study_call = Held(nb::borrow(given["study_call"]));
  experiment::add_experiment(
      definition->name, [definition] { return std::make_unique<OwnExperiment>(definition); }, place);
}

}  // namespace

OwnExperiment::OwnExperiment(std::shared_ptr<const Definition> definition)
    : definition_(std::move(definition)), options_(definition_->options) {}

std::shared_ptr<OwnExperiment> OwnExperiment::on(const study::LandscapeSpec& spec,
                                                 std::shared_ptr<study::DataSets> data) const {
  auto bound = std::make_shared<OwnExperiment>(*this);
  bound->spec_ = std::make_shared<study::LandscapeSpec>(spec);
  bound->data_ = std::move(data);
  return bound;
}

void OwnExperiment::visit(OptionVisitor& visitor) {
  for (Definition::Option& option : options_)
    std::visit(
        [&]<class Value>(Value& value) {
          if constexpr (std::is_same_v<Value, bool>)
            visitor.field(option.name, value, "");
          else if constexpr (std::is_same_v<Value, std::string>)
            visitor.field(option.name, value, {}, "");
          else if constexpr (std::is_same_v<Value, std::vector<std::string>>)
            visitor.repeatable().field(option.name, value, std::span<const std::string_view>(), "");
          else if constexpr (std::is_arithmetic_v<Value>)
            visitor.field(option.name, value, any_number(), "");
          else
            visitor.repeatable().field(option.name, value, any_number(), "");
        },
        option.value);
}

experiment::Record OwnExperiment::run(const experiment::Input& input, Monitor& monitor) const {
  const nb::gil_scoped_acquire gil;
  if (!call_) return run_in_study(input, monitor);
  const Progress progress(monitor);
  const nb::object given = call_.get()(arguments_of(options_), progress.function());
  return to_record(given[0], given[1], definition_->name);
}

experiment::Record OwnExperiment::run_in_study(const experiment::Input& input, Monitor& monitor) const {
  if (spec_ == nullptr || input.owner == nullptr)
    throw Error(definition_->name, "is an experiment of a Python program: run the study with nwedge.study");
  const auto land = std::make_shared<Land>();
  land->landscape = input.owner;
  land->spec = *spec_;
  land->data = data_;
  if (const auto* network = dynamic_cast<const network::Network*>(land->landscape.get()))
    land->notes = network->notes();
  nb::list optima;
  for (const optimize::Result& optimum : input.optima) {
    nb::dict one = to_dict(optimum, input.landscape.dimension());
    if (!input.trained) one["initial"] = nb::none();
    optima.append(one);
  }
  Progress progress(monitor);
  const Enclosing enclosing([&] { progress.reached().poll(); });
  const nb::object training = from_json(study::training_document(*spec_));
  try {
    const nb::object given = definition_->study_call.get()(
        nb::cast(land), optima, training, arguments_of(options_), input.seed, progress.function());
    if (const nb::object failure = given[2]; !failure.is_none())
      throw Error(definition_->name, nb::cast<std::string>(failure));
    return to_record(given[0], given[1], definition_->name);
  } catch (const nb::python_error&) {  // no exception of the function's own: a request to stop
    progress.reached().poll();
    throw Error(definition_->name, "was interrupted");
  }
}

void bind_own_experiments(nb::module_& module) {
  module.def("define_experiment", &define, nb::arg("definition"), nb::arg("place"));
  nb::register_exception_translator([](const std::exception_ptr& thrown, void*) {
    try {
      std::rethrow_exception(thrown);
    } catch (const Cancelled&) {
      PyErr_SetNone(PyExc_KeyboardInterrupt);
    }
  });
}

}  // namespace nwedge::python
