#include "nwedge/study/study_file.hpp"

#include <gtest/gtest.h>

#include "nwedge/core/error.hpp"

namespace nwedge::study {
namespace {

constexpr std::string_view kStudy = R"(title = "A title"
seeds = [0, 3]

[landscape.second]
kind = "wedge"
dimension = 100
short-directions = 5

[landscape.second.training]
steps = 10

[landscape.first]
kind = "wedge"
[landscape.first.training]
steps = 1e2
learning-rate = 0.1
)";

std::string error_of(const std::string& text) {
  try {
    parse_study(text, "s.toml");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// The study above with `what` replaced by `by`.
std::string with(const std::string& what, const std::string& by) {
  std::string text(kStudy);
  return text.replace(text.find(what), what.size(), by);
}

TEST(StudyFile, ReadsLandscapesInTheOrderOfTheFile) {
  const Study study = parse_study(kStudy, "s.toml");
  EXPECT_EQ(study.title, "A title");
  EXPECT_EQ(study.seeds, (std::vector<std::uint64_t>{0, 3}));
  ASSERT_EQ(study.landscapes.size(), 2u);
  EXPECT_EQ(study.landscapes[0].name, "second");
  EXPECT_EQ(study.landscapes[0].place, "s.toml:4");
  EXPECT_EQ(study.landscapes[0].options["dimension"], 100);
  EXPECT_EQ(study.landscapes[0].training.steps, 10);
  EXPECT_EQ(study.landscapes[1].name, "first");
  EXPECT_EQ(study.landscapes[1].options["dimension"], 1000) << "the default";
  EXPECT_EQ(study.landscapes[1].training.steps, 100);
  EXPECT_EQ(study.landscapes[1].training.learning_rate, 0.1);
}

TEST(StudyFile, OptimaCanBeGivenForNetworksInsteadOfATraining) {
  const std::string text = "seeds = [0, 1]\n[landscape.net]\nkind = \"network\"\noptima = [\"a\", \"b\"]\n";
  const Study study = parse_study(text, "s.toml");
  EXPECT_EQ(study.landscapes[0].optima, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(study.landscapes[0].match, "names");
  EXPECT_EQ(parse_study(text + "match = \"order\"\n", "s.toml").landscapes[0].match, "order");
  EXPECT_EQ(error_of(with("kind = \"wedge\"\n", "kind = \"wedge\"\nmatch = \"order\"\n")),
            "[s.toml:6] match belongs to optima; leave it out");
  EXPECT_EQ(error_of("seeds = [0]" + text.substr(text.find('\n'))),
            "[s.toml:2] optima must name one file for each of the 1 seeds, names 2");
  EXPECT_EQ(error_of(with("kind = \"wedge\"\n", "kind = \"wedge\"\noptima = [\"a\", \"b\"]\n")),
            "[s.toml:6] optima can be given for networks only");
}

TEST(StudyFile, TitleIsTheFileNameUnlessGiven) {
  EXPECT_EQ(parse_study(with("title = \"A title\"", ""), "runs/s.toml").title, "s");
}

TEST(StudyFile, ErrorsNameFileLineRuleAndNearestKey) {
  EXPECT_EQ(error_of(with("title =", "tilte =")),
            "[s.toml:1] unknown key \"tilte\"; did you mean \"title\"?");
  EXPECT_EQ(error_of(with("dimension =", "dimensoin =")),
            "[s.toml:6] unknown key \"dimensoin\"; did you mean \"dimension\"?");
  EXPECT_EQ(error_of(with("learning-rate = 0.1", "learning-rate = -1")),
            "[s.toml:16] learning-rate must be above 0, is -1");
  EXPECT_EQ(error_of(with("kind = \"wedge\"", "kind = \"wegde\"")).substr(0, 11), "[s.toml:5] ");
  EXPECT_EQ(error_of(with("[0, 3]", "[0, 0]")),
            "[s.toml:2] seeds must differ from one another, 0 is given twice");
  EXPECT_EQ(error_of(with("[0, 3]", "[]")),
            "[s.toml:2] seeds must name at least one seed, e.g. seeds = [0, 1, 2]");
  EXPECT_EQ(error_of(with("[0, 3]", "[0, -1]")), "[s.toml:2] seeds must be at least 0, is -1");
  EXPECT_EQ(error_of(with("[0, 3]", "[0, 3")).substr(0, 10), "[s.toml:4]") << "a syntax error";
  EXPECT_EQ(error_of(with("[landscape.first.training]\n", "")).substr(0, 12), "[s.toml:15] ")
      << "learning-rate is no key there";
  EXPECT_EQ(error_of(""), "[s.toml] a study needs at least one landscape: a table [landscape.NAME]");
  EXPECT_EQ(error_of("landscape = 3"), "[s.toml:1] landscape must be a table [landscape]");
  EXPECT_EQ(error_of(std::string(kStudy) + "[landscape.\"a/b\"]\nkind = \"wedge\"").substr(0, 11),
            "[s.toml:17]");
}

TEST(StudyFile, RejectsExperimentsItDoesNotKnow) {
  const std::string text(kStudy);
  EXPECT_EQ(error_of(text + "[[experiment]]\nkind = \"no-such-thing\"").substr(0, 11), "[s.toml:18]");
  EXPECT_EQ(error_of(text + "[[experiment]]\nname = \"x\""),
            "[s.toml:17] an experiment needs its kind, e.g. kind = \"straight-line\"");
  EXPECT_EQ(error_of(text + "[experiment]\nkind = \"x\""),
            "[s.toml:17] experiments must be written as [[experiment]], each with its kind");
}

/// The study above with every experiment, each by its kind alone.
std::string all_experiments() {
  std::string text(kStudy);
  for (const std::string& name : experiment::experiment_names())
    text += "[[experiment]]\nkind = \"" + name + "\"\n";
  return text;
}

TEST(StudyFile, ReadsEveryExperimentWithItsDefaults) {
  const Study study = parse_study(all_experiments(), "s.toml");
  EXPECT_EQ(study.experiments.size(), 2 * experiment::experiment_names().size());
  for (const ExperimentSpec& spec : study.experiments) {
    EXPECT_EQ(spec.name, spec.kind);
    EXPECT_EQ(spec.seeds, study.seeds);
  }
}

TEST(StudyFile, NoExperimentTakesAKeyOfTheStudyForAnOption) {
  const Study study = parse_study(all_experiments(), "s.toml");
  for (const ExperimentSpec& spec : study.experiments)
    for (const char* taken : {"kind", "name", "landscapes", "seeds", "for"})
      EXPECT_FALSE(spec.options.contains(taken)) << spec.kind << " " << taken;
}

TEST(StudyFile, ExperimentsChooseLandscapesSeedsAndOptions) {
  const Study study = parse_study(std::string(kStudy) + R"([[experiment]]
kind = "straight-line"
points = 7
[experiment.for.first]
points = 9
[[experiment]]
kind = "straight-line"
name = "again"
landscapes = ["first"]
seeds = [3]
)",
                                  "s.toml");
  ASSERT_EQ(study.experiments.size(), 3u);
  EXPECT_EQ(study.experiments[0].options["points"], 7);
  EXPECT_EQ(study.experiments[1].options["points"], 9);
  EXPECT_EQ(study.experiments[2].name, "again");
  EXPECT_EQ(study.experiments[2].landscape, 1u);
  EXPECT_EQ(study.experiments[2].seeds, (std::vector<std::uint64_t>{3}));
}

TEST(StudyFile, MistakesInExperimentsAreErrors) {
  const auto error = [](const std::string& lines) {
    return error_of(std::string(kStudy) + "[[experiment]]\nkind = \"straight-line\"\n" + lines);
  };
  EXPECT_EQ(error("pionts = 3"), "[s.toml:19] unknown key \"pionts\"; did you mean \"points\"?");
  EXPECT_EQ(error("points = 1"), "[s.toml:19] points must be at least 3, is 1");
  EXPECT_EQ(error("landscapes = [\"frist\"]"),
            "[s.toml:19] this study has no landscape \"frist\"; did you mean \"first\"?");
  EXPECT_EQ(error("seeds = [1]"), "[s.toml:19] seed 1 must be one of the study's seeds");
  EXPECT_EQ(error("name = \"train\""),
            "[s.toml:19] the name \"train\" belongs to the training of the landscapes");
  EXPECT_EQ(error("landscapes = [\"first\"]\n[experiment.for.second]").substr(0, 11), "[s.toml:20]");
  EXPECT_EQ(error("[experiment.for.first]\npiont = 3").substr(0, 11), "[s.toml:20]");
  EXPECT_NE(error("[[experiment]]\nkind = \"straight-line\"").find("two experiments have the name"),
            std::string::npos);
}

}  // namespace
}  // namespace nwedge::study
