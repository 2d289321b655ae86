#include "nwedge/core/error.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace nwedge {
namespace {

TEST(Error, NamesItsPlace) {
  const std::string text = Error("study.toml:3", "epochs must be at least 1, is 0").what();
  EXPECT_NE(text.find("study.toml:3"), std::string::npos);
  EXPECT_NE(text.find("epochs must be at least 1, is 0"), std::string::npos);
  EXPECT_LT(text.find("study.toml:3"), text.find("epochs"));
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(DidYouMean, FindsTheNearestWord) {
  const std::vector<std::string> words = {"constant", "step", "cosine", "cyclic"};
  EXPECT_NE(did_you_mean("cosin", words).find("\"cosine\""), std::string::npos);
  EXPECT_NE(did_you_mean("setp", words).find("\"step\""), std::string::npos);
  EXPECT_EQ(did_you_mean("temperature", words), "");
  EXPECT_EQ(did_you_mean("x", {}), "");
}

}  // namespace
}  // namespace nwedge
