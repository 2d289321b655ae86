#include "experiments.hpp"

#include <fmt/core.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <atomic>

#include "job.hpp"
#include "landscapes.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/report/claims.hpp"
#include "nwedge/report/contents.hpp"
#include "nwedge/report/page.hpp"
#include "nwedge/report/report.hpp"
#include "nwedge/study/option_reader.hpp"
#include "nwedge/study/run.hpp"
#include "nwedge/study/runner.hpp"
#include "nwedge/study/single.hpp"
#include "own_experiment.hpp"

namespace nwedge::python {
namespace {

using nlohmann::json;

optimize::Options to_training(const nb::dict& keywords, const std::string& place) {
  optimize::Options options;
  study::read_options(options, study::option_table(to_options(keywords, place), place));
  return options;
}

/// A descent from `start`, or from the initial point of `seed`.
nb::dict train(const SharedLand& land, const nb::dict& keywords, std::uint64_t seed, const nb::object& start,
               const nb::object& report) {
  const std::string place = "nwedge.train";
  const optimize::Options options = to_training(keywords, place);
  options.validate(place);
  std::vector<float> from;
  if (!start.is_none()) {
    const auto values = nb::cast<FloatVector>(start);
    from.assign(values.data(), values.data() + values.size());
  }
  const auto result = std::make_shared<optimize::Result>();
  run_job(
      [=](Monitor& monitor) {
        const Landscape& landscape = *land->landscape;
        *result = optimize::minimize(landscape, from.empty() ? landscape.initial_point(seed) : from, options,
                                     seed, monitor);
      },
      report);
  if (result->termination == optimize::Termination::diverged)
    throw Error(place, fmt::format("the loss must stay finite, is not after step {} of {}; choose a smaller "
                                   "learning_rate than {} or set clip_norm",
                                   result->batch_losses.size(), options.total_steps(*land->landscape),
                                   options.learning_rate));
  nb::dict given = to_dict(std::move(*result), land->landscape->dimension());
  given["training"] = from_json(to_json_object(options));
  return given;
}

std::vector<float> floats_of(const nb::handle& array) {
  if (array.is_none()) return {};
  const auto values = nb::cast<nb::ndarray<const float, nb::c_contig, nb::device::cpu>>(array);
  return {values.data(), values.data() + values.size()};
}

std::vector<std::int64_t> wholes_of(const nb::handle& array) {
  if (array.is_none()) return {};
  const auto values = nb::cast<nb::ndarray<const std::int64_t, nb::c_contig, nb::device::cpu>>(array);
  return {values.data(), values.data() + values.size()};
}

optimize::Result to_optimum(const nb::dict& given, const Landscape& landscape, std::string_view place) {
  optimize::Result optimum;
  optimum.seed = nb::cast<std::uint64_t>(given["seed"]);
  optimum.point = floats_of(given["point"]);
  optimum.initial = floats_of(given["initial"]);
  optimum.trajectory = floats_of(given["trajectory"]);
  optimum.trajectory_steps = wholes_of(given["trajectory_steps"]);
  if (const nb::object losses = nb::borrow(given["batch_losses"]); !losses.is_none()) {
    const auto values = nb::cast<nb::ndarray<const double, nb::c_contig, nb::device::cpu>>(losses);
    optimum.batch_losses.assign(values.data(), values.data() + values.size());
  }
  for (const std::vector<float>* point : {&optimum.point, &optimum.initial})
    if (std::ssize(*point) != landscape.dimension() && !(point == &optimum.initial && point->empty()))
      throw Error(place, fmt::format("an optimum must have {} entries, has {}", landscape.dimension(),
                                     point->size()));
  return optimum;
}

json findings_json(const std::vector<experiment::Finding>& findings) {
  json list = json::array();
  for (const experiment::Finding& finding : findings) list.push_back(report::to_json(finding));
  return list;
}

/// Calls a function on this thread's own: reports as it comes.
class Caller final : public Monitor {
 public:
  explicit Caller(const nb::object& report) : report_(report) {}

 private:
  void do_checkpoint(double fraction) override {
    const nb::gil_scoped_acquire gil;
    if (!report_.is_none()) report_(fraction, nb::list());
  }

