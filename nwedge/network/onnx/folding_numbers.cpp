#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string_view>

#include "nwedge/core/error.hpp"
#include "nwedge/network/onnx/elements.hpp"
#include "nwedge/network/onnx/folding.hpp"

namespace nwedge::network::onnx {
namespace {

using Whole = std::int64_t;

Whole wrapped(std::uint64_t value) { return static_cast<Whole>(value); }
std::uint64_t bits(Whole value) { return static_cast<std::uint64_t>(value); }

Whole divided(Whole a, Whole b) { return b == -1 ? wrapped(0 - bits(a)) : a / b; }
Whole remainder(Whole a, Whole b) {
  const Whole rest = b == -1 ? 0 : a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
Whole whole_power(Whole a, Whole b) {
  std::uint64_t result = 1;
  for (Whole i = 0; i < std::min<Whole>(b, 64); ++i) result *= bits(a);
  return wrapped(result);
}

/// An operator of two entries, on integers and on floats.
struct Pair {
  Whole (*whole)(Whole, Whole);
  double (*real)(double, double);
  bool tells = false;  ///< the result is a truth value
};

const std::map<std::string_view, Pair>& pairs() {
  static const std::map<std::string_view, Pair> kPairs = {
      {"Add",
       {[](Whole a, Whole b) { return wrapped(bits(a) + bits(b)); },
        [](double a, double b) { return a + b; }}},
      {"Sub",
       {[](Whole a, Whole b) { return wrapped(bits(a) - bits(b)); },
        [](double a, double b) { return a - b; }}},
      {"Mul",
       {[](Whole a, Whole b) { return wrapped(bits(a) * bits(b)); },
        [](double a, double b) { return a * b; }}},
      {"Div", {divided, [](double a, double b) { return a / b; }}},
      {"Mod", {remainder, [](double a, double b) { return std::fmod(a, b); }}},
      {"Pow", {whole_power, [](double a, double b) { return std::pow(a, b); }}},
      {"Min",
       {[](Whole a, Whole b) { return std::min(a, b); }, [](double a, double b) { return std::min(a, b); }}},
      {"Max",
       {[](Whole a, Whole b) { return std::max(a, b); }, [](double a, double b) { return std::max(a, b); }}},
      {"And", {[](Whole a, Whole b) { return Whole{a && b}; }, nullptr, true}},
      {"Or", {[](Whole a, Whole b) { return Whole{a || b}; }, nullptr, true}},
      {"Xor", {[](Whole a, Whole b) { return Whole{!a != !b}; }, nullptr, true}},
      {"Equal",
       {[](Whole a, Whole b) { return Whole{a == b}; }, [](double a, double b) { return double(a == b); },
        true}},
      {"Less",
       {[](Whole a, Whole b) { return Whole{a < b}; }, [](double a, double b) { return double(a < b); },
        true}},
      {"LessOrEqual",
       {[](Whole a, Whole b) { return Whole{a <= b}; }, [](double a, double b) { return double(a <= b); },
        true}},
      {"Greater",
       {[](Whole a, Whole b) { return Whole{a > b}; }, [](double a, double b) { return double(a > b); },
        true}},
      {"GreaterOrEqual",
       {[](Whole a, Whole b) { return Whole{a >= b}; }, [](double a, double b) { return double(a >= b); },
        true}},
  };
  return kPairs;
}

const std::map<std::string_view, double (*)(double)>& functions() {
  static const std::map<std::string_view, double (*)(double)> kFunctions = {
      {"Neg", [](double x) { return -x; }},
      {"Abs", [](double x) { return std::abs(x); }},
      {"Sqrt", [](double x) { return std::sqrt(x); }},
      {"Reciprocal", [](double x) { return 1 / x; }},
      {"Floor", [](double x) { return std::floor(x); }},
      {"Ceil", [](double x) { return std::ceil(x); }},
      {"Round", [](double x) { return std::nearbyint(x); }},
      {"Exp", [](double x) { return std::exp(x); }},
      {"Log", [](double x) { return std::log(x); }},
      {"Sin", [](double x) { return std::sin(x); }},
      {"Cos", [](double x) { return std::cos(x); }},
      {"Tanh", [](double x) { return std::tanh(x); }},
      {"Erf", [](double x) { return std::erf(x); }},
      {"Sign", [](double x) { return double((x > 0) - (x < 0)); }},
      {"Not", [](double x) { return double(x == 0); }}};
  return kFunctions;
}

/// An array of `shape`, or of one value where all inputs are, whose entries `entry` gives by their walks.
template <class Values, class Entry>
Array each(const Shape& shape, std::vector<const Array*> inputs, const std::string& place, Entry entry) {
  const bool uniform =
      checked_entries(shape, place) > 0 &&
      std::all_of(inputs.begin(), inputs.end(), [](const Array* x) { return x->is_uniform(); });
  const std::int64_t count = uniform ? 1 : entries_to_make(shape, place);
  std::vector<Walk> walks;
  for (const Array* input : inputs) walks.emplace_back(shape, input->shape);
  Values values;
  values.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    values.push_back(static_cast<typename Values::value_type>(entry(walks)));
    for (Walk& walk : walks) walk.next();
  }
  return {shape, std::move(values)};
}

Array combine(std::string_view op, const Pair& pair, const Array& a, const Array& b,
              const std::string& place) {
  const Shape shape = broadcast(a.shape, b.shape, place);
  if (a.is_integer() && b.is_integer())
    return each<Integers>(shape, {&a, &b}, place, [&](const std::vector<Walk>& at) {
      const Whole right = b.integer(at[1].index());
      if (right == 0 && (op == "Div" || op == "Mod")) throw Error(place, "division of an integer by 0");
      return pair.whole(a.integer(at[0].index()), right);
    });
  if (pair.real == nullptr) throw Error(place, "the inputs must be truth values");
  const auto entry = [&](const std::vector<Walk>& at) {
    return pair.real(a.number(at[0].index()), b.number(at[1].index()));
  };
  return pair.tells ? each<Integers>(shape, {&a, &b}, place, entry)
                    : each<Floats>(shape, {&a, &b}, place, entry);
}

template <class Values>
Array choose(const Array& where, const Array& a, const Array& b, const std::string& place) {
  const Shape shape = broadcast(where.shape, broadcast(a.shape, b.shape, place), place);
  return each<Values>(shape, {&where, &a, &b}, place, [&](const std::vector<Walk>& at) {
    const bool first = where.integer(at[0].index()) != 0;
    const Array& from = first ? a : b;
    const std::int64_t index = at[first ? 1 : 2].index();
    if constexpr (std::is_same_v<Values, Integers>)
      return from.integer(index);
    else
      return from.number(index);
  });
}

Array cast(const FileNode& step, const Array& x, const std::string& place) {
  const std::int64_t type = step.integer("to", 0);
  if (element_bytes(type) == 0) throw Error(place, fmt::format("element type {} is not read", type));
  if (is_real(type))
    return each<Floats>(x.shape, {&x}, place,
                        [&](const std::vector<Walk>& at) { return x.number(at[0].index()); });
  const bool truth = static_cast<Element>(type) == Element::boolean;
  return each<Integers>(x.shape, {&x}, place, [&](const std::vector<Walk>& at) {
    const std::int64_t i = at[0].index();
    return truth ? Whole{x.number(i) != 0} : x.integer(i);
  });
}

Array reduce(std::string_view op, const Array& x, const std::vector<bool>& over, bool keep,
             const std::string& place) {
  Shape kept = x.shape;
  for (std::size_t axis = 0; axis < kept.size(); ++axis)
    if (over[axis]) kept[axis] = 1;
  const std::int64_t count = entries_to_make(x.shape, place);
  const std::int64_t results = size_of(kept);
  if (count == 0 || results == 0) throw Error(place, "a reduction must have entries");
  std::vector<double> sums(static_cast<std::size_t>(results), op == "ReduceProd" ? 1.0 : 0.0);
  if (op == "ReduceMax") std::fill(sums.begin(), sums.end(), -std::numeric_limits<double>::infinity());
  if (op == "ReduceMin") std::fill(sums.begin(), sums.end(), std::numeric_limits<double>::infinity());
  Walk walk(x.shape, kept);
  for (std::int64_t i = 0; i < count; ++i, walk.next()) {
    double& sum = sums[static_cast<std::size_t>(walk.index())];
    const double entry = x.number(i);
    if (op == "ReduceProd")
      sum *= entry;
    else if (op == "ReduceMax")
      sum = std::max(sum, entry);
    else if (op == "ReduceMin")
      sum = std::min(sum, entry);
    else
      sum += entry;
  }
  if (op == "ReduceMean")
    for (double& sum : sums) sum *= static_cast<double>(results) / static_cast<double>(count);
  Shape shape;
  for (std::size_t axis = 0; axis < kept.size(); ++axis)
    if (keep || !over[axis]) shape.push_back(kept[axis]);
  const Array result{shape, Floats(sums.begin(), sums.end())};
  if (!x.is_integer()) return result;
  Integers whole;
  for (const double sum : sums) whole.push_back(Array{{}, Floats{static_cast<float>(sum)}}.integer(0));
  return {shape, std::move(whole)};
}

}  // namespace

std::optional<Array> fold_elements(const FileNode& step, Constants inputs, const std::string& place) {
  if (const auto pair = pairs().find(step.op); pair != pairs().end()) {
    Array result = constant_at(inputs, 0, place);
    for (std::size_t i = 1; i < inputs.size(); ++i)
      result = combine(step.op, pair->second, result, constant_at(inputs, i, place), place);
    return result;
  }
  if (const auto function = functions().find(step.op); function != functions().end()) {
    const Array& x = constant_at(inputs, 0, place);
    const auto entry = [&](const std::vector<Walk>& at) { return function->second(x.number(at[0].index())); };
    return x.is_integer() ? each<Integers>(x.shape, {&x}, place, entry)
                          : each<Floats>(x.shape, {&x}, place, entry);
  }
  if (step.op == "Cast") return cast(step, constant_at(inputs, 0, place), place);
  if (step.op == "Where") {
    const Array& where = constant_at(inputs, 0, place);
    const Array& a = constant_at(inputs, 1, place);
    const Array& b = constant_at(inputs, 2, place);
    return a.is_integer() && b.is_integer() ? choose<Integers>(where, a, b, place)
                                            : choose<Floats>(where, a, b, place);
  }
  return std::nullopt;
}

std::optional<Array> fold_reduction(const FileNode& step, Constants inputs, const std::string& place) {
  static constexpr std::string_view kReductions[] = {"ReduceSum", "ReduceMean", "ReduceProd", "ReduceMax",
                                                     "ReduceMin"};
  if (std::find(std::begin(kReductions), std::end(kReductions), step.op) == std::end(kReductions))
    return std::nullopt;
  const Array& x = constant_at(inputs, 0, place);
  const auto axes = axes_of(step, inputs, x.shape.size(), place);
  std::vector<bool> over(x.shape.size(), !axes || axes->empty());
  if (axes)
    for (const std::size_t axis : *axes) over[axis] = true;
  return reduce(step.op, x, over, step.integer("keepdims", 1) != 0, place);
}

}  // namespace nwedge::network::onnx
