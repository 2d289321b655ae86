#include "nwedge/network/data/data_set.hpp"

#include <fmt/format.h>

#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/network/data/arrays.hpp"
#include "nwedge/network/data/reader.hpp"

namespace nwedge::network {
namespace {

constexpr std::string_view kLabels[] = {"given", "random"};
constexpr std::string_view kTasks[] = {"classification", "regression"};
constexpr std::string_view kStandardisations[] = {"channels", "none", "given"};

/// What the options of one data set say about one another.
void check_together(const DataOptions& options, std::string_view place) {
  check_options(place, options);
  if (options.validation > 1 && options.validation != std::floor(options.validation))
    throw Error(place, fmt::format("validation must be a share below 1 or a whole number of examples, is {}",
                                   options.validation));
  if (options.standardise != "given" && !(options.mean.empty() && options.deviation.empty()))
    throw Error(place, fmt::format("mean and deviation belong to standardise = \"given\", which is \"{}\"",
                                   options.standardise));
}

}  // namespace

void DataOptions::visit_source(OptionVisitor& visitor) {
  static const std::string kinds = "images or features: " + reader_texts();
  visitor.field("data", data, {}, kinds);
  visitor.field(
      "data-seed", data_seed, any_seed(),
      "seed of the choice of images, of those held out, of random labels, or of the synthetic images");
  visitor.field("labels", labels, kLabels,
                "training labels as given, or permuted at random as a control with nothing to learn");
  visitor.field("task", task, kTasks, "what an example carries: a label, or numbers as target (arrays, csv)");
  visitor.field(
      "validation", validation, between(0, 1e8),
      "test split held out from the training examples: a share below 1, or how many; 0: the data's own");
  visitor.field("standardise", standardise, kStandardisations,
                "by mean and deviation of each channel of the training split, not at all, or by those given; "
                "bytes are 0 to 1 with the last two");
  visitor.repeatable().field("mean", mean, any_number(), "of given: one number, or one for each channel");
  visitor.repeatable().field("deviation", deviation, above(0),
                             "of given: one number, or one for each channel");
}

void DataOptions::visit(OptionVisitor& visitor) {
  visit_source(visitor);
  visitor.field("train-examples", train_examples, between(0, 1e8),
                "training images to keep; 0: all (synthetic: 2,000)");
  visitor.field("test-examples", test_examples, between(0, 1e8),
                "test images to keep; 0: all (synthetic: 1,000)");
}

std::vector<std::filesystem::path> data_files(const DataOptions& options) {
  const std::optional<NamedReader> found = look_for_reader(options.data);
  if (!found || !found->reader->files) return {};
  return found->reader->files(found->argument);
}

DataSet load_data(const DataOptions& options, std::string_view place) {
  const NamedReader found = find_reader(options.data, place);
  check_together(options, place);
  if (options.task == "regression" && !found.reader->has_targets)
    throw Error(place, fmt::format("task = \"regression\" needs data with targets (arrays:FILE, csv:FILE), "
                                   "data is {}",
                                   options.data));
  return found.reader->load(options, found.argument, place);
}

DataSet load_data(const DataOptions& options, const io::TensorFile& arrays, std::string_view place) {
  check_together(options, place);
  return assemble_arrays(options, arrays, place);
}

}  // namespace nwedge::network
