#include "nwedge/io/csv.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/expect_error.hpp"

namespace nwedge::io {
namespace {

using test::expect_error;
using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(std::string_view text, std::vector<std::int64_t>* lines = nullptr) {
  Rows rows;
  read_csv(text, "place", [&](std::span<const std::string> fields, std::int64_t line) {
    rows.emplace_back(fields.begin(), fields.end());
    if (lines) lines->push_back(line);
  });
  return rows;
}

TEST(Csv, SplitsLinesAndFields) {
  std::vector<std::int64_t> lines;
  EXPECT_EQ(rows_of("\xef\xbb\xbf"
                    "a, b ,c\r\n\n1,,3\n 4 ,5,",
                    &lines),
            (Rows{{"a", "b", "c"}, {"1", "", "3"}, {"4", "5", ""}}));
  EXPECT_EQ(lines, (std::vector<std::int64_t>{1, 3, 4}));
  EXPECT_EQ(rows_of(""), Rows{});
  EXPECT_EQ(rows_of("x"), (Rows{{"x"}}));
}

TEST(Csv, TheFirstLineSaysWhatSeparates) {
  EXPECT_EQ(rows_of("a;b\n1,5;2"), (Rows{{"a", "b"}, {"1,5", "2"}}));
  EXPECT_EQ(rows_of("a\tb\n1\t\n"), (Rows{{"a", "b"}, {"1", ""}}));
}

TEST(Csv, QuotesHoldSeparatorsAndQuotes) {
  EXPECT_EQ(rows_of("\"a,b\", \"say \"\"no\"\"\" ,\"\"\n"), (Rows{{"a,b", "say \"no\"", ""}}));
  expect_error([] { rows_of("1,2\n\"a,b\n"); }, "[place:2]", "must end on the line");
  expect_error([] { rows_of("\"a\"b,c\n"); }, "[place:1]", "a separator must follow");
}

}  // namespace
}  // namespace nwedge::io
