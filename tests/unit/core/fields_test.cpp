#include "nwedge/core/fields.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/expect_error.hpp"

namespace nwedge {
namespace {

struct Inner {
  std::int64_t seed = 0;
  std::optional<double> barrier;
  void visit(FieldVisitor& visitor) {
    visitor.field("seed", seed, "");
    visitor.field("barrier", barrier, "");
  }
};

struct Outer {
  double loss = 0;
  bool low = false;
  std::string kind;
  std::vector<Inner> optima;
  std::map<std::string, std::vector<double>> angles;
  Quantity drop;
  void visit(FieldVisitor& visitor) {
    visitor.field("loss", loss, "");
    visitor.field("low", low, "");
    visitor.field("kind", kind, "");
    visitor.field("optima", optima, "");
    visitor.field("angles", angles, "");
    visitor.field("drop", drop, "");
  }
};

Outer sample() {
  Outer outer{0.5, true, "wedge", {{3, 0.25}, {4, {}}}, {{"rise", {1, NAN}}}, {}};
  outer.drop = Quantity::estimate(2, 0.1, 5, "seeds");
  return outer;
}

TEST(Fields, ReadBackWhatTheyWrote) {
  const nlohmann::json document = to_record(sample());
  const auto read = from_record<Outer>(nlohmann::json::parse(document.dump()), "test");
  EXPECT_EQ(to_record(read), document);
  EXPECT_EQ(read.optima[0].barrier, 0.25);
  EXPECT_FALSE(read.optima[1].barrier);
  EXPECT_TRUE(std::isnan(read.angles.at("rise")[1]));
  EXPECT_EQ(read.drop.count, 5);
}

TEST(Fields, NameWhatIsMissingOrOfAnotherType) {
  nlohmann::json document = to_record(sample());
  document["optima"][1].erase("seed");
  test::expect_error([&] { from_record<Outer>(document, "record"); }, "[record] optima[1].seed is missing");
  document = to_record(sample());
  document["low"] = 1;
  test::expect_error([&] { from_record<Outer>(document, "record"); },
                     "[record] low must be true or false, is 1");
  document = to_record(sample());
  document["optima"] = "none";
  test::expect_error([&] { from_record<Outer>(document, "record"); },
                     "[record] optima must be a list, is \"none\"");
  document = to_record(sample());
  document["optima"][0]["seed"] = 0.5;
  test::expect_error([&] { from_record<Outer>(document, "record"); },
                     "[record] optima[0].seed must be a whole number, is 0.5");
}

TEST(Fields, KeepNumbersThatAreNotFiniteWhereAsked) {
  Outer outer = sample();
  outer.loss = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(to_record(outer).at("loss").is_null());
  const nlohmann::json kept = to_record(outer, NotFinite::kept);
  EXPECT_EQ(from_record<Outer>(nlohmann::json::from_cbor(nlohmann::json::to_cbor(kept)), "record").loss,
            outer.loss);
}

TEST(Fields, TakeNullForANumberThatIsNone) {
  nlohmann::json document = to_record(sample());
  document["loss"] = nullptr;
  document["drop"]["value"] = nullptr;
  const auto read = from_record<Outer>(document, "record");
  EXPECT_TRUE(std::isnan(read.loss));
  EXPECT_FALSE(read.drop.present());
}

}  // namespace
}  // namespace nwedge
