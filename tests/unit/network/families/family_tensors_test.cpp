#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "nwedge/network/families/family.hpp"

/// Every tensor's name and shape, in the order of the flat vectors, against the modules of PyTorch,
/// torchvision and timm: `tests/reference/family_tensors.txt`, which family_tensors.py beside it writes.
namespace nwedge::network {
namespace {

struct Listing {
  std::string model;
  Shape image;
  std::int64_t outputs = 0;
  std::vector<std::string> lines;  ///< "weight conv1.weight 16x3x3x3"
};

Shape parse_shape(const std::string& text) {
  Shape shape;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, 'x');) shape.push_back(std::stoll(word));
  return shape;
}

std::vector<Listing> read_listings() {
  std::ifstream file(NWEDGE_SOURCE_DIR "/tests/reference/family_tensors.txt");
  std::vector<Listing> all;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) continue;
    if (!line.starts_with("network ")) {
      all.back().lines.push_back(line);
      continue;
    }
    std::istringstream words(line);
    std::string word, image;
    Listing& listing = all.emplace_back();
    words >> word >> listing.model >> image >> listing.outputs;
    listing.image = parse_shape(image);
  }
  return all;
}

template <class Place>
std::string line_of(const char* kind, const Place& place) {
  return fmt::format("{} {} {}", kind, place.name, fmt::join(place.shape, "x"));
}

TEST(FamilyTensors, AreThoseOfPyTorch) {
  const std::vector<Listing> listings = read_listings();
  ASSERT_GE(listings.size(), 19u);
  for (const Listing& listing : listings) {
    ModelOptions options;
    options.model = listing.model;
    const Graph graph = make_graph(options, listing.image, listing.outputs);
    std::vector<std::string> lines;
    for (const TensorPlace& tensor : graph.tensors) lines.push_back(line_of("weight", tensor));
    for (const BufferPlace& buffer : graph.buffers) lines.push_back(line_of("buffer", buffer));
    EXPECT_EQ(lines, listing.lines) << listing.model;
    EXPECT_EQ(graph.model, listing.model);
  }
}

TEST(FamilyTensors, LieOneBehindTheOther) {
  for (const Listing& listing : read_listings()) {
    ModelOptions options;
    options.model = listing.model;
    const Graph graph = make_graph(options, listing.image, listing.outputs);
    std::int64_t end = 0;
    for (const TensorPlace& tensor : graph.tensors) {
      EXPECT_EQ(tensor.offset, end);
      EXPECT_EQ(tensor.count, size_of(tensor.shape));
      end += tensor.count;
    }
    EXPECT_EQ(end, graph.dimension);
  }
}

}  // namespace
}  // namespace nwedge::network