  const nb::object& report_;
};

/// One experiment's record, computed here. One of a user's own is `call(options, progress)`, on this thread.
std::shared_ptr<study::SingleRun> run_experiment(const SharedLand& land, const std::string& name,
                                                 const nb::dict& keywords, const nb::list& optima,
                                                 bool trained, const nb::dict& training, std::uint64_t seed,
                                                 const nb::object& report, const nb::object& call) {
  const std::string place = call.is_none() ? "nwedge." + name : name;
  auto single = std::make_shared<study::SingleExperiment>();
  std::shared_ptr<experiment::Experiment> made = experiment::make_experiment(name, place);
  study::read_options(*made, study::option_table(to_options(keywords, place), place));
  made->validate(place);
  const auto points = std::make_shared<std::vector<optimize::Result>>();
  for (const nb::handle optimum : optima)
    points->push_back(to_optimum(nb::cast<nb::dict>(optimum), *land->landscape, place));
  if (auto* own = dynamic_cast<OwnExperiment*>(made.get())) own->calling(Held(call));
  single->title = made->title();
  single->landscape = land->spec;
  single->landscape.training = to_training(training, place);
  single->kind = name;
  single->experiment = made;
  single->optima = *points;
  single->trained = trained;
  single->seed = seed;
  const auto run = std::make_shared<study::SingleRun>();
  const auto work = [=](Monitor& monitor) {
    for (optimize::Result& point : *points)
      if (point.initial.empty()) point.initial = land->landscape->initial_point(point.seed);
    *run = study::compute_single(*single, *land->landscape, land->factory(), monitor);
  };
  Caller caller(report);
  if (call.is_none())
    run_job(work, report);
  else
    work(caller);
  return run;
}

/// A record of a run's folder, its arrays read when they are asked for.
nb::dict to_dict(const study::RunRecord& record) {
  nb::dict dict;
  dict["id"] = record.id;
  dict["experiment"] = record.stored.experiment;
  dict["document"] = from_json(record.document);
  dict["failure"] = record.stored.failure;
  return dict;
}

struct LoadedRun {
  study::Run run;

  nb::dict arrays(const std::string& id) const {
    for (const study::RunRecord& record : run.records) {
      if (record.id != id) continue;
      nb::dict arrays;
      for (io::Tensor& tensor : run.arrays(record).tensors) {
        auto* owned = new io::Tensor(std::move(tensor));
        const nb::capsule owner(owned, [](void* p) noexcept { delete static_cast<io::Tensor*>(p); });
        arrays[owned->name.c_str()] = view_of(*owned, owner);
      }
      return arrays;
    }
    throw Error(run.folder.string(), fmt::format("holds no record \"{}\"", id));
  }
};

/// Passes on what a study says of itself: how far it is as a whole, in place of each cell's own fraction.
class Observer final : public study::RunObserver, public Monitor {
 public:
  explicit Observer(Monitor& whole) : whole_(whole) {}

  void advances(double fraction) override { fraction_ = fraction; }
  void notes(std::string_view line) override { whole_.note(line); }
  void cell_ends(const study::Cell& cell, const study::Outcome& outcome, double) override {
    if (outcome.failure != study::Failure::none)
      whole_.note(fmt::format("{} failed: {}", cell.id, outcome.reason));
  }

 private:
  void do_checkpoint(double) override { whole_.checkpoint(fraction_); }

