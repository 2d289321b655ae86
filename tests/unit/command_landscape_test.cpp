#include "nwedge/command_landscape.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "nwedge/io/child_process.hpp"
#include "tests/support/expect_error.hpp"

namespace nwedge {
namespace {

using test::expect_error;

/// A program in a shell that greets and then runs `rest`; its calls' lines can be read with `read`.
CommandOptions shell(const std::string& greeting, const std::string& rest = "cat >/dev/null") {
  return {"read open; echo 'nwedge-landscape " + greeting + "'; " + rest, 20};
}

/// Answers every call alike. A point of two entries has 8 bytes.
std::string always(const std::string& answer) {
  return "while read call; do head -c 8 >/dev/null; printf '" + answer + "'; done";
}

const std::string kOne = "\\0\\0\\0\\0\\0\\0\\360\\77";      // 1.0 as a double
const std::string kNaN = "\\0\\0\\0\\0\\0\\0\\370\\177";     // NaN
const std::string kSlope = "\\0\\0\\200\\77\\0\\0\\0\\100";  // {1, 2} as floats
const std::string kSmall = R"({"protocol":1,"dimension":2})";

TEST(CommandLandscape, IsTheLossOfAnotherProgram) {
  const CommandLandscape landscape({NWEDGE_VALLEY, 20});
  EXPECT_EQ(landscape.introduction().name, "Rosenbrock's valley");
  EXPECT_TRUE(landscape.introduction().deterministic);
  EXPECT_EQ(landscape.dimension(), 2);
  EXPECT_FALSE(landscape.has_accuracy());
  EXPECT_FALSE(landscape.exact_curvature());
  EXPECT_EQ(landscape.initial_point(2), (std::vector<float>{-1.2f, 1.2f}));
  std::vector<float> gradient(2);
  const std::vector<float> point = {0.5f, 2.0f};
  EXPECT_DOUBLE_EQ(landscape.gradient(point, gradient), 0.25 + 100 * 1.75 * 1.75);
  EXPECT_EQ(gradient, (std::vector<float>{-1 - 400 * 0.5f * 1.75f, 200 * 1.75f}));
  const std::vector<float> points = {1, 1, 0, 0, 0.5f, 2};
  const std::vector<Metrics> metrics = landscape.evaluate_many(points);
  EXPECT_DOUBLE_EQ(metrics[0].loss, 0);
  EXPECT_DOUBLE_EQ(metrics[1].loss, 1);
  EXPECT_DOUBLE_EQ(metrics[2].loss, landscape.evaluate(point).loss);
  std::vector<float> product(2);
  landscape.curvature_at(std::vector<float>{1, 1})->multiply(std::vector<float>{1, 0}, product);
  EXPECT_NEAR(product[0], 802, 0.5);
  EXPECT_NEAR(product[1], -400, 0.5);
}

TEST(CommandLandscape, MayBeCalledFromSeveralThreads) {
  const CommandLandscape landscape({NWEDGE_VALLEY, 20});
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (int k = 0; k < 50; ++k) {
        const auto x = static_cast<float>(i * 50 + k);
        wrong[static_cast<std::size_t>(i)] +=
            landscape.evaluate(std::vector<float>{x, x * x}).loss != (1.0 - x) * (1.0 - x);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4));
}

TEST(CommandLandscape, TakesWhatItOffers) {
  const std::string greeting =
      R"({"protocol":1,"dimension":2,"name":"it","train-examples":7,"test-examples":3,"accuracy":true,)"
      R"("offers":["evaluate","batch-gradient","hessian"],"groups":[[0,1,1,"weight"],[1,1,1,"bias"]],)"
      R"("notes":["dropout is off"]})";
  const CommandLandscape landscape(shell(greeting, always("{\"bytes\":16}\\n" + kOne + kNaN)));
  EXPECT_EQ(landscape.introduction().notes, std::vector<std::string>{"dropout is off"});
  EXPECT_TRUE(landscape.has_accuracy());
  EXPECT_TRUE(landscape.exact_curvature());
  EXPECT_EQ(landscape.examples(Split::test), 3);
  EXPECT_EQ(landscape.parameter_groups()[1].kind, ParameterGroup::Kind::bias);
  const Metrics metrics = landscape.evaluate(std::vector<float>{1, 2}, Split::test);
  EXPECT_EQ(metrics.loss, 1);
  EXPECT_TRUE(std::isnan(metrics.accuracy));
}

TEST(CommandLandscape, KeepsAHessianForAsLongAsItIsNeeded) {
  const std::string loop = R"(while read call; do case "$call" in
    *'"hessian","split":"train","product":0,"bytes":8}') head -c 8 >/dev/null; echo '{"bytes":0}';;
    *'"multiply","product":0,"bytes":8}') head -c 8 >/dev/null; printf '{"bytes":8}\n)" +
                           kSlope + R"(';;
    *'"release","product":0,"bytes":0}') echo '{"bytes":0}'; echo '{"error":"released"}';;
    esac; done)";
  const CommandLandscape landscape(shell(R"({"protocol":1,"dimension":2,"offers":["hessian"]})", loop));
  std::vector<float> product(2);
  {
    const auto curvature = landscape.curvature_at(std::vector<float>{1, 1});
    curvature->multiply(std::vector<float>{1, 0}, product);
    EXPECT_EQ(product, (std::vector<float>{1, 2}));
  }
  expect_error([&] { landscape.initial_point(0); }, "released");
}

