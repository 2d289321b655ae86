#include "nwedge/command_landscape.hpp"

#include <fmt/core.h>

#include <bit>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "nwedge/core/error.hpp"
#include "nwedge/core/text.hpp"
#include "nwedge/io/child_process.hpp"
#include "nwedge/io/json_reader.hpp"

namespace nwedge {
namespace {

using io::JsonReader;
using nlohmann::json;
using nlohmann::ordered_json;

static_assert(std::endian::native == std::endian::little, "arrays cross the pipe as they lie");

constexpr std::string_view kGreeting = "nwedge-landscape ";
constexpr std::size_t kLongestGreeting = std::size_t{1} << 28;  // groups: some 40 bytes for each of them
constexpr std::size_t kLongestAnswer = std::size_t{1} << 20;
constexpr std::size_t kMostPrinted = std::size_t{1} << 20;  // bytes
constexpr std::size_t kLongestPlace = 80;

template <class T>
std::span<const std::uint8_t> bytes_of(std::span<T> values) {
  return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes()};
}
template <class T>
std::span<std::uint8_t> room_of(std::span<T> values) {
  return {reinterpret_cast<std::uint8_t*>(values.data()), values.size_bytes()};
}

const char* to_text(Split split) { return split == Split::train ? "train" : "test"; }

ParameterGroup::Kind group_kind(const JsonReader& value) {
  const std::string name = value.text();
  if (name == "weight") return ParameterGroup::Kind::weight;
  if (name == "bias") return ParameterGroup::Kind::bias;
  if (name == "normalisation") return ParameterGroup::Kind::normalisation;
  if (name == "embedding") return ParameterGroup::Kind::embedding;
  value.refuse("must be weight, bias, normalisation or embedding");
}

/// [offset, count, stride, kind]
ParameterGroup read_group(const JsonReader& value) {
  const std::vector<JsonReader> parts = value.elements();
  if (parts.size() != 4) value.refuse("must be [offset, count, stride, kind]");
  return {static_cast<std::int64_t>(parts[0].whole()), static_cast<std::int64_t>(parts[1].whole()),
          group_kind(parts[3]), static_cast<std::int64_t>(parts[2].whole())};
}

bool read_truth(const JsonReader& value) {
  if (!value.value().is_boolean()) value.refuse("must be true or false");
  return value.value().get<bool>();
}

std::int64_t read_whole(const JsonReader& value) {
  const std::uint64_t whole = value.whole();
  if (whole > static_cast<std::uint64_t>(kMostWhole))
    value.refuse(fmt::format("must be at most {}", kMostWhole));
  return static_cast<std::int64_t>(whole);
}

void read_offer(const JsonReader& value, Introduction& introduction) {
  const std::string name = value.text();
  if (name == "evaluate")
    introduction.evaluates = true;
  else if (name == "batch-gradient")
    introduction.batches = true;
  else if (name == "hessian")
    introduction.hessian = true;
  else if (name == "fewer-examples")
    introduction.fewer_examples = true;
  else
    value.refuse("must be evaluate, batch-gradient, hessian or fewer-examples");
}

Introduction read_introduction(std::string_view text, const std::string& place) {
  const json document = io::parse_json(text, place);
  const JsonReader reader(document, place);
  reader.object();
  const JsonReader protocol = reader.at("protocol");
  if (protocol.whole() != kLandscapeProtocol)
    protocol.refuse(fmt::format("must be {}, the protocol of this version", kLandscapeProtocol));
  Introduction introduction;
  introduction.dimension = read_whole(reader.at("dimension"));
  if (introduction.dimension == 0) reader.at("dimension").refuse("must be at least 1");
  for (const auto& [key, value] : reader.members()) {
    if (key == "protocol" || key == "dimension") continue;
    if (key == "name")
      introduction.name = value.text();
    else if (key == "train-examples")
      introduction.train_examples = read_whole(value);
    else if (key == "test-examples")
      introduction.test_examples = read_whole(value);
    else if (key == "accuracy")
      introduction.accuracy = read_truth(value);
    else if (key == "deterministic")
      introduction.deterministic = read_truth(value);
    else if (key == "offers")
      for (const JsonReader& offer : value.elements()) read_offer(offer, introduction);
    else if (key == "groups")
      for (const JsonReader& group : value.elements()) introduction.groups.push_back(read_group(group));
    else if (key == "notes")
      introduction.notes = value.texts();
    else
      value.refuse("is no part of the protocol");
  }
  if (introduction.accuracy && !introduction.evaluates)
    reader.at("accuracy").refuse("needs the offer \"evaluate\", whose answers hold it");
  if (introduction.batches && introduction.train_examples == 0)
    reader.at("offers").refuse("may hold \"batch-gradient\" only where train-examples is above 0");
  return introduction;
}

}  // namespace

