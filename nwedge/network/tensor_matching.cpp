#include "nwedge/network/tensor_matching.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "nwedge/core/error.hpp"

namespace nwedge::network {
namespace {

using Tensors = std::vector<const io::Tensor*>;
using ByName = std::unordered_map<std::string_view, const io::Tensor*>;

constexpr std::array<std::string_view, 4> kPrefixes = {"module.", "_orig_mod.", "model.", "network."};
constexpr std::array<std::string_view, 4> kEnds = {"weight", "bias", "running_mean", "running_var"};
constexpr int kMostWrappers = 8;
constexpr std::size_t kShown = 4;
constexpr std::size_t kCompared = 2000;  // names that are looked at for the nearest one, each not too long
constexpr std::size_t kLongName = 100;

std::string_view last_part(std::string_view name) {
  return name.substr(name.rfind('.') == std::string_view::npos ? 0 : name.rfind('.') + 1);
}

/// The tensors that are no counters, in the order of the file.
Tensors tensors_in(const io::TensorFile& file) {
  Tensors tensors;
  for (const io::Tensor& tensor : file.tensors) {
    const std::string_view end = last_part(tensor.name);
    if (end != "num_batches_tracked" && end != "n_averaged") tensors.push_back(&tensor);
  }
  return tensors;
}

/// The first few names, and how many more there are.
template <class List, class Name>
std::string listed(const List& list, Name name) {
  if (list.empty()) return "no tensor";
  std::vector<std::string_view> shown;
  for (std::size_t i = 0; i < std::min(list.size(), kShown); ++i) shown.push_back(name(list[i]));
  const std::string more = list.size() > kShown ? fmt::format(" and {} more", list.size() - kShown) : "";
  return fmt::format("{}{}", fmt::join(shown, " "), more);
}

std::string listed(const Graph& graph) {
  return listed(graph.tensors, [](const TensorPlace& tensor) -> std::string_view { return tensor.name; });
}

std::string listed(const Tensors& tensors) {
  return listed(tensors, [](const io::Tensor* tensor) -> std::string_view { return tensor->name; });
}

/// Whether text a comes before b, numbers in them by their value.
bool natural_less(std::string_view a, std::string_view b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto number = [&](std::string_view& text) {
    std::size_t end = 0;
    while (end < text.size() && digit(text[end])) ++end;
    std::string_view found = text.substr(0, end);
    text.remove_prefix(end);
    found.remove_prefix(std::min(found.find_first_not_of('0'), found.size()));
    return found;
  };
  while (!a.empty() && !b.empty()) {
    if (digit(a[0]) && digit(b[0])) {
      const std::string_view x = number(a);
      const std::string_view y = number(b);
      if (x != y) return std::pair(x.size(), x) < std::pair(y.size(), y);
      continue;
    }
    if (a[0] != b[0]) return a[0] < b[0];
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  return a.size() < b.size();
}

/// Tensors of a file in the order of their modules.
Tensors ordered(const io::TensorFile& file) {
  Tensors tensors = tensors_in(file);
  const auto by_name = [](const io::Tensor* a, const io::Tensor* b) { return a->name < b->name; };
  if (std::is_sorted(tensors.begin(), tensors.end(), by_name))
    std::stable_sort(tensors.begin(), tensors.end(),
                     [](const io::Tensor* a, const io::Tensor* b) { return natural_less(a->name, b->name); });
  return tensors;
}

/// Tensors that may stand for one another: of one shape and one known end of the name.
using Kin = std::pair<std::string_view, std::vector<std::int64_t>>;

Kin kin_of(std::string_view name, const std::vector<std::int64_t>& shape) {
  const std::string_view end = last_part(name);
  return {std::find(kEnds.begin(), kEnds.end(), end) == kEnds.end() ? "" : end, shape};
}

/// Takes the next tensor of the file for each place; null where there is none left.
template <class Place>
Tensors take_kin(const std::vector<Place>& places, std::map<Kin, std::vector<const io::Tensor*>>& left) {
  Tensors taken;
  for (const Place& place : places) {
    std::vector<const io::Tensor*>& kin = left[kin_of(place.name, place.shape)];
    taken.push_back(kin.empty() ? nullptr : kin.back());
    if (!kin.empty()) kin.pop_back();
  }
  return taken;
}

std::optional<TensorMatching> matched_by_kin(const Graph& graph, const Tensors& tensors) {
  std::map<Kin, std::vector<const io::Tensor*>> left;
  for (auto tensor = tensors.rbegin(); tensor != tensors.rend(); ++tensor)  // the first one last
    left[kin_of((*tensor)->name, (*tensor)->shape)].push_back(*tensor);
  TensorMatching matching;
  matching.tensors = take_kin(graph.tensors, left);
  matching.buffers = take_kin(graph.buffers, left);
  const auto missing = [](const Tensors& taken) { return std::count(taken.begin(), taken.end(), nullptr); };
  const auto buffers = std::ssize(graph.buffers);
  const bool all_or_none = missing(matching.buffers) == 0 || missing(matching.buffers) == buffers;
  const bool used = std::all_of(left.begin(), left.end(), [](const auto& kin) { return kin.second.empty(); });
  if (missing(matching.tensors) > 0 || !all_or_none || !used) return std::nullopt;
  return matching;
}

/// One after the other, whatever the names end in.
std::optional<TensorMatching> matched_one_by_one(const Graph& graph, const Tensors& tensors) {
  const bool fit = std::equal(tensors.begin(), tensors.end(), graph.tensors.begin(), graph.tensors.end(),
                              [](const io::Tensor* a, const TensorPlace& b) { return a->shape == b.shape; });
  if (!fit) return std::nullopt;
  return TensorMatching{tensors, Tensors(graph.buffers.size(), nullptr), {}};
}

std::optional<TensorMatching> matched_in_order(const Graph& graph, const Tensors& tensors) {
  std::optional<TensorMatching> matching = matched_by_kin(graph, tensors);
  return matching ? matching : matched_one_by_one(graph, tensors);
}

std::string nearest(std::string_view name, const Tensors& tensors) {
  std::vector<std::string> names;
  for (const io::Tensor* tensor : tensors)
    if (names.size() < kCompared && tensor->name.size() <= kLongName) names.push_back(tensor->name);
  return did_you_mean(name, names);
}

std::set<std::string_view> names_of(const Graph& graph) {
  std::set<std::string_view> names;
  for (const TensorPlace& tensor : graph.tensors) names.insert(tensor.name);
  for (const BufferPlace& buffer : graph.buffers) names.insert(buffer.name);
  return names;
}

/// `name` without the prefixes of wrappers, as soon as it is one of `names`.
std::string_view unwrapped(std::string_view name, const std::set<std::string_view>& names) {
  std::string_view rest = name;
  for (int depth = 0; depth <= kMostWrappers; ++depth) {
    if (names.count(rest) > 0) return rest;
    const auto prefix = std::find_if(kPrefixes.begin(), kPrefixes.end(),
                                     [&](std::string_view p) { return rest.starts_with(p); });
    if (prefix == kPrefixes.end()) break;
    rest.remove_prefix(prefix->size());
  }
  return name;
}

/// What every name of the graph has before it in the file; empty where there is no such thing.
std::string common_prefix(const Graph& graph, const Tensors& tensors, const ByName& by_name) {
  const std::string first = "." + graph.tensors.front().name;
  for (const io::Tensor* tensor : tensors) {
    if (!tensor->name.ends_with(first)) continue;
    const std::string prefix = tensor->name.substr(0, tensor->name.size() - first.size() + 1);
    const auto held = [&](const TensorPlace& place) { return by_name.count(prefix + place.name) > 0; };
    if (std::all_of(graph.tensors.begin(), graph.tensors.end(), held)) return prefix;
  }
  return "";
}

[[noreturn]] void refuse_missing(const Graph& graph, const io::TensorFile& file, const std::string& missing,
                                 const ByName& by_name, std::string_view place) {
  const Tensors tensors = tensors_in(file);
  const std::string prefix = common_prefix(graph, tensors, by_name);
  if (!prefix.empty())
    throw Error(place,
                fmt::format("the names must not begin with \"{0}\": match by order, or in Python: from "
                            "safetensors.torch import *; save_file({{k[{1}:]: v for k, v in "
                            "load_file('IN').items() if k.startswith('{0}')}}, 'OUT')",
                            prefix, prefix.size()));
  const bool fits = matched_in_order(graph, ordered(file)).has_value();
  throw Error(place, fmt::format("tensor \"{}\" of model {} is missing: the file holds {}{}{}", missing,
                                 graph.model, listed(tensors),
                                 fits ? "; the shapes fit: match by order"
                                      : "; name the tensors as the PyTorch module does, or choose the model",
                                 nearest(missing, tensors)));
}

}  // namespace

TensorMatching match_by_names(const Graph& graph, const io::TensorFile& file, std::string_view place) {
  const std::set<std::string_view> names = names_of(graph);
  const Tensors tensors = tensors_in(file);
  TensorMatching matching;
  std::set<std::string> prefixes;
  ByName by_name;
  const io::Tensor* stranger = nullptr;
  for (const io::Tensor* tensor : tensors) {
    const std::string_view name = unwrapped(tensor->name, names);
    const auto [entry, fresh] = by_name.emplace(name, tensor);
    if (!fresh)
      throw Error(place, fmt::format("tensors \"{}\" and \"{}\" are both \"{}\" of model {}; leave one out",
                                     entry->second->name, tensor->name, name, graph.model));
    if (name.size() < tensor->name.size())
      prefixes.insert(tensor->name.substr(0, tensor->name.size() - name.size()));
    if (stranger == nullptr && names.count(name) == 0) stranger = tensor;
  }
  const auto found = [&](const std::string& name) {
    const auto entry = by_name.find(name);
    return entry == by_name.end() ? nullptr : entry->second;
  };
  for (const TensorPlace& tensor : graph.tensors) {
    matching.tensors.push_back(found(tensor.name));
    if (matching.tensors.back() == nullptr) refuse_missing(graph, file, tensor.name, by_name, place);
  }
  for (const BufferPlace& buffer : graph.buffers) matching.buffers.push_back(found(buffer.name));
  if (stranger != nullptr)
    throw Error(place,
                fmt::format("tensor \"{}\" is not one of model {}; the file must hold {} and nothing else",
                            stranger->name, graph.model, listed(graph)));
  matching.prefixes.assign(prefixes.begin(), prefixes.end());
  return matching;
}

TensorMatching match_by_order(const Graph& graph, const io::TensorFile& file, std::string_view place) {
  const Tensors tensors = ordered(file);
  if (std::optional<TensorMatching> matching = matched_in_order(graph, tensors)) return *matching;
  const std::size_t both = std::min(tensors.size(), graph.tensors.size());
  for (std::size_t i = 0; i < both; ++i) {
    const TensorPlace& own = graph.tensors[i];
    if (own.shape == tensors[i]->shape) continue;
    throw Error(place,
                fmt::format("the shapes must be those of model {} in its order: tensor {} is \"{}\" {}, "
                            "in the file \"{}\" {}; {} tensors there, {} here",
                            graph.model, i + 1, own.name, shape_text(own.shape), tensors[i]->name,
                            shape_text(tensors[i]->shape), graph.tensors.size(), tensors.size()));
  }
  throw Error(place, fmt::format("model {} has {} tensors, the file {}: it holds {}", graph.model,
                                 graph.tensors.size(), tensors.size(), listed(tensors)));
}

}  // namespace nwedge::network
