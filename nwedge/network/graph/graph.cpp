#include "nwedge/network/graph/graph.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

namespace nwedge::network {
namespace {

/// The entry of one type, or null where the name is not there.
template <class T>
const T* entry_of(const std::map<std::string, Attributes::Entry, std::less<>>& entries,
                  std::string_view name) {
  const auto found = entries.find(name);
  if (found == entries.end()) return nullptr;
  const T* entry = std::get_if<T>(&found->second);
  if (entry == nullptr) throw std::logic_error(fmt::format("attribute \"{}\" has another type", name));
  return entry;
}

template <class T>
T entry_or(const std::map<std::string, Attributes::Entry, std::less<>>& entries, std::string_view name,
           T otherwise) {
  const T* entry = entry_of<T>(entries, name);
  return entry == nullptr ? otherwise : *entry;
}

}  // namespace

std::string shape_text(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

std::int64_t Attributes::integer(std::string_view name, std::int64_t otherwise) const {
  return entry_or(entries_, name, otherwise);
}
double Attributes::number(std::string_view name, double otherwise) const {
  return entry_or(entries_, name, otherwise);
}
std::string Attributes::text(std::string_view name, std::string_view otherwise) const {
  return entry_or(entries_, name, std::string(otherwise));
}
std::vector<std::int64_t> Attributes::integers(std::string_view name,
                                               std::vector<std::int64_t> otherwise) const {
  return entry_or(entries_, name, std::move(otherwise));
}
const std::vector<float>& Attributes::floats(std::string_view name) const {
  const auto* entry = entry_of<std::vector<float>>(entries_, name);
  if (entry == nullptr) throw std::logic_error(fmt::format("attribute \"{}\" is missing", name));
  return *entry;
}

std::string node_text(const Node& node) {
  return node.name.empty() ? node.op : fmt::format("{} \"{}\"", node.op, node.name);
}

std::string model_text(const Graph& graph) {
  return fmt::format("{} on {}", graph.model, shape_text(graph.input_shape()));
}

}  // namespace nwedge::network
