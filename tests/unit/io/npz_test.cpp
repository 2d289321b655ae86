#include "nwedge/io/npz.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "nwedge/io/atomic_file.hpp"
#include "nwedge/io/zip.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/npy_file.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/zip_file.hpp"

namespace nwedge::io {
namespace {

using test::expect_error;
using test::npy;
using Bytes = std::vector<std::uint8_t>;

constexpr std::string_view kNames[] = {"x", "y"};

Bytes archive(const std::vector<std::pair<std::string, Bytes>>& members, std::int32_t method) {
  const test::TemporaryFolder folder;
  test::write_zip(folder / "a.npz", members, method);
  return read_bytes(folder / "a.npz");
}

const Bytes kX = npy("<f4", "(3,)", std::vector<float>{1, 2, 3});

TEST(Npz, StoredAndDeflatedGiveTheSame) {
  for (const std::int32_t method : {ZIP_CM_STORE, ZIP_CM_DEFLATE}) {
    const Bytes bytes = archive({{"other.npy", {1, 2}}, {"x.npy", kX}, {"readme.txt", {'a'}}}, method);
    ASSERT_TRUE(is_zip(bytes));
    const TensorFile file = parse_npz(bytes, kNames, "place");
    ASSERT_EQ(file.tensors.size(), 1u) << "what is not asked for is not looked at";
    EXPECT_EQ(file.tensors[0].name, "x");
    EXPECT_EQ(std::get<std::vector<float>>(file.tensors[0].values), (std::vector<float>{1, 2, 3}));
  }
}

TEST(Npz, ReadsWhatNumpyWrites) {
  // numpy.savez_compressed of x_train (u1), y_train (i8), x_test, y_test and class_names (texts): its local
  // headers leave the sizes to a 64-bit field.
  const Bytes bytes = read_bytes(NWEDGE_SOURCE_DIR "/tests/fuzz/corpus/npz/numpy.npz");
  constexpr std::string_view kKeras[] = {"x_train", "y_train", "x_test", "y_test"};
  const TensorFile file = parse_npz(bytes, kKeras, "place");
  ASSERT_EQ(file.tensors.size(), 4u);
  EXPECT_EQ(file.find("x_train")->shape, (std::vector<std::int64_t>{3, 2, 2}));
  EXPECT_EQ(std::get<Bytes>(file.find("x_train")->values)[11], 220);
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(file.find("y_train")->values),
            (std::vector<std::int64_t>{0, 1, 2}));
}

TEST(Npz, DamageIsAnErrorThatNamesTheMember) {
  const Bytes good = archive({{"x.npy", kX}}, ZIP_CM_STORE);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_THROW(parse_npz(std::span(good).first(size), kNames, "place"), Error) << size;
  Bytes wrong = good;
  wrong[30 + 5 + kX.size() - 1] ^= 1;  // the last byte of the array, behind the member's header and name
  expect_error([&] { parse_npz(wrong, kNames, "place"); }, "[place: x.npy]", "CRC");
  expect_error(
      [&] {
        parse_npz(archive({{"x.npy", {'n', 'o'}}}, ZIP_CM_STORE), kNames, "place");
      },
      "[place: x.npy]", "begins with");
  expect_error([&] { parse_npz(Bytes{}, kNames, "place"); }, "[place]", "zip archive");
}

TEST(Npz, ABombInflatesNoFurtherThanItsHeaderSays) {
  Bytes bomb = kX;
  bomb.resize(std::size_t{1} << 26);  // 64 MiB of zeros in some 65 kB
  const Bytes bytes = archive({{"x.npy", bomb}}, ZIP_CM_DEFLATE);
  EXPECT_LT(bytes.size(), 75'000u);
  const ZipArchive zip(bytes, "place");
  EXPECT_EQ(zip.read(0, 1000).size(), 1000u);
  EXPECT_LE(zip.read(0, 1000).capacity(), 1000u);
  expect_error([&] { parse_npz(bytes, kNames, "place"); }, "need 12 bytes, the array has more");
}

TEST(Npz, OtherMethodsAreRefused) {
  if (!zip_compression_method_supported(ZIP_CM_BZIP2, 1)) GTEST_SKIP() << "libzip without bzip2";
  expect_error(
      [&] {
        parse_npz(archive({{"x.npy", kX}}, ZIP_CM_BZIP2), kNames, "place");
      },
      "stored or deflated", "method 12");
}

}  // namespace
}  // namespace nwedge::io
