#include "nwedge/core/text.hpp"

#include <gtest/gtest.h>

namespace nwedge {
namespace {

TEST(OneLine, KeepsTextInAnyScript) {
  EXPECT_EQ(one_line("plain"), "plain");
  EXPECT_EQ(one_line("Größe 3 × 4, 損失, 🙂"), "Größe 3 × 4, 損失, 🙂");
  EXPECT_EQ(one_line(""), "");
}

TEST(OneLine, LeavesNothingThatActsOnATerminal) {
  EXPECT_EQ(one_line("a\nb\tc\x1b[31md\x7f"), "a?b?c?[31md?");
  EXPECT_EQ(one_line("\xc2\x9b"
                     "2J"),
            "?2J")
      << "a control character of eight bits";
  EXPECT_EQ(one_line("\x9b"
                     "2J"),
            "?2J")
      << "the same as a bare byte";
  EXPECT_EQ(one_line("a\xe2\x80\xae"
                     "b"),
            "a?b")
      << "right to left from here";
  EXPECT_EQ(one_line("caf\xe9.st"), "caf?.st");
  EXPECT_EQ(one_line("\xc0\xaf|\xed\xa0\x80|\xf0\x9f"), "??|???|??") << "overlong, a surrogate, cut off";
}

TEST(OneLine, CutsTheMiddleOfALongOneBetweenCharacters) {
  const std::string line = one_line("begin" + std::string(5000, 'x') + "end");
  EXPECT_EQ(line.size(), kLongestLine);
  EXPECT_EQ(line.substr(0, 6), "beginx");
  EXPECT_EQ(line.substr(line.size() - 4), "xend");
  for (std::size_t most = 20; most < 40; ++most) {
    std::string umlauts;
    for (int i = 0; i < 100; ++i) umlauts += "ü";
    const std::string cut = one_line(umlauts, most);
    EXPECT_LE(cut.size(), most);
    EXPECT_EQ(one_line(cut), cut) << "still UTF-8";
  }
}

}  // namespace
}  // namespace nwedge
