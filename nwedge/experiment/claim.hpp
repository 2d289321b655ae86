#pragma once
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nwedge::experiment {

/// `illustration`: the criterion holds, but it holds for the negative controls too, so it is no evidence.
enum class Verdict { reproduced, not_reproduced, illustration, inconclusive };
std::string_view to_string(Verdict verdict);

/// What a criterion says of something that lacks the phenomenon: random labels, points of one wedge, a convex
/// bowl. A control fails when the criterion's verdict on it is `not_reproduced`.
struct Control {
  std::string name;         ///< "isolated bowls", "random labels"
  std::string measurement;  ///< as of a finding
  Verdict verdict = Verdict::inconclusive;

  bool fails() const { return verdict == Verdict::not_reproduced; }
};

/// What one landscape's records say about one claim: made by `Judgement` alone. Texts are plain, with the
/// numbers that decided in them.
struct Finding {
  std::string claim;  ///< key of `claims()`
  std::string landscape;
  std::string experiment;   ///< registry name: the section of the report that shows it
  std::string criterion;    ///< the inequality that decides, with its threshold
  std::string prediction;   ///< the model's, "" where it makes none for this landscape
  std::string measurement;  ///< with spread over seeds
  Verdict verdict = Verdict::inconclusive;
  std::string reason;     ///< why, where the verdict is not `reproduced`
  std::string null = {};  ///< what a landscape without the phenomenon would give
  std::vector<Control> controls = {};
  bool on_control = false;  ///< whether the landscape itself is a negative control
};

/// One of the poster's claims.
struct Claim {
  std::string key;        ///< "observation-1", …, "contribution-5"
  std::string title;      ///< a few words
  std::string statement;  ///< the claim in one sentence
  bool on_poster = true;  ///< else of the paper
};

/// The poster's claims, in its order.
const std::vector<Claim>& claims();

/// The claim about the model as a whole: its findings are closed forms, each of one experiment, and
/// `replications`.
inline constexpr std::string_view kModelClaim = "contribution-2";

/// "2 of 3 `done`; `undone`: a; illustrations: b; inconclusive: c", from verdicts with their names.
std::string tally(std::span<const std::pair<std::string, Verdict>> verdicts, std::string_view done,
                  std::string_view undone);

/// For every landscape with findings of `kModelClaim`: whether all other claims are reproduced on it.
/// Inconclusive where one was not measured; the finding belongs to no experiment ("").
std::vector<Finding> replications(std::span<const Finding> findings);

/// One verdict from many: `not_reproduced` if any finding is, else `inconclusive` if any is or there is none,
/// else `illustration` if any is, else `reproduced`.
Verdict combine(const std::vector<Finding>& findings);

/// A claim as the landscapes of a study answer it. Findings on negative controls are controls of the claim,
/// not evidence for it.
struct ClaimVerdict {
  Claim claim;
  std::vector<Finding> findings;  ///< on landscapes that are no controls
  std::vector<Control> controls;  ///< one for each control landscape, then those of the findings
  Verdict verdict = Verdict::inconclusive;
  std::string reason;  ///< of an illustration
};

/// Every claim that has findings, in the poster's order. A claim whose findings are reproduced while none of
/// its controls fails is an `illustration`, unless it had none.
std::vector<ClaimVerdict> claim_verdicts(std::span<const Finding> findings);

}  // namespace nwedge::experiment
