#include "nwedge/report/wedge_figure.hpp"

#include <gtest/gtest.h>

namespace nwedge::report {
namespace {

TEST(WedgeFigure, ShowsThreeSheetsAndTheirCuts) {
  const nlohmann::json figure = wedge_figure();
  EXPECT_EQ(figure["wedges"], 3);
  EXPECT_EQ(figure["short_directions"], 1);
  const nlohmann::json& arrays = figure["arrays"];
  const std::int64_t points = arrays["axis"]["shape"][0];
  EXPECT_EQ(arrays["excess"]["shape"], nlohmann::json({3, points, points, points}));
  EXPECT_EQ(arrays["sphere"]["shape"].size(), 2U);
  EXPECT_EQ(arrays["plane"]["shape"][0], arrays["plane-axis"]["shape"][0]);
  // The first latitude is the pole (0, 0, 1), inside two sheets: loss 0 is four zero bytes, "AAAA…" in
  // base64.
  EXPECT_EQ(arrays["sphere"]["data"].get<std::string>().substr(0, 16), "AAAAAAAAAAAAAAAA");
  // A corner of the plane lies in none.
  EXPECT_NE(arrays["plane"]["data"].get<std::string>().substr(0, 5), "AAAAA");
}

}  // namespace
}  // namespace nwedge::report
