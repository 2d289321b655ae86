#include "nwedge/io/child_process.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::io {
namespace {

using Seconds = std::chrono::duration<double>;
using test::expect_error;
using test::TemporaryFolder;

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(ChildProcess, GivesBackWhatItIsGiven) {
  ChildProcess echo("cat", "echo", Seconds(20));
  const std::string large(1 << 20, 'x');  // more than pipes hold
  std::thread writer([&] {
    echo.write(bytes_of("one line\n"));
    echo.write(bytes_of("some"));
  });
  writer.join();
  EXPECT_EQ(echo.read_line(100), "one line");
  std::vector<std::uint8_t> four(4);
  echo.read(four);
  EXPECT_EQ(std::string(four.begin(), four.end()), "some");
}

TEST(ChildProcess, PassesMoreThanPipesHold) {
  ChildProcess reader("head -c 4000000 >/dev/null; head -c 4000000 /dev/zero", "reader", Seconds(20));
  std::vector<std::uint8_t> bytes(4'000'000, 1);
  reader.write(bytes);
  reader.read(bytes);
  EXPECT_EQ(bytes, std::vector<std::uint8_t>(4'000'000, 0));
}

TEST(ChildProcess, ThatEndsIsAnErrorThatSaysHow) {
  ChildProcess ends("exit 3", "it", Seconds(20));
  expect_error([&] { ends.read_line(100); },
               "[it] the program must go on answering until its input ends, has ended "
               "(exit status 3)");
  expect_error([&] { ends.write(bytes_of("x")); }, "exit status 3");
  ChildProcess killed("kill -SEGV $$", "it", Seconds(20));
  expect_error([&] { killed.read_line(100); }, "(signal Segmentation fault)");
  ChildProcess missing("nwedge-has-no-such-program 2>/dev/null", "it", Seconds(20));
  expect_error([&] { missing.read_line(100); }, "(exit status 127)");
}

TEST(ChildProcess, ThatIsSilentForTooLongIsKilled) {
  const auto began = std::chrono::steady_clock::now();
  ChildProcess silent("sleep 100", "it", Seconds(0.1));
  expect_error([&] { silent.read_line(100); }, "must answer within 0.1 s");
  expect_error([&] { silent.read_line(100); }, "must answer within 0.1 s");
  ChildProcess deaf("sleep 100", "it", Seconds(0.1));
  expect_error([&] { deaf.write(std::vector<std::uint8_t>(10'000'000)); }, "must answer within 0.1 s");
  EXPECT_LT(Seconds(std::chrono::steady_clock::now() - began).count(), 50);
}

TEST(ChildProcess, WithoutEndOfLineIsAnError) {
  ChildProcess endless("head -c 1000000 /dev/zero; sleep 100", "it", Seconds(20));
  expect_error([&] { endless.read_line(1000); }, "must have at most 1000 bytes");
}

/// Whether a process is gone soon; it may be nobody's child that is still to be reaped.
bool ends(pid_t process) {
  for (int i = 0; i < 500; ++i) {
    std::ifstream state("/proc/" + std::to_string(process) + "/stat");
    std::string text;
    if (!std::getline(state, text) || text.find(") Z ") != std::string::npos) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TEST(ChildProcess, EndsWithItsOwnerAndTakesItsChildrenAlong) {
  pid_t grandchild = 0;
  {
    ChildProcess parent("sleep 100 & echo $!; exec sleep 100", "it", Seconds(20));
    grandchild = std::stoi(parent.read_line(100));
  }
  EXPECT_TRUE(ends(grandchild));
}

TEST(ChildProcess, MayFinishWhenItsInputEnds) {
  const TemporaryFolder folder;
  { ChildProcess polite("cat >/dev/null; echo finished >" + (folder / "file").string(), "it", Seconds(20)); }
  std::string text;
  std::getline(std::ifstream(folder / "file"), text);
  EXPECT_EQ(text, "finished");
}

TEST(ChildProcess, AllAreKilledAtOnce) {
  ChildProcess one("sleep 100", "one", Seconds(20));
  ChildProcess two("sleep 100", "two", Seconds(20));
  kill_children();
  expect_error([&] { one.read_line(100); }, "(signal Killed)");
  expect_error([&] { two.read_line(100); }, "(signal Killed)");
}

}  // namespace
}  // namespace nwedge::io
