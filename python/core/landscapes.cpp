#include "landscapes.hpp"

#include <fmt/core.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <tuple>

#include "callbacks.hpp"
#include "job.hpp"
#include "nwedge/core/digest.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/network/network.hpp"
#include "nwedge/network/weights.hpp"
#include "nwedge/study/option_reader.hpp"

namespace nwedge::python {
namespace {

using nlohmann::json;

constexpr double kLongWork = 1e9;  // multiplications: some tenths of a second

/// Calls `work`, which refers to what its caller holds, without the GIL.
template <class Work>
auto without_gil(Work work) {
  const nb::gil_scoped_release release;
  return work();
}

/// Work on `points` points of a landscape. What is short runs at once on this thread, as do Python's own
/// functions, which Python interrupts itself; what may be long runs so that Ctrl-C is heard. `work` must own
/// all that it uses.
template <class Result>
Result interruptible(const SharedLand& land, double points, std::function<Result()> work) {
  const double examples = static_cast<double>(std::max<std::int64_t>(
      1, land->landscape->examples(Split::train) + land->landscape->examples(Split::test)));
  const double cost = points * examples * static_cast<double>(land->landscape->dimension());
  if (land->calls_python || cost < kLongWork) return without_gil(work);
  const auto result = std::make_shared<Result>();
  run_job([result, work = std::move(work)](Monitor&) { *result = work(); }, nb::none());
  return std::move(*result);
}

SharedLand make_native(const std::string& kind, const nb::dict& keywords, const std::string& place,
                       const nb::dict& arrays) {
  auto land = std::make_shared<Land>();
  land->data = std::make_shared<study::DataSets>();
  json given = to_options(keywords, place);
  if (arrays.size() > 0) {
    io::TensorFile file;
    std::vector<std::span<const std::uint8_t>> bytes;
    for (const auto& [name, array] : arrays)
      file.tensors.push_back(to_tensor(nb::cast<std::string>(name), nb::cast<Array>(array)));
    for (const io::Tensor& tensor : file.tensors)
      std::visit(
          [&](const auto& values) {
            bytes.emplace_back(reinterpret_cast<const std::uint8_t*>(values.data()),
                               values.size() * sizeof(values[0]));
          },
          tensor.values);
    given["data"] = "arrays:" + digest(bytes).substr(0, 12);
    land->data->give(given["data"], std::move(file));
  }
  const std::shared_ptr<study::LandscapeOptions> maker = study::make_landscape_options(kind, place);
  study::read_options(*maker, study::option_table(given, place));
  maker->validate(place);
  land->spec.name = land->spec.kind = kind;
  land->spec.place = place;
  JsonOptionWriter writer(land->spec.options = json::object());
  maker->visit(writer);
  land->spec.maker = maker;
  const auto made = std::make_shared<std::shared_ptr<const Landscape>>();
  run_job([made, maker, data = land->data, place](Monitor&) { *made = maker->make(*data, place); },
          nb::none());
  land->landscape = *made;
  if (const auto* network = dynamic_cast<const network::Network*>(land->landscape.get()))
    land->notes = network->notes();
  return land;
}

/// A landscape that no options describe.
study::LandscapeSpec given_spec(const Landscape& landscape, const std::string& description,
                                const std::string& curvature, bool deterministic) {
  study::LandscapeSpec spec;
  spec.name = spec.kind = study::kGiven;
  spec.options = {{"description", description},
                  {"dimension", landscape.dimension()},
                  {"accuracy", landscape.has_accuracy()},
                  {"curvature", curvature},
                  {"deterministic", deterministic}};
  return spec;
}

ParameterGroup::Kind group_kind(const std::string& name, std::string_view place) {
  if (name == "weight") return ParameterGroup::Kind::weight;
  if (name == "bias") return ParameterGroup::Kind::bias;
  if (name == "normalisation") return ParameterGroup::Kind::normalisation;
  if (name == "embedding") return ParameterGroup::Kind::embedding;
  throw Error(place, fmt::format("the kind of a group must be weight, bias, normalisation or embedding, is "
                                 "\"{}\"",
                                 name));
}

using GroupTuple = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::string>;

using TensorTuple = std::tuple<std::string, std::int64_t, std::int64_t>;

/// From {dimension, functions, train_examples, test_examples, accuracy, groups, tensors}; with the GIL.
std::unique_ptr<CallbackLandscape> make_callbacks(const nb::dict& given) {
  Callbacks callbacks =
      to_callbacks(nb::cast<std::int64_t>(given["dimension"]), nb::cast<nb::dict>(given["functions"]));
  callbacks.train_examples = nb::cast<std::int64_t>(given["train_examples"]);
  callbacks.test_examples = nb::cast<std::int64_t>(given["test_examples"]);
  callbacks.accuracy = nb::cast<bool>(given["accuracy"]);
  for (const auto& [offset, count, stride, kind] : nb::cast<std::vector<GroupTuple>>(given["groups"]))
    callbacks.groups.push_back({offset, count, group_kind(kind, "nwedge.landscape"), stride});
  for (auto& [name, offset, count] : nb::cast<std::vector<TensorTuple>>(given["tensors"]))
    callbacks.tensors.push_back({std::move(name), offset, count});
  return std::make_unique<CallbackLandscape>(std::move(callbacks));
}

SharedLand make_given(const nb::dict& given, const std::string& description, const nb::object& fewer) {
  const std::shared_ptr<const CallbackLandscape> landscape = make_callbacks(given);
  auto land = std::make_shared<Land>();
  land->spec = given_spec(*landscape, description,
                          landscape->exact_curvature() ? "exact" : "central differences", false);
  land->landscape = landscape;
  land->fewer = Held(fewer);
  land->calls_python = true;
  return land;
}

/// The given landscape on fewer examples; it has no other options to change.
std::unique_ptr<Landscape> make_fewer(const Held& fewer, const json& changes) {
  for (const auto& [key, value] : changes.items())
    if (key != "train-examples" && key != "test-examples")
      throw Error("nwedge.landscape", fmt::format("a given landscape has no option \"{}\" to change", key));
  const nb::gil_scoped_acquire gil;
  return make_callbacks(nb::cast<nb::dict>(fewer.get()(changes.value("train-examples", std::int64_t{0}),
                                                       changes.value("test-examples", std::int64_t{0}))));
}

/// What keeps a restriction's base alive.
struct Restricted {
  SharedLand base;
  std::unique_ptr<Landscape> landscape;
};

SharedLand restrict_to(const SharedLand& base, const FloatVector& origin, const FloatMatrix& directions) {
  AffineFamily family;
  family.origin.assign(origin.data(), origin.data() + origin.size());
  family.directions.assign(directions.data(), directions.data() + directions.size());
  if (directions.shape(1) != origin.size())
    throw Error("restriction", fmt::format("directions must have shape [d, {}], have [{}, {}]", origin.size(),
                                           directions.shape(0), directions.shape(1)));
  const auto owner = std::make_shared<Restricted>();
  owner->base = base;
  owner->landscape = without_gil([&] { return base->landscape->restrict_to(std::move(family)); });
  auto land = std::make_shared<Land>();
  land->landscape = {owner, owner->landscape.get()};
  const json& options = base->spec.options;
  land->spec =
      given_spec(*land->landscape,
                 fmt::format("{} restricted to {} directions",
                             base->spec.kind == study::kGiven ? options.at("description").get<std::string>()
                             : options.contains("model")      ? options.at("model").get<std::string>()
                                                              : base->spec.kind,
                             land->landscape->dimension()),
                 base->spec.kind == study::kGiven ? options.at("curvature").get<std::string>() : "exact",
                 base->spec.kind != study::kGiven || options.at("deterministic").get<bool>());
  land->calls_python = base->calls_python;
  if (options.contains("notes")) land->spec.options["notes"] = options["notes"];
  return land;
}

/// The Hessian at a point, or its Gauss-Newton matrix.
class Matrix {
 public:
  Matrix(SharedLand land, std::unique_ptr<Curvature> curvature)
      : land_(std::move(land)), curvature_(std::move(curvature)) {}

