#pragma once
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/io/safetensors.hpp"
#include "nwedge/landscape.hpp"

namespace nwedge::python {

namespace nb = nanobind;

using FloatVector = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using FloatMatrix = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using FloatOutput = nb::ndarray<float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Array = nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu>;  ///< of any type and shape

template <class NdArray>
std::span<const float> values_of(const NdArray& array) {
  return {array.data(), array.size()};
}

/// A new NumPy array of floats whose values are not set: NumPy's own, as it takes large pages.
nb::object empty(std::size_t size);
inline FloatOutput output_of(const nb::object& array) { return nb::cast<FloatOutput>(array); }
inline std::span<float> room_of(const FloatOutput& array) { return {array.data(), array.size()}; }

/// An array that owns `values`.
template <class T>
nb::object own(std::vector<T> values, const std::vector<std::size_t>& shape) {
  auto* owned = new std::vector<T>(std::move(values));
  const nb::capsule owner(owned, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return nb::ndarray<nb::numpy, T>(owned->data(), shape.size(), shape.data(), owner).cast();
}
template <class T>
nb::object own(std::vector<T> values) {
  const std::size_t size = values.size();
  return own(std::move(values), {size});
}

/// What keyword arguments hold: None, numbers, texts, paths, lists, and what NumPy makes of them. An `Error`
/// at `place` names a key whose value is something else.
nlohmann::json to_json(nb::handle value, std::string_view place, std::string_view key);

/// Keyword arguments as options: `learning_rate` is learning-rate, `continue_` is continue.
nlohmann::json to_options(const nb::dict& keywords, std::string_view place);

nb::object from_json(const nlohmann::json& document);

/// A copy of a NumPy array under a name; its type must be one of those that `io::Tensor` has.
io::Tensor to_tensor(const std::string& name, const Array& array);

/// The tensor's own memory as a read-only array; `owner` keeps it alive.
nb::object view_of(const io::Tensor& tensor, nb::handle owner);

Split to_split(std::string_view name, std::string_view place);
inline const char* to_text(Split split) { return split == Split::train ? "train" : "test"; }

/// A Python object that C++ may copy and release on any thread, with the GIL or without.
class Held {
 public:
  Held() = default;
  explicit Held(nb::object object)
      : object_(new nb::object(std::move(object)), [](nb::object* held) {
          if (!Py_IsInitialized()) return;  // too late to tell anybody
          const nb::gil_scoped_acquire gil;
          delete held;
        }) {}

  explicit operator bool() const { return object_ != nullptr && !object_->is_none(); }
  const nb::object& get() const { return *object_; }  ///< to be used with the GIL

 private:
  std::shared_ptr<nb::object> object_;
};

}  // namespace nwedge::python