void CommandOptions::visit(OptionVisitor& visitor) {
  visitor.field(
      "command", command, {},
      "what a shell runs: a program that answers by the landscape protocol, e.g. \"python mine.py\"");
  visitor.field("answer-within", answer_within, above(0), "seconds in which it must answer each call");
}

void CommandOptions::validate(std::string_view place) const {
  if (command.find_first_not_of(" \t") == std::string::npos)
    throw Error(place, "command must be what a shell can run, e.g. \"python mine.py\", is empty");
}

/// The program and what passes between it and this one, a call at a time.
class CommandLandscape::Program {
 public:
  Program(const CommandOptions& options, std::int64_t train_examples, std::int64_t test_examples)
      : place_(one_line(options.command, kLongestPlace)),
        child_(options.command, place_, std::chrono::duration<double>(options.answer_within)) {
    const bool fewer = train_examples > 0 || test_examples > 0;
    ordered_json opening = {{"call", "open"}, {"protocol", kLandscapeProtocol}};
    if (fewer) {
      opening["train-examples"] = train_examples;
      opening["test-examples"] = test_examples;
    }
    send(std::move(opening), {});
    introduction_ = std::make_shared<const Introduction>(read_greeting());
    if (!fewer) return;
    if (!introduction_->fewer_examples)
      throw Error(place_, "examples must be 0: the program does not offer fewer-examples");
    if (introduction_->train_examples != train_examples || introduction_->test_examples != test_examples)
      child_.fail(fmt::format("the program must use {} training and {} test examples, uses {} and {}",
                              train_examples, test_examples, introduction_->train_examples,
                              introduction_->test_examples));
  }

  const std::shared_ptr<const Introduction>& introduction() const { return introduction_; }

  std::vector<float> initial(std::uint64_t seed) {
    const std::lock_guard lock(mutex_);
    std::vector<float> point(static_cast<std::size_t>(introduction_->dimension));
    ask({{"call", "initial-point"}, {"seed", seed}}, {}, point.size() * sizeof(float));
    child_.read(room_of(std::span(point)));
    return point;
  }

  double gradient(std::span<const float> point, std::span<float> gradient, Split split) {
    require(split);
    return slope({{"call", "gradient"}, {"split", to_text(split)}}, point, gradient);
  }

  double batch_gradient(std::span<const float> point, std::span<const std::int64_t> indices,
                        std::span<float> gradient) {
    return slope({{"call", "batch-gradient"}, {"indices", indices}}, point, gradient);
  }

  std::vector<Metrics> evaluate(std::span<const float> points, Split split) {
    require(split);
    const std::lock_guard lock(mutex_);
    const std::size_t count = points.size() / static_cast<std::size_t>(introduction_->dimension);
    std::vector<double> values(introduction_->accuracy ? 2 * count : count);
    ask({{"call", "evaluate"}, {"split", to_text(split)}, {"points", count}}, points,
        values.size() * sizeof(double));
    child_.read(room_of(std::span(values)));
    std::vector<Metrics> metrics(count);
    for (std::size_t i = 0; i < count; ++i) {
      metrics[i].loss = values[i];
      if (introduction_->accuracy) metrics[i].accuracy = values[count + i];
    }
    return metrics;
  }

  std::uint64_t begin_product(std::span<const float> point, Split split) {
    require(split);
    const std::lock_guard lock(mutex_);
    const std::uint64_t product = products_++;
    ask({{"call", "hessian"}, {"split", to_text(split)}, {"product", product}}, point, 0);
    return product;
  }

  void multiply(std::uint64_t product, std::span<const float> vector, std::span<float> out) {
    const std::lock_guard lock(mutex_);
    ask({{"call", "multiply"}, {"product", product}}, vector, out.size_bytes());
    child_.read(room_of(out));
  }

  void end_product(std::uint64_t product) noexcept {
    const std::lock_guard lock(mutex_);
    try {
      ask({{"call", "release"}, {"product", product}}, {}, 0);
    } catch (const std::exception&) {  // the next call meets it again
    }
  }

 private:
  /// What an answer's line says.
  struct Answer {
    std::size_t bytes = 0;
    std::string problem;  // in the program's own words; empty: none
  };

  void require(Split split) const {
    if (split == Split::test && introduction_->train_examples > 0 && introduction_->test_examples == 0)
      throw Error(place_, "this landscape has no test examples");
  }

  double slope(ordered_json call, std::span<const float> point, std::span<float> gradient) {
    const std::lock_guard lock(mutex_);
    ask(std::move(call), point, sizeof(double) + gradient.size_bytes());
    double loss = 0;
    child_.read(room_of(std::span(&loss, 1)));
    child_.read(room_of(gradient));
    return loss;
  }

