#pragma once
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nwedge::experiment {

enum class Verdict { reproduced, not_reproduced, inconclusive };
std::string_view to_string(Verdict verdict);

/// What one landscape's records say about one claim. Texts are plain, with the numbers that decided in them.
struct Finding {
  std::string claim;  ///< key of `claims()`
  std::string landscape;
  std::string experiment;   ///< registry name: the section of the report that shows it
  std::string criterion;    ///< the inequality that decides, with its threshold
  std::string prediction;   ///< the model's, "" where it makes none for this landscape
  std::string measurement;  ///< with spread over seeds
  Verdict verdict = Verdict::inconclusive;
  std::string reason;  ///< for `inconclusive`: why
};

/// One of the poster's claims.
struct Claim {
  std::string key;        ///< "observation-1", …, "contribution-5"
  std::string title;      ///< a few words
  std::string statement;  ///< the claim in one sentence
};

/// The poster's claims, in its order.
const std::vector<Claim>& claims();

/// The claim about the model as a whole: its findings are closed forms, each of one experiment, and
/// `replications`.
inline constexpr std::string_view kModelClaim = "contribution-2";

/// "2 of 3 `done`; `undone`: a; inconclusive: b", from verdicts with their names.
std::string tally(std::span<const std::pair<std::string, Verdict>> verdicts, std::string_view done,
                  std::string_view undone);

/// For every landscape with findings of `kModelClaim`: whether all other claims are reproduced on it.
/// Inconclusive where one was not measured; the finding belongs to no experiment ("").
std::vector<Finding> replications(std::span<const Finding> findings);

/// One verdict from many: `not_reproduced` if any finding is, else `inconclusive` if any is or there is none,
/// else `reproduced`.
Verdict combine(const std::vector<Finding>& findings);

}  // namespace nwedge::experiment
