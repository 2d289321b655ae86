#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/experiment/experiment.hpp"
#include "nwedge/optimize/options.hpp"
#include "nwedge/study/landscapes.hpp"

namespace nwedge::study {

/// A landscape that a study names, and how optima are trained on it.
struct LandscapeSpec {
  std::string name;
  std::string kind;
  bool control = false;    ///< a negative control: what it shows is no evidence for a claim
  nlohmann::json options;  ///< all of them, defaults too
  std::shared_ptr<const LandscapeOptions> maker;
  optimize::Options training;
  std::vector<std::string> optima;  ///< safetensors files, one for each seed, instead of a training
  std::string match = "names";      ///< how their tensors are told apart: "names" or "order"
  std::string place;                ///< file and line, for errors
};

/// An experiment of a study on one landscape, with the options it has there.
struct ExperimentSpec {
  std::string name;                  ///< in the study; the registry name unless given
  std::string kind;                  ///< registry name
  std::size_t landscape = 0;         ///< index in `Study::landscapes`
  std::vector<std::uint64_t> seeds;  ///< of the study's
  nlohmann::json options;            ///< all of them, defaults too
  std::shared_ptr<const experiment::Experiment> experiment;
  std::string place;
};

/// What a study file asks for.
struct Study {
  std::string title;
  std::vector<std::uint64_t> seeds;
  std::vector<LandscapeSpec> landscapes;    ///< in the order of the file
  std::vector<ExperimentSpec> experiments;  ///< in the order of the file, then of landscapes
};

/// `Options::validate`, but given optima need no number of epochs or steps: nothing is trained, and the
/// options say how experiments go on.
void validate_training(optimize::Options training, bool given_optima, std::string_view place);

/// Reads a study (docs/studies.md has the format). Errors name file, line, rule, value and the nearest valid
/// key.
Study read_study(const std::filesystem::path& path);

/// The same from text; `place` stands for the file's name.
Study parse_study(std::string_view text, std::string_view place);

}  // namespace nwedge::study