  Monitor& whole_;
  std::atomic<double> fraction_ = 0;
};

void run_study(const std::filesystem::path& file, const std::filesystem::path& folder, bool resume,
               const nb::object& report) {
  run_job(
      [=](Monitor& monitor) {
        study::Study read = study::read_study(file);
        const auto data = std::make_shared<study::DataSets>();
        for (study::ExperimentSpec& spec : read.experiments)
          if (const auto* own = dynamic_cast<const OwnExperiment*>(spec.experiment.get()))
            spec.experiment = own->on(read.landscapes[spec.landscape], data);
        const std::vector<std::uint8_t> text = io::read_regular(file);
        Observer observer(monitor);
        study::run_study(read, {reinterpret_cast<const char*>(text.data()), text.size()}, folder, resume,
                         observer, observer);
      },
      report);
}

}  // namespace

nb::dict to_dict(optimize::Result optimum, std::int64_t dimension) {
  const std::size_t points = optimum.trajectory_steps.size();
  nb::dict given;
  given["point"] = own(std::move(optimum.point));
  given["initial"] = own(std::move(optimum.initial));
  given["trajectory"] =
      points == 0 ? nb::none()
                  : own(std::move(optimum.trajectory), {points, static_cast<std::size_t>(dimension)});
  given["trajectory_steps"] = points == 0 ? nb::none() : own(std::move(optimum.trajectory_steps));
  given["batch_losses"] = own(std::move(optimum.batch_losses));
  given["seed"] = optimum.seed;
  return given;
}

void bind_experiments(nb::module_& module) {
  module.def("train", &train, nb::arg("landscape"), nb::arg("options"), nb::arg("seed"),
             nb::arg("start").none(), nb::arg("report").none());
  module.def("run_experiment", &run_experiment, nb::arg("landscape"), nb::arg("name"), nb::arg("options"),
             nb::arg("optima"), nb::arg("trained"), nb::arg("training"), nb::arg("seed"),
             nb::arg("report").none(), nb::arg("call") = nb::none());
  module.def("run_study", &run_study, nb::arg("file"), nb::arg("folder"), nb::arg("resume"),
             nb::arg("report").none());
  module.def("report_page", [](const std::filesystem::path& folder) {
    const nb::gil_scoped_release release;
    return report::assemble_page(report::page_contents(study::read_run(folder)));
  });
  module.def("write_report", [](const std::filesystem::path& folder) {
    const nb::gil_scoped_release release;
    return report::write_report(folder).string();
  });

  nb::class_<study::SingleRun>(module, "Run")
      .def_prop_ro("id", [](const study::SingleRun& run) { return run.id; })
      .def_prop_ro("name", [](const study::SingleRun& run) { return run.study.experiments.front().kind; })
      .def_prop_ro("title", [](const study::SingleRun& run) { return run.study.title; })
      .def_prop_ro("seconds", [](const study::SingleRun& run) { return run.seconds; })
      .def_prop_ro("numbers", [](const study::SingleRun& run) { return from_json(run.record.result); })
      .def_prop_ro(
          "options",
          [](const study::SingleRun& run) { return from_json(run.study.experiments.front().options); })
      .def_prop_ro("arrays",
                   [](const nb::object& self) {
                     nb::dict arrays;
                     for (const io::Tensor& tensor : nb::cast<const study::SingleRun&>(self).record.arrays)
                       arrays[tensor.name.c_str()] = view_of(tensor, self);
                     return arrays;
                   })
      .def_prop_ro("findings",
                   [](const study::SingleRun& run) { return from_json(findings_json(study::findings(run))); })
      .def("save", [](const study::SingleRun& run, const std::filesystem::path& folder) {
        const nb::gil_scoped_release release;
        study::write_single(run, folder);
      });

  nb::class_<LoadedRun>(module, "LoadedRun")
      .def_prop_ro("folder", [](const LoadedRun& loaded) { return loaded.run.folder.string(); })
      .def_prop_ro("title", [](const LoadedRun& loaded) { return loaded.run.plan.value("title", ""); })
      .def_prop_ro("records",
                   [](const LoadedRun& loaded) {
                     nb::list records;
                     for (const study::RunRecord& record : loaded.run.records)
                       records.append(to_dict(record));
                     return records;
                   })
      .def_prop_ro("missing", [](const LoadedRun& loaded) { return loaded.run.missing; })
      .def_prop_ro("problems", [](const LoadedRun& loaded) { return loaded.run.problems; })
      .def_prop_ro(
          "findings",
          [](const LoadedRun& loaded) { return from_json(findings_json(study::findings(loaded.run))); })
      .def("arrays", &LoadedRun::arrays);
  module.def("load", [](const std::filesystem::path& folder) {
    const nb::gil_scoped_release release;
    return LoadedRun{study::read_run(folder)};
  });
}

}  // namespace nwedge::python
