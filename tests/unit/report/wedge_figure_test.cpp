#include "nwedge/report/wedge_figure.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

namespace nwedge::report {
namespace {

/// The numbers of a packed array.
std::vector<float> decoded(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned held = 0;
  int bits = 0;
  for (const char letter : text) {
    if (letter == '=') break;
    held = held << 6 | static_cast<unsigned>(digits.find(letter));
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(held >> bits & 255);
  }
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

TEST(WedgeFigure, ShowsThreeSheetsAndTheirCuts) {
  const nlohmann::json figure = wedge_figure();
  EXPECT_EQ(figure["wedges"], 3);
  EXPECT_EQ(figure["short_directions"], 1);
  const nlohmann::json& arrays = figure["arrays"];
  EXPECT_EQ(arrays["core"]["shape"], nlohmann::json({17, 2}));
  EXPECT_EQ(arrays["sphere"]["shape"].size(), 2U);
  EXPECT_EQ(arrays["plane"]["shape"][0], arrays["plane-axis"]["shape"][0]);
  // The first latitude is the pole (0, 0, 1), inside two sheets: loss 0 is four zero bytes, "AAAA…" in
  // base64.
  EXPECT_EQ(arrays["sphere"]["data"].get<std::string>().substr(0, 16), "AAAAAAAAAAAAAAAA");
  // A corner of the plane lies in none.
  EXPECT_NE(arrays["plane"]["data"].get<std::string>().substr(0, 5), "AAAAA");
}

TEST(WedgeFigure, OutlinesTheCoreFromTheOriginToTheSphere) {
  const nlohmann::json figure = wedge_figure();
  const std::vector<float> core = decoded(figure["arrays"]["core"]["data"]);
  ASSERT_EQ(core.size(), 34U);
  for (std::size_t i = 0; i < core.size(); i += 2)
    EXPECT_NEAR(core[i + 1], figure["half_width"].get<double>() + figure["opening"].get<double>() * core[i],
                1e-5);
  EXPECT_EQ(core.front(), 0);
  EXPECT_NEAR(std::hypot(core[32], core[33]), figure["radius"].get<double>(), 1e-5);
}

}  // namespace
}  // namespace nwedge::report
