#include "advice.hpp"

#include <fmt/core.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "job.hpp"
#include "landscapes.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/experiment/advice_record.hpp"
#include "nwedge/network/network.hpp"
#include "nwedge/study/option_reader.hpp"
#include "nwedge/study/single.hpp"

namespace nwedge::python {
namespace {

using experiment::AdviceResult;
using experiment::Checkpoint;

constexpr const char* kPlace = "nwedge.advise";

/// From {classes, labels, probabilities}: a function of (point, indices) that gives rows [n, classes].
experiment::Predictor to_predictor(const nb::dict& given) {
  experiment::Predictor predictor;
  predictor.classes = nb::cast<std::int64_t>(given["classes"]);
  predictor.labels = nb::cast<std::vector<std::int32_t>>(given["labels"]);
  predictor.probabilities = [function = Held(nb::borrow(given["probabilities"]))](
                                std::span<const float> point, std::span<const std::int64_t> examples) {
    const nb::gil_scoped_acquire gil;
    const nb::object rows = function.get()(own(std::vector<float>(point.begin(), point.end())),
                                           own(std::vector<std::int64_t>(examples.begin(), examples.end())));
    const auto values = nb::cast<FloatMatrix>(rows);
    return std::vector<float>(values.data(), values.data() + values.size());
  };
  return predictor;
}

/// The record of an advice on points [k, D].
std::shared_ptr<study::SingleRun> advise(const SharedLand& land, const FloatMatrix& points,
                                         const std::vector<std::string>& names, const nb::dict& keywords,
                                         const nb::object& predictor, const nb::object& report) {
  experiment::AdviceRequest request;
  study::read_options(request, study::option_table(to_options(keywords, kPlace), kPlace));
  std::vector<Checkpoint> checkpoints;
  const auto optima = std::make_shared<std::vector<optimize::Result>>(points.shape(0));
  for (std::size_t k = 0; k < points.shape(0); ++k) {
    const float* begin = points.data() + k * points.shape(1);
    (*optima)[k].seed = k;
    (*optima)[k].point.assign(begin, begin + points.shape(1));
    checkpoints.push_back({names[k], (*optima)[k].point});
  }
  std::function<AdviceResult(Monitor&)> answer;
  if (!predictor.is_none()) {
    answer = [own = to_predictor(nb::cast<nb::dict>(predictor)), checkpoints, request](Monitor& monitor) {
      return experiment::advise(own, checkpoints, request.advice, monitor);
    };
  } else if (dynamic_cast<const network::Network*>(land->landscape.get()) != nullptr) {
    answer = [land, checkpoints, request](Monitor& monitor) {
      const auto& network = dynamic_cast<const network::Network&>(*land->landscape);
      return experiment::advise(network.data(), {network.graph()}, network.options(), checkpoints,
                                request.advice, monitor);
    };
  } else {
    throw Error(kPlace,
                "the landscape must know the class probabilities of test examples; give predict= and "
                "labels= when it is made");
  }
  const auto page = std::make_shared<experiment::AdviceRecord>(request, checkpoints, answer, true);
  const auto single = std::make_shared<study::SingleExperiment>();
  single->title = fmt::format("Advice on {} checkpoints", checkpoints.size());
  single->landscape = land->spec;
  single->kind = page->name();
  single->experiment = page;
  single->optima = *optima;
  single->facts = {{"weights", names}};
  const auto run = std::make_shared<study::SingleRun>();
  run_job(
      [=](Monitor& monitor) {
        (void)optima;  // what `single` refers to
        *run = study::compute_single(*single, *land->landscape, land->factory(), monitor);
      },
      report);
  return run;
}

}  // namespace

void bind_advice(nb::module_& module) {
  module.def("advise", &advise, nb::arg("landscape"), nb::arg("points"), nb::arg("names"), nb::arg("options"),
             nb::arg("predictor").none(), nb::arg("report").none());
}

}  // namespace nwedge::python
