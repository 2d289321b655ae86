#pragma once
#include <algorithm>
#include <filesystem>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "nwedge/io/safetensors.hpp"
#include "nwedge/network/engine/pass.hpp"
#include "nwedge/network/onnx/onnx_model.hpp"
#include "tests/reference/graph_reference.hpp"

namespace nwedge::network::test {

inline std::filesystem::path onnx_files() { return NWEDGE_SOURCE_DIR "/tests/unit/network/onnx/files"; }

/// The names of the ONNX files of a folder, without their ending, sorted.
inline std::vector<std::string> onnx_names(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(onnx_files() / folder))
    if (entry.path().extension() == ".onnx") names.insert(entry.path().stem());
  return {names.begin(), names.end()};
}

/// Inputs and the logits that another program computes from them.
struct Expected {
  std::vector<float> inputs;
  std::vector<float> logits;
  std::int64_t examples = 0;

  explicit Expected(const std::filesystem::path& path) {
    const io::TensorFile file = io::read_safetensors(path);
    inputs = std::get<std::vector<float>>(file.find("inputs")->values);
    logits = std::get<std::vector<float>>(file.find("logits")->values);
    examples = file.find("inputs")->shape[0];
  }
};

/// The engine's logits, [examples, outputs].
inline std::vector<float> engine_logits(const OnnxModel& model, const Expected& expected) {
  const auto graph = std::make_shared<const Graph>(model.graph);
  const std::int64_t outputs = graph->outputs();
  Pass pass(std::make_shared<const Plan>(graph, Purpose::evaluation));
  Examples examples;
  examples.images = expected.inputs;
  examples.labels.assign(static_cast<std::size_t>(expected.examples), 0);
  std::vector<std::int64_t> indices(static_cast<std::size_t>(expected.examples));
  std::iota(indices.begin(), indices.end(), 0);
  pass.load(examples, indices);
  pass.forward({model.weights.data(), model.buffers.data()});
  std::vector<float> lanes(static_cast<std::size_t>(pass.groups() * outputs * 16));
  pass.copy_outputs(lanes.data());
  std::vector<float> logits;
  for (std::int64_t n = 0; n < expected.examples; ++n)
    for (std::int64_t o = 0; o < outputs; ++o)
      logits.push_back(lanes[static_cast<std::size_t>((n / 16 * outputs + o) * 16 + n % 16)]);
  return logits;
}

/// The same by plain loops in double precision.
inline std::vector<float> reference_logits(const OnnxModel& model, const Expected& expected) {
  const reference::GraphReference reference(model.graph, {model.buffers.begin(), model.buffers.end()}, false);
  const std::int64_t size = size_of(model.graph.input_shape());
  std::vector<reference::Array<double>> inputs;
  for (std::int64_t n = 0; n < expected.examples; ++n) {
    reference::Array<double> x(model.graph.input_shape());
    std::copy_n(expected.inputs.begin() + n * size, size, x.values.begin());
    inputs.push_back(std::move(x));
  }
  std::vector<float> logits;
  for (const reference::Array<double>& y :
       reference.outputs(std::vector<double>(model.weights.begin(), model.weights.end()), inputs))
    logits.insert(logits.end(), y.values.begin(), y.values.end());
  return logits;
}

/// The greatest difference, relative to the greatest logit.
inline double difference(const std::vector<float>& found, const std::vector<float>& expected) {
  if (found.size() != expected.size()) return HUGE_VAL;
  double most = 0;
  double scale = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double gap = std::abs(static_cast<double>(found[i]) - static_cast<double>(expected[i]));
    most = gap <= most ? most : gap;  // a NaN counts
    scale = std::max(scale, std::abs(static_cast<double>(expected[i])));
  }
  return most / scale;
}

}  // namespace nwedge::network::test
