#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/core/options.hpp"
#include "nwedge/io/safetensors.hpp"

namespace nwedge::network {

/// The extents of one image or one layer's values, stored channel by channel, row by row. F features are
/// {F, 1, 1}.
struct ImageShape {
  std::int64_t channels = 1;
  std::int64_t height = 1;
  std::int64_t width = 1;

  std::int64_t size() const { return channels * height * width; }
  bool operator==(const ImageShape&) const = default;
};

/// One split of a data set.
struct Examples {
  std::vector<float> images;         ///< [N, C, H, W], standardised
  std::vector<std::int32_t> labels;  ///< [N], each in [0, classes); empty where there are targets
  std::vector<float> targets = {};   ///< [N, K]
  std::int64_t target_size = 0;      ///< K; 0: labels

  std::int64_t count() const {
    return static_cast<std::int64_t>(target_size > 0 ? targets.size() : labels.size()) /
           (target_size > 0 ? target_size : 1);
  }
};

/// Images, or rows of features, with one label each, or with K numbers as target.
struct DataSet {
  std::string name;  ///< as in `DataOptions::data`
  ImageShape shape;
  std::int64_t classes = 0;  ///< 0: regression
  Examples train;
  Examples test;
  std::int64_t target_size = 0;  ///< K; 0: classification
};

/// Which data, and how many of them.
struct DataOptions {
  /// A name that a reader knows, with its argument; see `readers.cpp` and docs/networks.md.
  std::string data = "fashion-mnist";
  std::int64_t train_examples = 0;  ///< 0: all (synthetic: 2,000)
  std::int64_t test_examples = 0;   ///< 0: all (synthetic: 1,000)
  std::int64_t data_seed = 0;       ///< of what is kept and held out, or of the synthetic teacher and images
  /// "given", or "random": the training labels are permuted over the whole split at random (named by
  /// data_seed), so that there is nothing to learn from the images: a control. An image has the same label in
  /// every subset. The labels of synthetic images are then the teacher's for other images. Test labels stay
  /// as they are.
  std::string labels = "given";
  /// "classification", or "regression": the data have targets in place of labels.
  std::string task = "classification";
  /// Below 1 a share, from 1 a number of the training examples: they are the test split, in place of the one
  /// that the data have. Which ones is named by data_seed, whatever subset is kept. 0: none.
  double validation = 0;
  /// x <- (x - mean) / deviation per channel: by those of the whole training split ("channels"; without the
  /// examples that are held out), not at all ("none"), or by `mean` and `deviation` ("given"). With the last
  /// two, bytes are first scaled from 0 … 255 to 0 … 1; other numbers are taken as they are.
  std::string standardise = "channels";
  std::vector<double> mean = {};       ///< of "given": one number, or one for each channel
  std::vector<double> deviation = {};  ///< of "given", above 0

  void visit_source(OptionVisitor& visitor);  ///< all but train-examples and test-examples
  void visit(OptionVisitor& visitor);
};

/// Reads or makes the data set. Subsets of one seed are nested: a smaller one is contained in a larger one.
/// Errors name the file or `place` (for the options), the rule and the value. Cost: the whole training split
/// is read once; memory is that of the raw files plus the kept examples.
DataSet load_data(const DataOptions& options, std::string_view place = "data");

/// The same from arrays in memory, called and shaped as those of `arrays:FILE`; `options.data` only names
/// them.
DataSet load_data(const DataOptions& options, const io::TensorFile& arrays, std::string_view place = "data");

/// The files that `load_data` reads, as far as they are there; none for synthetic data.
std::vector<std::filesystem::path> data_files(const DataOptions& options);

}  // namespace nwedge::network