TEST(CommandLandscape, TellsWhichExamplesAMinibatchHas) {
  const std::string loop = R"(while read call; do head -c 8 >/dev/null; indices="${call#*'indices":['}"
    echo "{\"error\":\"got ${indices%%]*}\"}"; done)";
  const CommandLandscape landscape(
      shell(R"({"protocol":1,"dimension":2,"train-examples":1,"offers":["batch-gradient"]})", loop));
  std::vector<float> gradient(2);
  expect_error([&] { landscape.batch_gradient(std::vector<float>{1, 2}, {0, 0, 3}, gradient); }, "got 0,0,0");
}

TEST(CommandLandscape, PassesANaNOn) {
  const CommandLandscape landscape(shell(kSmall, always("{\"bytes\":16}\\n" + kNaN + kSlope)));
  std::vector<float> gradient(2);
  EXPECT_TRUE(std::isnan(landscape.gradient(std::vector<float>{1, 2}, gradient)));
  EXPECT_EQ(gradient, (std::vector<float>{1, 2}));
}

TEST(CommandLandscape, KeepsWhatIsPrintedBeforeTheGreeting) {
  const CommandLandscape landscape({"echo loading; echo 'conda: ok'; " + shell(kSmall).command, 20});
  EXPECT_EQ(landscape.introduction().printed, (std::vector<std::string>{"loading", "conda: ok"}));
}

TEST(CommandLandscape, GoesOnAfterACallThatItRefuses) {
  const CommandLandscape landscape({NWEDGE_VALLEY, 20});
  expect_error([&] { landscape.curvature_at(std::vector<float>(3)); }, "");
  const CommandLandscape refusing(shell(kSmall, always(R"({"error":"singular\\n matrix"}\n)")));
  for (int i = 0; i < 2; ++i)
    expect_error([&] { refusing.evaluate(std::vector<float>{1, 2}); }, "read open", "error: singular");
}

TEST(CommandLandscape, WithoutTestExamplesHasNoTestLoss) {
  const CommandLandscape landscape(shell(R"({"protocol":1,"dimension":2,"train-examples":5})",
                                         always("{\"bytes\":16}\\n" + kOne + kSlope)));
  EXPECT_EQ(landscape.evaluate(std::vector<float>{1, 2}).loss, 1);
  expect_error([&] { landscape.evaluate(std::vector<float>{1, 2}, Split::test); }, "no test examples");
}

