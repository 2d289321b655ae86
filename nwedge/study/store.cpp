#include "nwedge/study/store.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <new>

#include "nwedge/core/digest.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/core/instruction_set.hpp"
#include "nwedge/core/options.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/version.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/study/documents.hpp"

namespace nwedge::study {
namespace {

using nlohmann::json;

std::string dump(const json& document, int indent) {
  return document.dump(indent, ' ', false, json::error_handler_t::replace);
}

std::string_view name_of(Failure failure) {
  switch (failure) {
    case Failure::diverged:
      return "diverged";
    case Failure::error:
      return "error";
    case Failure::none:
      break;
  }
  return "none";
}

Failure failure_of(const json& document) {
  const json& failure = document.at("failure");
  if (failure.is_null()) return Failure::none;
  return failure.at("kind") == name_of(Failure::diverged) ? Failure::diverged : Failure::error;
}

/// The digest of a record's JSON but for its provenance and the digest itself.
std::string content_digest(json document) {
  document.erase("provenance");
  document.erase("content-digest");
  return digest(dump(document, -1));
}

json describe(const std::vector<io::Tensor>& arrays) {
  json list = json::array();
  for (const io::Tensor& array : arrays) list.push_back({{"name", array.name}, {"shape", array.shape}});
  return list;
}

json inputs_of(const std::vector<Cell>& cells, const Cell& cell) {
  json inputs = json::object();
  for (const std::size_t input : cell.inputs) inputs[cells[input].id] = cells[input].digest;
  return inputs;
}

std::vector<std::uint64_t> remaining_seeds(const Cell& cell, const Outcome& outcome) {
  std::vector<std::uint64_t> seeds;
  for (const std::uint64_t seed : cell.seeds)
    if (std::find(outcome.lost_seeds.begin(), outcome.lost_seeds.end(), seed) == outcome.lost_seeds.end())
      seeds.push_back(seed);
  return seeds;
}

json make_document(const Study& study, const std::vector<Cell>& cells, const Cell& cell,
                   const Outcome& outcome) {
  const LandscapeSpec& landscape = study.landscapes[cell.landscape];
  json document = {
      {"format", kRecordFormat},
      {"id", cell.id},
      {"digest", cell.digest},
      {"experiment", cell.kind},
      {"name", cell.name},
      {"landscape", {{"name", landscape.name}, {"kind", landscape.kind}, {"options", landscape.options}}},
      {"training", training_document(landscape)},
      {"seeds", remaining_seeds(cell, outcome)},
      {"lost-seeds", outcome.lost_seeds},
      {"inputs", inputs_of(cells, cell)},
      {"result", outcome.record.result},
      {"arrays", describe(outcome.record.arrays)}};
  document["options"] =
      cell.experiment == Cell::kNone ? json::object() : study.experiments[cell.experiment].options;
  if (json about = added_document(study, cell); !about.is_null()) document["added"] = std::move(about);
  document["failure"] = outcome.failure == Failure::none
                            ? json()
                            : json{{"kind", name_of(outcome.failure)}, {"reason", outcome.reason}};
  return document;
}

json provenance_document(const Provenance& provenance) {
  return {{"nwedge", version()},
          {"processor", fmt::format("{}, {}", processor_name(), name_of(instruction_set()))},
          {"threads", thread_count()},
          {"started", provenance.started},
          {"seconds", provenance.seconds}};
}

/// The JSON of a record, checked; an `Error` when it is not whole.
json read_document(const std::string& id, const std::filesystem::path& json_path,
                   const std::filesystem::path& arrays_path) {
  const std::vector<std::uint8_t> text = io::read_regular(json_path);
  json document =
      parse_record({reinterpret_cast<const char*>(text.data()), text.size()}, json_path.string(), id);
  if (document.at("content-digest") != content_digest(document))
    throw Error(json_path.string(), "the content does not match its digest");
  const std::vector<std::uint8_t> bytes = io::read_regular(arrays_path);
  const std::span<const std::uint8_t> part = bytes;
  if (document.at("arrays-digest") != digest(std::span(&part, 1)))
    throw Error(arrays_path.string(), "the arrays do not match the digest in the JSON file");
  return document;
}

}  // namespace

std::string utc_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::now()));
}

std::string processor_name(const std::filesystem::path& root) {
  std::ifstream file(root / "proc/cpuinfo");
  std::string implementer;
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) continue;
    const std::string value = line.substr(colon + 2);
    if (line.starts_with("model name")) return value;
    // Arm's have numbers alone: of who designed the processor, and of the design.
    if (line.starts_with("CPU implementer")) implementer = value;
    if (line.starts_with("CPU part")) return fmt::format("Arm {}, part {}", implementer, value);
  }
  return "unknown";
}

std::string instruction_set_of(const json& record) {
  const auto processor = record.at("provenance").at("processor").get<std::string>();
  return processor.substr(processor.rfind(' ') + 1);
}

Store::Found Store::find(const std::string& id, const std::string& wanted) const {
  Found found;
  std::error_code code;
  if (!std::filesystem::exists(json_path(id), code)) return found;
  try {
    found.document = read_document(id, json_path(id), arrays_path(id));
    found.failure = failure_of(found.document);
    found.state = found.document.at("digest") == wanted ? Found::State::whole : Found::State::other;
  } catch (const Error& error) {
    found.problem = error.what();
  } catch (const std::bad_alloc&) {
    found.problem = fmt::format("[{}] is too large for the memory there is", json_path(id).string());
  }
  if (!found.problem.empty()) found.state = Found::State::damaged;
  return found;
}

void Store::write(const Study& study, const std::vector<Cell>& cells, const Cell& cell,
                  const Outcome& outcome, const Provenance& provenance) const {
  json document = make_document(study, cells, cell, outcome);
  // An old JSON file must not vouch for new arrays: it goes first.
  std::error_code code;
  std::filesystem::remove(json_path(cell.id), code);
  if (code) throw Error(json_path(cell.id).string(), fmt::format("cannot replace it: {}", code.message()));
  io::remove_irregular(arrays_path(cell.id));
  io::write_safetensors(arrays_path(cell.id), outcome.record.arrays);
  const std::vector<std::uint8_t> bytes = io::read_bytes(arrays_path(cell.id));
  const std::span<const std::uint8_t> part = bytes;
  document["arrays-digest"] = digest(std::span(&part, 1));
  document["content-digest"] = content_digest(document);
  document["provenance"] = provenance_document(provenance);
  io::write_atomically(json_path(cell.id), dump(document, 1) + "\n");
}

io::TensorFile Store::arrays(const std::string& id) const {
  return io::parse_safetensors(io::read_regular(arrays_path(id)), arrays_path(id).string());
}

}  // namespace nwedge::study
