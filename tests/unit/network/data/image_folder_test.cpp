#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/picture_file.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/network/data/load.hpp"

namespace nwedge::network {
namespace {

using test::expect_error;
using test::TemporaryFolder;

class ImageFolder : public ::testing::Test {
 protected:
  TemporaryFolder folder_;

  void put(const std::string& name, const Bytes& bytes) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    folder_.write(name, bytes);
  }
  /// A grey PNG of 2x1 pixels.
  void put_grey(const std::string& name, std::uint8_t left, std::uint8_t right) {
    put(name, test::png_file(Bytes{left, right}, 2, 1, PNG_FORMAT_GRAY));
  }
  DataOptions options(double validation = 0) const {
    DataOptions options{"folder:" + folder_.path().string()};
    options.standardise = "none";
    options.validation = validation;
    return options;
  }
};

TEST_F(ImageFolder, BothSplitsWithClassesSortedByName) {
  put_grey("train/dog/b.png", 0, 51);
  put_grey("train/dog/a.PNG", 255, 102);
  put_grey("train/cat/1.png", 51, 51);
  put_grey("train/.hidden/1.png", 51, 51);
  put("train/cat/.hidden", Bytes{1});
  put_grey("test/dog/1.png", 255, 0);
  const DataSet data = load_data(options());
  EXPECT_EQ(data.shape, (ImageShape{1, 1, 2}));
  EXPECT_EQ(data.classes, 2);
  EXPECT_EQ(data.train.labels, (std::vector<std::int32_t>{0, 1, 1}));
  EXPECT_EQ(data.train.images, (std::vector<float>{0.2f, 0.2f, 1, 0.4f, 0, 0.2f}));
  EXPECT_EQ(data.test.labels, (std::vector<std::int32_t>{1}));
  EXPECT_EQ(data.test.images, (std::vector<float>{1, 0}));
  EXPECT_EQ(data_files(options()).size(), 5u) << "a hidden folder's too";
}

TEST_F(ImageFolder, ClassesAloneNeedValidation) {
  for (int i = 0; i < 10; ++i) put_grey("even/" + std::to_string(i) + ".png", 10, 20);
  for (int i = 0; i < 10; ++i) put_grey("odd/" + std::to_string(i) + ".png", 20, 10);
  expect_error([&] { load_data(options()); }, folder_.path().string(), "no test split; set validation");
  const DataSet data = load_data(options(0.25));
  EXPECT_EQ(data.train.count(), 15);
  EXPECT_EQ(data.test.count(), 5);
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_EQ(data.test.labels[i] == 0, data.test.images[2 * i] < data.test.images[2 * i + 1]);
}

TEST_F(ImageFolder, ColourAndJpeg) {
  put("train/a/1.png", test::png_file(Bytes{255, 0, 51}, 1, 1, PNG_FORMAT_RGB));
  put("train/a/2.jpg", test::jpeg_file(Bytes{255, 255, 255}, 1, 1));
  put("test/a/1.jpeg", test::jpeg_file(Bytes{0, 0, 0}, 1, 1));
  const DataSet data = load_data(options());
  EXPECT_EQ(data.shape, (ImageShape{3, 1, 1}));
  EXPECT_EQ(data.train.images, (std::vector<float>{1, 0, 0.2f, 1, 1, 1}));
  EXPECT_EQ(data.test.images, (std::vector<float>{0, 0, 0}));
}

TEST_F(ImageFolder, MistakesNameTheFile) {
  expect_error([] { load("folder", "/nonexistent"); }, "[/nonexistent]", "cannot read the folder");
  expect_error([&] { load_data(options()); }, "must hold a folder for each class");
  put_grey("train/a/1.png", 1, 2);
  put_grey("test/b/1.png", 1, 2);
  expect_error([&] { load_data(options()); }, "/test/b]", "class \"b\" must be one of the training split");
  put("train/a/2.png", test::png_file(Bytes{1, 2, 3}, 3, 1, PNG_FORMAT_GRAY));
  expect_error([&] { load_data(options()); }, "/train/a/2.png]", "the first is 1x1x2", "this 1x1x3");
  put("train/a/2.png", test::png_file(Bytes{1, 2, 3, 4, 5, 6}, 2, 1, PNG_FORMAT_RGB));
  expect_error([&] { load_data(options()); }, "/train/a/2.png]", "all grey or all in colour", "this 3x1x2");
  put("train/a/2.png", Bytes{'n', 'o'});
  expect_error([&] { load_data(options()); }, "/train/a/2.png]", "PNG or a JPEG");
  std::filesystem::remove(folder_ / "train/a/2.png");
  put("train/a/notes.txt", Bytes{'n', 'o'});
  expect_error([&] { load_data(options()); }, "notes.txt]", "must be an image");
  std::filesystem::remove(folder_ / "train/a/notes.txt");
  put("train/list.csv", Bytes{'n', 'o'});
  expect_error([&] { load_data(options()); }, "list.csv]", "must be a folder with the images of one class");
  std::filesystem::remove(folder_ / "train/list.csv");
  std::filesystem::create_directory(folder_ / "train/empty");
  expect_error([&] { load_data(options()); }, "/train/empty]", "must hold images");
}

}  // namespace
}  // namespace nwedge::network
