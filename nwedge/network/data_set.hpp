#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/core/options.hpp"

namespace nwedge::network {

/// The extents of one image or one layer's values, stored channel by channel, row by row.
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
  std::vector<std::int32_t> labels;  ///< [N], each in [0, classes)

  std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
};

/// Labelled images. Pixels are standardised per channel, x <- (x - mean) / deviation, by the mean and the
/// standard deviation of the whole training split, whatever subset of it is kept.
struct DataSet {
  std::string name;  ///< as given in `DataOptions::data`
  ImageShape shape;
  std::int64_t classes = 0;
  Examples train;
  Examples test;
};

/// Which labelled images, and how many of them.
struct DataOptions {
  /// "fashion-mnist" (Debian's dataset-fashion-mnist [xiao2017]), "idx:FOLDER" (MNIST's file names, gzip or
  /// not), "cifar10:FOLDER" (binary version), "arrays:FILE" (safetensors with train_images [N, C, H, W],
  /// train_labels [N], test_images, test_labels), or "synthetic[:CxHxW[,CLASSES]]" (normal noise labelled by
  /// a random teacher network; 1x8x8,10 by default).
  std::string data = "fashion-mnist";
  std::int64_t train_examples = 0;  ///< 0: all (synthetic: 2,000)
  std::int64_t test_examples = 0;   ///< 0: all (synthetic: 1,000)
  std::int64_t data_seed = 0;       ///< of the subset that is kept, or of the synthetic teacher and images
  /// "given", or "random": the training labels are permuted over the whole split at random (named by
  /// data_seed), so that there is nothing to learn from the images: a control. An image has the same label in
  /// every subset. The labels of synthetic images are then the teacher's for other images. Test labels stay
  /// as they are.
  std::string labels = "given";

  void visit_source(OptionVisitor& visitor);  ///< data, data-seed, labels
  void visit(OptionVisitor& visitor);
};

/// Reads or makes the data set. Subsets of one seed are nested: a smaller one is contained in a larger one.
/// Errors name the file or `place` (for the options), the rule and the value. Cost: the whole training split
/// is read once; memory is that of the raw files plus the kept examples.
DataSet load_data(const DataOptions& options, std::string_view place = "data");

/// The files that `load_data` reads, as far as they are there; none for synthetic data.
std::vector<std::filesystem::path> data_files(const DataOptions& options);

}  // namespace nwedge::network
