#include "convert.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <type_traits>

#include "nwedge/core/error.hpp"

namespace nwedge::python {
namespace {

using nlohmann::json;

json to_json_number(nb::handle value, std::string_view place, std::string_view key) {
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
  if (overflow == 0) return static_cast<std::int64_t>(number);
  if (overflow > 0) {
    const unsigned long long large = PyLong_AsUnsignedLongLong(value.ptr());
    if (PyErr_Occurred() == nullptr) return static_cast<std::uint64_t>(large);
    PyErr_Clear();
  }
  throw Error(place, fmt::format("{} must fit in 64 bits, is {}", key, nb::str(value).c_str()));
}

template <class T>
std::vector<T> copy_of(const Array& array) {
  const auto* begin = static_cast<const T*>(array.data());
  return {begin, begin + array.size()};
}

}  // namespace

json to_json(nb::handle value, std::string_view place, std::string_view key) {
  if (value.is_none()) return nullptr;
  if (PyBool_Check(value.ptr())) return value.ptr() == Py_True;
  if (PyLong_Check(value.ptr())) return to_json_number(value, place, key);
  if (PyFloat_Check(value.ptr())) return PyFloat_AsDouble(value.ptr());
  if (PyUnicode_Check(value.ptr())) return std::string(nb::str(value).c_str());
  if (nb::isinstance<nb::list>(value) || nb::isinstance<nb::tuple>(value)) {
    json list = json::array();
    for (const nb::handle entry : value) list.push_back(to_json(entry, place, key));
    return list;
  }
  if (nb::isinstance<nb::dict>(value)) {
    json object = json::object();
    for (const auto& [name, entry] : nb::borrow<nb::dict>(value))
      object[nb::str(name).c_str()] = to_json(entry, place, key);
    return object;
  }
  if (nb::hasattr(value, "tolist")) return to_json(value.attr("tolist")(), place, key);
  if (nb::hasattr(value, "__fspath__")) return to_json(value.attr("__fspath__")(), place, key);
  throw Error(place, fmt::format("{} must be a number, true or false, a text or a list of them, is a {}", key,
                                 nb::type_name(value.type()).c_str()));
}

json to_options(const nb::dict& keywords, std::string_view place) {
  json options = json::object();
  for (const auto& [name, value] : keywords) {
    if (value.is_none()) continue;  // as if it were not given
    std::string key = nb::str(name).c_str();
    if (key.ends_with('_')) key.pop_back();  // of a word that Python keeps for itself
    std::replace(key.begin(), key.end(), '_', '-');
    options[key] = to_json(value, place, key);
  }
  return options;
}

nb::object from_json(const json& document) {
  switch (document.type()) {
    case json::value_t::boolean:
      return nb::bool_(document.get<bool>());
    case json::value_t::number_integer:
      return nb::int_(document.get<std::int64_t>());
    case json::value_t::number_unsigned:
      return nb::int_(document.get<std::uint64_t>());
    case json::value_t::number_float:
      return nb::float_(document.get<double>());
    case json::value_t::string:
      return nb::str(document.get_ref<const std::string&>().c_str());
    case json::value_t::array: {
      nb::list list;
      for (const json& entry : document) list.append(from_json(entry));
      return list;
    }
    case json::value_t::object: {
      nb::dict dict;
      for (const auto& [key, value] : document.items()) dict[key.c_str()] = from_json(value);
      return dict;
    }
    default:
      return nb::none();
  }
}

nb::object empty(std::size_t size) {
  static const Held& maker = *new Held(nb::module_::import_("numpy").attr("empty"));
  static const Held& type = *new Held(nb::module_::import_("numpy").attr("float32"));
  return maker.get()(size, type.get());
}

io::Tensor to_tensor(const std::string& name, const Array& array) {
  io::Tensor tensor;
  tensor.name = name;
  for (std::size_t i = 0; i < array.ndim(); ++i)
    tensor.shape.push_back(static_cast<std::int64_t>(array.shape(i)));
  const nb::dlpack::dtype type = array.dtype();
  if (type == nb::dtype<float>())
    tensor.values = copy_of<float>(array);
  else if (type == nb::dtype<double>())
    tensor.values = copy_of<double>(array);
  else if (type == nb::dtype<std::int64_t>())
    tensor.values = copy_of<std::int64_t>(array);
  else if (type == nb::dtype<std::int32_t>())
    tensor.values = copy_of<std::int32_t>(array);
  else if (type == nb::dtype<std::uint8_t>())
    tensor.values = copy_of<std::uint8_t>(array);
  else
    throw Error(name, "must be an array of float32, float64, int64, int32 or uint8");
  return tensor;
}

nb::object view_of(const io::Tensor& tensor, nb::handle owner) {
  std::vector<std::size_t> shape;
  for (const std::int64_t length : tensor.shape) shape.push_back(static_cast<std::size_t>(length));
  return std::visit(
      [&](const auto& values) -> nb::object {
        using T = typename std::decay_t<decltype(values)>::value_type;
        return nb::ndarray<nb::numpy, const T>(values.data(), shape.size(), shape.data(), owner).cast();
      },
      tensor.values);
}

Split to_split(std::string_view name, std::string_view place) {
  if (name == "train") return Split::train;
  if (name == "test") return Split::test;
  throw Error(place, fmt::format("split must be \"train\" or \"test\", is \"{}\"", name));
}

}  // namespace nwedge::python