TEST(CommandLandscape, UsesFewerExamplesWhereItCan) {
  const std::string greeting =
      R"({"protocol":1,"dimension":2,"train-examples":10,"test-examples":5,"offers":["fewer-examples"]})";
  EXPECT_EQ(CommandLandscape(shell(greeting), 10, 5).examples(Split::train), 10);
  expect_error([&] { CommandLandscape(shell(greeting), 9, 5); },
               "must use 9 training and 5 test examples, uses 10 and 5");
  expect_error([&] { CommandLandscape(shell(kSmall), 9, 5); }, "does not offer fewer-examples");
}

struct Mistake {
  std::string greeting;
  std::string line;
};

TEST(CommandLandscape, RefusesAGreetingThatIsNone) {
  for (const auto& [greeting, line] : std::vector<Mistake>{
           {"{", "no valid JSON"},
           {"{}", "protocol is missing"},
           {R"({"protocol":2,"dimension":2})", "protocol must be 1, the protocol of this version, is 2"},
           {R"({"protocol":1})", "dimension is missing"},
           {R"({"protocol":1,"dimension":0})", "dimension must be at least 1, is 0"},
           {R"({"protocol":1,"dimension":-3})", "dimension must be a whole number of at least 0, is -3"},
           {R"({"protocol":1,"dimension":2,"offer":["hessian"]})", "offer is no part of the protocol"},
           {R"({"protocol":1,"dimension":2,"offers":["hesse"]})",
            "offers[0] must be evaluate, batch-gradient"},
           {R"({"protocol":1,"dimension":2,"accuracy":true})", "accuracy needs the offer"},
           {R"({"protocol":1,"dimension":2,"offers":["batch-gradient"]})", "where train-examples is above 0"},
           {R"({"protocol":1,"dimension":2,"groups":[[0,1,1,"weight"]]})", "entry 1 is in none"},
       })
    expect_error([&, greeting = greeting] { CommandLandscape(shell(greeting)); }, line);
}

TEST(CommandLandscape, SaysInOneLineWhatTheProgramDidWrong) {
  const auto evaluate = [](const CommandOptions& options) {
    const CommandLandscape landscape(options);
    landscape.evaluate(std::vector<float>{1, 2});
  };
  const auto with = [](const std::string& rest) { return shell(kSmall, rest); };
  expect_error([&] { evaluate({"nwedge-has-no-such-program 2>/dev/null", 20}); }, "exit status 127");
  expect_error([&] { evaluate({"exit 0", 20}); }, "[exit 0] the program must go on answering");
  expect_error([&] { evaluate(with("exit 7")); }, "exit status 7");
  expect_error([&] { evaluate(with("kill -9 $$")); }, "signal Killed");
  expect_error([&] { evaluate(with(always("hello\\n"))); },
               R"(must answer {"bytes":…} or {"error":…}, wrote "hello")");
  expect_error([&] { evaluate(with(always("{\"bytes\":12}\\n"))); },
               "the answer to gradient must have 16 bytes, has 12");
  expect_error([&] { evaluate(with(always("[1]\\n"))); }, "wrote \"[1]\"");
  expect_error([&] { evaluate({"yes 2>/dev/null", 20}); }, "must greet with a line");
  expect_error([&] { evaluate({"sleep 100", 0.1}); }, "must answer within 0.1 s");
  CommandOptions short_of_half = with(always("{\"bytes\":16}\\n" + kOne));
  short_of_half.answer_within = 0.3;
  expect_error([&] { evaluate(short_of_half); }, "must answer within 0.3 s");
}

TEST(CommandOptions, NeedACommand) {
  expect_error(
      [] {
        CommandOptions{" ", 1}.validate("place");
      },
      "[place] command must be what a shell can run");
}

}  // namespace
}  // namespace nwedge
