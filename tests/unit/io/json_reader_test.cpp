#include "nwedge/io/json_reader.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"

namespace nwedge::io {
namespace {

using test::expect_error;

TEST(ParseJson, SaysWhereInItsOwnWords) {
  EXPECT_EQ(parse_json(R"({"a": [1, 2.5, null]})", "f")["a"][1], 2.5);
  expect_error([] { parse_json("{\"a\": 1,\n\"b\": }", "f.json"); }, "[f.json:2] is no valid JSON");
  expect_error([] { parse_json("", "f.json"); }, "[f.json:1] is empty");
  expect_error([] { parse_json("[1e999]", "f.json"); }, "[f.json] is no valid JSON: a number");
  expect_error([] { parse_json("{\"a\": \"\xff\"}", "f.json"); }, "[f.json:1] is no valid JSON");
}

TEST(ParseJson, RefusesWhatWouldBeLostOrOverflow) {
  expect_error([] { parse_json(R"({"a": {"b": 1, "b": 2}})", "f"); }, "the key \"b\" appears twice");
  EXPECT_NO_THROW(parse_json(R"([{"b": 1}, {"b": 2}])", "f"));
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_NO_THROW(parse_json(nested(kMostNested), "f"));
  expect_error([&] { parse_json(nested(60000), "f"); }, "[f] must not be nested deeper than 64 levels");
}

TEST(JsonReader, ErrorsNamePlaceRuleAndValue) {
  const nlohmann::json document = {{"cells", {{{"id", 7}, {"seeds", {0, -1}}}}}, {"title", nullptr}};
  const JsonReader top(document, "plan.json");
  const JsonReader cell = top.at("cells").elements().at(0);
  expect_error([&] { cell.at("id").text(); }, "[plan.json] cells[0].id must be a text, is 7");
  expect_error([&] { cell.at("digest"); }, "[plan.json] cells[0].digest is missing");
  expect_error([&] { cell.at("seeds").wholes(); },
               "cells[0].seeds[1] must be a whole number of at least 0, is -1");
  expect_error([&] { top.elements(); }, "[plan.json] the document must be a list, is {");
  expect_error([&] { top.at("title").text(); }, "title must be a text, is null");
  expect_error([&] { top.at("title").at("x"); }, "title must be an object");
  EXPECT_EQ(cell.at("id").number(), 7);
  EXPECT_EQ(top.members().size(), 2u);
}

}  // namespace
}  // namespace nwedge::io