  std::int64_t dimension() const { return curvature_->dimension(); }
  nb::object multiply(const FloatVector& vector, const nb::object& array) const {
    const std::span<const float> values = values_of(vector);
    const Direct direct(values, array);
    nb::object product = empty(vector.size());
    interruptible<bool>(land_, 3, [curvature = curvature_, vector, land = land_, out = output_of(product)] {
      curvature->multiply(values_of(vector), room_of(out));
      return true;
    });
    return product;
  }

 private:
  SharedLand land_;
  std::shared_ptr<Curvature> curvature_;
};

const CurvedLandscape& curved(const Land& land) {
  const auto* landscape = dynamic_cast<const CurvedLandscape*>(land.landscape.get());
  if (landscape == nullptr) throw Error("curvature", "this landscape has no Hessian-vector products");
  return *landscape;
}

template <class Make>
std::unique_ptr<Matrix> make_matrix(const SharedLand& land, const FloatVector& point, Make make) {
  auto made = interruptible<std::shared_ptr<std::unique_ptr<Curvature>>>(land, 1, [land, point, make] {
    return std::make_shared<std::unique_ptr<Curvature>>(make(curved(*land), values_of(point)));
  });
  if (*made == nullptr) return nullptr;
  return std::make_unique<Matrix>(land, std::move(*made));
}

using Evaluated = std::vector<Metrics>;

Evaluated evaluate(const SharedLand& land, const Array& array, std::span<const float> points, Split split) {
  const double count = static_cast<double>(points.size()) / static_cast<double>(land->landscape->dimension());
  return interruptible<Evaluated>(land, count, [land, array, points, split] {
    if (std::ssize(points) == land->landscape->dimension())
      return Evaluated{land->landscape->evaluate(points, split)};
    return land->landscape->evaluate_many(points, split);
  });
}

const network::Network& network_of(const Land& land, std::string_view place) {
  const auto* network = dynamic_cast<const network::Network*>(land.landscape.get());
  if (network == nullptr) throw Error(place, "belongs to networks made by nwedge.network");
  return *network;
}

}  // namespace

experiment::LandscapeFactory Land::factory() const {
  if (spec.maker) return study::landscape_factory(*spec.maker, *data, spec.place);
  if (fewer) return [fewer = fewer](const json& changes) { return make_fewer(fewer, changes); };
  return {};
}

void bind_landscapes(nb::module_& module) {
  nb::class_<Matrix>(module, "Matrix")
      .def_prop_ro("dimension", &Matrix::dimension)
      .def(
          "multiply",
          [](const Matrix& matrix, const nb::object& vector) {
            return matrix.multiply(nb::cast<FloatVector>(vector), vector);
          },
          nb::arg("vector"));

  nb::class_<Land>(module, "Landscape")
      .def_prop_ro("dimension", [](const Land& land) { return land.landscape->dimension(); })
      .def_prop_ro("has_accuracy", [](const Land& land) { return land.landscape->has_accuracy(); })
      .def_prop_ro("kind", [](const Land& land) { return land.spec.kind; })
      .def_prop_ro("options", [](const Land& land) { return from_json(land.spec.options); })
      .def_prop_rw(
          "notes", [](const Land& land) { return land.notes; },
          [](Land& land, const std::vector<std::string>& notes) {
            land.notes = notes;
            land.spec.options["notes"] = notes;  // only given landscapes are told any
          })
      .def("examples",
           [](const Land& land, const std::string& split) {
             return land.landscape->examples(to_split(split, "examples"));
           })
      .def("groups",
           [](const Land& land) {
             static constexpr const char* kKinds[] = {"weight", "bias", "normalisation", "embedding"};
             std::vector<GroupTuple> groups;
             for (const ParameterGroup& group : land.landscape->parameter_groups())
               groups.emplace_back(group.offset, group.count, group.stride,
                                   kKinds[static_cast<int>(group.kind)]);
             return groups;
           })
      .def("initial_point",
           [](const Land& land, std::uint64_t seed) {
             return own(without_gil([&] { return land.landscape->initial_point(seed); }));
           })
      .def("evaluate",
           [](const SharedLand& land, const nb::object& point, const std::string& split) {
             const auto values = nb::cast<FloatVector>(point);
             const Direct direct(values_of(values), point);
             if (std::ssize(values_of(values)) != land->landscape->dimension())
               throw Error("evaluate", fmt::format("a point must have {} entries, has {}",
                                                   land->landscape->dimension(), values.size()));
             const Metrics metrics =
                 evaluate(land, Array(values), values_of(values), to_split(split, "evaluate")).front();
             return std::make_pair(metrics.loss, metrics.accuracy);
           })
      .def("evaluate_many",
           [](const SharedLand& land, const nb::object& points, const std::string& split) {
             const auto values = nb::cast<FloatMatrix>(points);
             if (static_cast<std::int64_t>(values.shape(1)) != land->landscape->dimension())
               throw Error("evaluate_many",
                           fmt::format("points must have shape [P, {}], have [{}, {}]",
                                       land->landscape->dimension(), values.shape(0), values.shape(1)));
             const Direct direct(values_of(values), points);
             std::vector<double> losses, accuracies;
             for (const Metrics& metrics :
                  evaluate(land, Array(values), values_of(values), to_split(split, "evaluate_many"))) {
               losses.push_back(metrics.loss);
               accuracies.push_back(metrics.accuracy);
             }
             return nb::make_tuple(own(std::move(losses)), own(std::move(accuracies)));
           })
      .def("gradient",
           [](const SharedLand& land, const nb::object& point, const std::string& split) {
             const auto values = nb::cast<FloatVector>(point);
             const Direct direct(values_of(values), point);
             nb::object slope = empty(values.size());
             const double loss = interruptible<double>(
                 land, 3, [land, values, split = to_split(split, "gradient"), out = output_of(slope)] {
                   return land->landscape->gradient(values_of(values), room_of(out), split);
                 });
             return nb::make_tuple(loss, slope);
           })
      .def("batch_gradient",
           [](const SharedLand& land, const nb::object& point, std::uint64_t seed, std::int64_t index,
              std::int64_t size) {
             const auto values = nb::cast<FloatVector>(point);
             const Direct direct(values_of(values), point);
             nb::object slope = empty(values.size());
             const FloatOutput out = output_of(slope);
             const double loss = without_gil([&] {
               return land->landscape->batch_gradient(values_of(values), {seed, index, size}, room_of(out));
             });
             return nb::make_tuple(loss, slope);
           })
      .def("matrix",
           [](const SharedLand& land, const std::string& name, const nb::object& point,
              const std::string& split) {
             const auto values = nb::cast<FloatVector>(point);
             const Direct direct(values_of(values), point);
             return make_matrix(
                 land, values,
                 [matrix = curvature_matrix(name, "curvature"), split = to_split(split, "curvature")](
                     const CurvedLandscape& landscape, std::span<const float> theta) {
                   return landscape.matrix_at(matrix, theta, split);
                 });
           })
      .def("tensors",
           [](const Land& land) {
             std::vector<TensorTuple> tensors;
             for (const ParameterTensor& tensor : land.landscape->parameter_tensors())
               tensors.emplace_back(tensor.name, tensor.offset, tensor.count);
             return tensors;
           })
      .def("restrict", &restrict_to)
      .def("read_weights",
           [](const Land& land, const std::string& path, const std::string& match) {
             return own(std::move(
                 network::read_state(network_of(land, "read_weights").graph(), path, match).weights));
           })
      .def("write_weights", [](const Land& land, const std::string& path, const FloatVector& point) {
        const network::Network& network = network_of(land, "write_weights");
        without_gil([&] {
          network::write_state(network.graph(), values_of(point), network.buffers_at(values_of(point)), path,
                               {{"producer", "nwedge"}});
        });
      });

  module.def("native_landscape", &make_native, nb::arg("kind"), nb::arg("options"), nb::arg("place"),
             nb::arg("arrays"));
  module.def("given_landscape", &make_given, nb::arg("given"), nb::arg("description"),
             nb::arg("fewer").none());
}

}  // namespace nwedge::python
