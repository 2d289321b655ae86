#include "nwedge/io/atomic_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::io {
namespace {

using test::expect_error;
using test::TemporaryFolder;

std::size_t entries(const TemporaryFolder& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {}));
}

/// While it lives, no file of this process may grow beyond `bytes`: what a full disk looks like.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    rlimit limit = old_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit old_{};
  void (*handler_)(int);
};

TEST(AtomicFile, WritesAndReplacesAndMakesFolders) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "a" / "b" / "file.txt";
  write_atomically(path, "first");
  EXPECT_EQ(read_text(path), "first");
  write_atomically(path, "second, longer");
  EXPECT_EQ(read_text(path), "second, longer");
  write_atomically(path, "");
  EXPECT_EQ(read_text(path), "");
  EXPECT_EQ(entries(folder), 1u);
}

TEST(AtomicFile, AFailedWriteLeavesTheOldFileAndNothingElse) {
  const TemporaryFolder folder;
  const auto path = folder / "file.txt";
  write_atomically(path, "old");
  {
    const FileSizeLimit limit(1000);
    expect_error([&] { write_atomically(path, std::string(5000, 'x')); }, path.string(),
                 "cannot write: File too large");
  }
  EXPECT_EQ(read_text(path), "old");
  EXPECT_EQ(entries(folder), 1u);
}

TEST(AtomicFile, AFullDeviceIsAnError) {
  expect_error([] { write_atomically("/dev/full", "text"); }, "[/dev/full]", "No space left on device");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

TEST(AtomicFile, ADeviceIsWrittenIntoAndStaysADevice) {
  write_atomically("/dev/null", "text");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(AtomicFile, UnwritablePlacesAreErrors) {
  const TemporaryFolder folder;
  expect_error([] { write_atomically("/proc/nwedge/file", "text"); }, "[/proc/nwedge]",
               "cannot make the folder");
  expect_error([] { write_atomically("/proc/file", "text"); }, "[/proc/file]", "cannot write");
  expect_error([&] { write_atomically(folder.path(), "text"); }, folder.path().string(), "is a folder");
  write_atomically(folder / "file", "text");
  expect_error([&] { write_atomically(folder.path() / "file" / "below", "text"); }, "cannot make the folder");
}

TEST(AtomicFile, WritabilityIsKnownBeforeTheWork) {
  const TemporaryFolder folder;
  require_writable(folder.path() / "new" / "file");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "new"));
  write_atomically(folder / "file", "text");
  require_writable(folder / "file");
  EXPECT_EQ(read_text(folder / "file"), "text");
  require_writable("/dev/null");
  expect_error([] { require_writable("/proc/file"); }, "[/proc/file]", "cannot write");
  expect_error([&] { require_writable(folder.path()); }, "is a folder");
}

TEST(AtomicFile, UnreadableFilesAreErrors) {
  const TemporaryFolder folder;
  expect_error([&] { read_bytes(folder / "missing"); }, "missing]", "cannot read: No such file");
  expect_error([&] { read_bytes(folder.path()); }, "cannot read: Is a directory");
}

TEST(AtomicFile, ReadsFilesWhoseSizeIsNotKnownBefore) {
  EXPECT_FALSE(read_text("/proc/self/status").empty());
}

}  // namespace
}  // namespace nwedge::io