  /// One line of JSON, its keys in this order, and then the values.
  void send(ordered_json call, std::span<const float> values) {
    call["bytes"] = values.size_bytes();
    const std::string line = call.dump() + "\n";
    child_.write(bytes_of(std::span(line)));
    child_.write(bytes_of(values));
  }

  /// After it, `bytes` bytes of the answer are there to be read.
  void ask(const ordered_json& call, std::span<const float> values, std::size_t bytes) {
    send(call, values);
    const std::string line = child_.read_line(kLongestAnswer);
    const std::optional<Answer> answer = read_answer(line);
    if (!answer)
      child_.fail(fmt::format("the program must answer {{\"bytes\":…}} or {{\"error\":…}}, wrote \"{}\"",
                              one_line(line, kLongestPlace)));
    if (!answer->problem.empty()) throw Error(place_, answer->problem);
    if (answer->bytes != bytes)
      child_.fail(fmt::format("the answer to {} must have {} bytes, has {}",
                              call.at("call").get<std::string>(), bytes, answer->bytes));
  }

  std::optional<Answer> read_answer(const std::string& line) const try {
    const json document = io::parse_json(line, place_);
    const JsonReader reader(document, place_);
    if (reader.object().contains("error")) return Answer{0, "error: " + reader.at("error").text()};
    return Answer{reader.at("bytes").whole(), ""};
  } catch (const Error&) {
    return std::nullopt;
  }

  Introduction read_greeting() {
    std::vector<std::string> printed;
    for (std::size_t bytes = 0; bytes < kMostPrinted;) {
      const std::string line = child_.read_line(kLongestGreeting);
      if (line.starts_with(kGreeting)) {
        Introduction introduction =
            read_introduction(std::string_view(line).substr(kGreeting.size()), place_);
        introduction.printed = std::move(printed);
        return introduction;
      }
      bytes += line.size() + 1;
      printed.push_back(one_line(line));
    }
    child_.fail("the program must greet with a line \"nwedge-landscape {…}\", wrote other lines only");
  }

  std::string place_;
  std::mutex mutex_;
  io::ChildProcess child_;
  std::shared_ptr<const Introduction> introduction_;
  std::uint64_t products_ = 0;
};

namespace {

/// A Hessian at a point that the program keeps for as long as this lives.
template <class Program>
class Product {
 public:
  Product(std::shared_ptr<Program> program, std::span<const float> point, Split split)
      : program_(std::move(program)), product_(program_->begin_product(point, split)) {}
  ~Product() { program_->end_product(product_); }
  Product(const Product&) = delete;
  Product& operator=(const Product&) = delete;

  void multiply(std::span<const float> vector, std::span<float> out) {
    program_->multiply(product_, vector, out);
  }

 private:
  std::shared_ptr<Program> program_;
  std::uint64_t product_;
};

template <class Program>
Callbacks calls_of(const std::shared_ptr<Program>& program) {
  const Introduction& said = *program->introduction();
  Callbacks callbacks;
  callbacks.dimension = said.dimension;
  callbacks.groups = said.groups;
  callbacks.train_examples = said.train_examples;
  callbacks.test_examples = said.test_examples;
  callbacks.accuracy = said.accuracy;
  callbacks.concurrent = true;  // the program's own lock serialises the calls
  callbacks.initial = [program](std::uint64_t seed) { return program->initial(seed); };
  callbacks.gradient = [program](std::span<const float> point, std::span<float> gradient, Split split) {
    return program->gradient(point, gradient, split);
  };
  if (said.evaluates)
    callbacks.evaluate = [program](std::span<const float> points, Split split) {
      return program->evaluate(points, split);
    };
  if (said.batches)
    callbacks.batch_gradient = [program](std::span<const float> point, std::span<const std::int64_t> indices,
                                         std::span<float> gradient) {
      return program->batch_gradient(point, indices, gradient);
    };
  if (said.hessian)
    callbacks.hessian = [program](std::span<const float> point, Split split) -> HessianProduct {
      const auto product = std::make_shared<Product<Program>>(program, point, split);
      return
          [product](std::span<const float> vector, std::span<float> out) { product->multiply(vector, out); };
    };
  return callbacks;
}

}  // namespace

CommandLandscape::CommandLandscape(const CommandOptions& options, std::int64_t train_examples,
                                   std::int64_t test_examples)
    : CommandLandscape(std::make_shared<Program>(options, train_examples, test_examples)) {}

CommandLandscape::CommandLandscape(const std::shared_ptr<Program>& program)
    : CallbackLandscape(calls_of(program)), introduction_(program->introduction()) {}

}  // namespace nwedge
