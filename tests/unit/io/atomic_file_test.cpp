#include "nwedge/io/atomic_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <utility>

#include "nwedge/core/error.hpp"
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
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "new"));
  write_atomically(folder / "file", "text");
  require_writable(folder / "file");
  EXPECT_EQ(read_text(folder / "file"), "text");
  require_writable("/dev/null");
  expect_error([] { require_writable("/proc/file"); }, "[/proc/file]", "cannot write");
  expect_error([&] { require_writable(folder.path()); }, "is a folder");
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

TEST(AtomicFile, ModesFollowTheUmaskAndOutliveTheContent) {
  const TemporaryFolder folder;
  for (const auto& [mask, mode] : {std::pair{mode_t{077}, mode_t{0600}}, {002, 0664}, {022, 0644}}) {
    const mode_t before = ::umask(mask);
    write_atomically(folder / "new", "text");
    ::umask(before);
    EXPECT_EQ(mode_of(folder / "new"), mode);
    std::filesystem::remove(folder / "new");
  }
  write_atomically(folder / "secret", "old");
  ASSERT_EQ(::chmod((folder / "secret").c_str(), 0640), 0);
  write_atomically(folder / "secret", "new");
  EXPECT_EQ(mode_of(folder / "secret"), mode_t{0640});
}

TEST(AtomicFile, TemporaryNamesTellTheirFile) {
  EXPECT_EQ(temporary_of(".plan.json.aB3xYz"), "plan.json");
  for (const char* other :
       {"plan.json", ".plan.json", "plan.json.aB3xYz", ".config", "..aB3xYz", ".x.aB3-Yz", ""})
    EXPECT_EQ(temporary_of(other), "") << other;
}

TEST(AtomicFile, RemovesWhatTheDeadLeftAndNothingElse) {
  const TemporaryFolder folder;
  for (const char* name : {".a.json.AAAAAA", ".b.json.AAAAAA", ".a.json.BBBBBB", "a.json"})
    std::ofstream(folder / name) << "half";
  const int living = ::open((folder / ".a.json.BBBBBB").c_str(), O_RDWR);
  ASSERT_EQ(::flock(living, LOCK_EX), 0);
  const std::string names[] = {"a.json"};
  remove_abandoned(folder.path(), names);
  EXPECT_FALSE(std::filesystem::exists(folder / ".a.json.AAAAAA"));
  EXPECT_TRUE(std::filesystem::exists(folder / ".a.json.BBBBBB")) << "its writer lives";
  EXPECT_TRUE(std::filesystem::exists(folder / ".b.json.AAAAAA")) << "of another file";
  EXPECT_TRUE(std::filesystem::exists(folder / "a.json"));
  ::close(living);
}

TEST(AtomicFile, EveryCallMayFailAndLeavesOneWholeFile) {
  const TemporaryFolder folder;
  write_atomically(folder / "file", "old");
  bool failed = true;
  for (int call = 0; failed; ++call) {
    fail_write_call(call);
    failed = false;
    try {
      write_atomically(folder / "file", "new");
    } catch (const Error&) {
      failed = true;
    }
    fail_write_call(-1);
    const std::string text = read_text(folder / "file");
    EXPECT_TRUE(text == "old" || text == "new") << text;
    EXPECT_EQ(entries(folder), 1u);
    if (!failed) {
      EXPECT_GE(call, 5) << "opened, written, synced, renamed, the folder synced";
    }
  }
}

TEST(AtomicFile, OnlyRegularFilesAreReadAsOnes) {
  const TemporaryFolder folder;
  const std::string pipe = (folder / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  expect_error([&] { read_regular(pipe); }, "pipe]", "is a pipe, must be a file");
  expect_error([] { read_bytes("/dev/zero"); }, "[/dev/zero]", "must be a file");
  write_atomically(folder / "file", "text");
  EXPECT_EQ(read_regular(folder / "file").size(), 4u);
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
