#include "nwedge/report/page.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace nwedge::report {
namespace {

std::string embedded_json(const std::string& page) {
  const std::string open = "<script type=\"application/json\" id=\"records\">";
  const std::size_t begin = page.find(open) + open.size();
  return page.substr(begin, page.find("</script>", begin) - begin);
}

TEST(Page, HoldsTheRecordsWhateverTheySay) {
  const nlohmann::json records = {{"title", "A < B & {{script}}"}, {"text", "</script><!-- \" {{style}}"}};
  const std::string page = assemble_page(records);
  EXPECT_EQ(nlohmann::json::parse(embedded_json(page)), records);
  EXPECT_NE(page.find("<title>A &lt; B &amp; {{script}}</title>"), std::string::npos);
}

TEST(Page, WritesNanAsNullAndReplacesBytesThatAreNotText) {
  const std::string page =
      assemble_page({{"title", "t"}, {"nan", std::numeric_limits<double>::quiet_NaN()}, {"bytes", "\xff"}});
  const nlohmann::json back = nlohmann::json::parse(embedded_json(page));
  EXPECT_TRUE(back["nan"].is_null());
  EXPECT_EQ(back["bytes"], "\xEF\xBF\xBD");
}

TEST(Page, NeedsNothingFromOutside) {
  const std::string page = assemble_page({{"title", "t"}});
  EXPECT_EQ(page.find("<link"), std::string::npos);
  EXPECT_EQ(page.find(" src=\""), std::string::npos);
  EXPECT_NE(page.find("Plotly"), std::string::npos);
  EXPECT_LT(page.size(), 6'000'000U);
}

}  // namespace
}  // namespace nwedge::report
