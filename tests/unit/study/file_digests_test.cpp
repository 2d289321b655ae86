#include "nwedge/study/file_digests.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "nwedge/core/digest.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/study/toml_text.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::study {
namespace {

using test::expect_error;

TEST(FileDigests, AreThoseOfTheContent) {
  const test::TemporaryFolder folder;
  io::write_atomically(folder / "a", "one");
  io::write_atomically(folder / "b", "one");
  FileDigests files;
  EXPECT_EQ(files.of(folder / "a"), digest("one"));
  EXPECT_EQ(files.of(folder / "b"), files.of(folder / "a"));
  EXPECT_NO_THROW(files.require_unchanged());
  expect_error([&] { files.of(folder / "missing"); }, "missing]", "cannot read");
}

TEST(FileDigests, SeeAChangeOfTheSameSizeAndTime) {
  const test::TemporaryFolder folder;
  io::write_atomically(folder / "a", "one");
  FileDigests files;
  files.of(folder / "a");
  struct stat before = {};
  ASSERT_EQ(::stat((folder / "a").c_str(), &before), 0);
  io::write_atomically(folder / "a", "two");
  const timespec times[] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, (folder / "a").c_str(), times, 0), 0);
  expect_error([&] { files.require_unchanged(); }, "a]", "was changed while");
  EXPECT_EQ(FileDigests().of(folder / "a"), digest("two"));
  io::write_atomically(folder / "a", "one");
  EXPECT_NO_THROW(files.require_unchanged()) << "written again as it was";
}

TEST(FileDigests, TheCacheIsBelievedOnlyForTheVeryFile) {
  const test::TemporaryFolder folder;
  const auto cache = folder / "digests.json";
  io::write_atomically(folder / "a", "one");
  {
    FileDigests files(cache);
    files.of(folder / "a");
    files.save();
    EXPECT_FALSE(std::filesystem::exists(cache)) << "another change would not show in its times yet";
  }
  for (const char* damaged : {"", "[", "{\"/x\": 7}", "{\"/x\": {\"state\": \"\", \"digest\": 1}}"}) {
    io::write_atomically(cache, damaged);
    EXPECT_EQ(FileDigests(cache).of(folder / "a"), digest("one")) << damaged;
  }
}

TEST(TomlText, StopsAtKeysAndListsThatAreNestedDeep) {
  const auto repeat = [](const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  EXPECT_NO_THROW(require_shallow_toml("a.b = [1.5, 2.5, 3.5]\n[c.d]\n# " + repeat(".", 99), "s.toml"));
  EXPECT_NO_THROW(
      require_shallow_toml("a = \"" + repeat(".", 99) + "\"\nb = '''\n" + repeat("[", 99) + "'''", "s"));
  EXPECT_NO_THROW(require_shallow_toml(repeat("a = [1]\n[x.y]\n", 99), "s")) << "side by side";
  expect_error([&] { require_shallow_toml("\n" + repeat("a.", 32) + "a = 1", "s.toml"); }, "[s.toml:2]",
               "32 parts");
  expect_error([&] { require_shallow_toml("x = \"\\\"\"\n[" + repeat("a.", 99) + "a]", "s.toml"); },
               "[s.toml:2]");
  expect_error([&] { require_shallow_toml("a = " + repeat("[", 33), "s.toml"); }, "[s.toml:1]", "32 deep");
  expect_error([&] { require_shallow_toml("a = " + repeat("{b=", 33), "s.toml"); }, "32 deep");
}

}  // namespace
}  // namespace nwedge::study
