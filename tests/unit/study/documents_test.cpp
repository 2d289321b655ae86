#include "nwedge/study/documents.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"

namespace nwedge::study {
namespace {

using nlohmann::json;
using test::expect_error;

json plan() {
  return json::parse(R"({
    "format": 1, "nwedge": "0.1.0", "title": "A title", "seeds": [0, 1],
    "landscapes": [{"name": "m", "kind": "wedge", "control": false, "options": {}, "training": null, "optima": [],
                    "files": {"d": "00"}}],
    "cells": [{"id": "train.m.seed-0", "experiment": "train", "name": "train", "landscape": "m", "seeds": [0],
               "digest": "ab"}]})");
}

void expect_refused(const json& document, const std::string& words) {
  expect_error([&] { parse_plan(document.dump(), "p.json"); }, "[p.json] " + words);
}

TEST(PlanDocument, IsReadWithTypes) {
  const StoredPlan read = parse_plan(plan().dump(), "p.json");
  EXPECT_EQ(read.title, "A title");
  ASSERT_EQ(read.cells.size(), 1u);
  EXPECT_EQ(read.cells[0].id, "train.m.seed-0");
  EXPECT_EQ(read.files.at("d"), "00");
}

TEST(PlanDocument, EveryFieldThatIsMissingOrOfAnotherTypeIsNamed) {
  const json whole = plan();
  for (const auto& [key, value] : whole.items()) {
    json without = whole;
    without.erase(key);
    expect_refused(without, key + " is missing");
    json other = whole;
    other[key] = true;
    expect_refused(other, key + " must be");
  }
  for (const char* list : {"landscapes", "cells"})
    for (const auto& [key, value] : whole[list][0].items()) {
      json without = whole;
      without[list][0].erase(key);
      expect_refused(without, std::string(list) + "[0]." + key + " is missing");
      json other = whole;
      other[list][0][key] = 1.5;
      expect_refused(other, std::string(list) + "[0]." + key + " must be");
    }
}

TEST(PlanDocument, IdsAreNamesOfFilesInTheRun) {
  for (const char* id : {"../../x", "/etc/passwd", ".hidden", "a..b", "a.", "", "a b", "a\nb"}) {
    EXPECT_FALSE(is_cell_id(id)) << id;
    json document = plan();
    document["cells"][0]["id"] = id;
    expect_refused(document, "cells[0].id must be letters");
  }
  EXPECT_TRUE(is_cell_id("m-tunnel.cnn_2.seed-0"));
  json twice = plan();
  twice["cells"].push_back(twice["cells"][0]);
  expect_refused(twice, "cells[1].id must differ");
}

TEST(PlanDocument, AnExperimentIsKnownOrSaysWhatItIs) {
  json document = plan();
  json& cell = document["cells"][0];
  cell["experiment"] = "norm";
  expect_refused(document, "cells[0].experiment must be one of");
  cell["added"] = {{"title", "Norms"}, {"version", "1"}};
  EXPECT_EQ(parse_plan(document.dump(), "p.json").cells.size(), 1u);
  for (const char* name : {"../norm", "", "train"}) {
    cell["experiment"] = name;
    expect_refused(document, "cells[0].experiment must be a name");
  }
  cell["experiment"] = "norm";
  cell["added"].erase("title");
  expect_refused(document, "cells[0].added.title is missing");
}

}  // namespace
}  // namespace nwedge::study
