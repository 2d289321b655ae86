#include "nwedge/experiment/advice.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/progress.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/experiment/advice_candidates.hpp"

namespace nwedge::experiment {
namespace {

constexpr double kNormal = 1.959963984540054;  // the 97.5 % point
constexpr std::uint64_t kResamples = 400;

/// Which test examples decide, and which judge.
struct Halves {
  std::vector<std::int64_t> deciding;
  std::vector<std::int64_t> judging;
};

Halves halves_of(std::int64_t count, const AdviceOptions& options) {
  const auto deciding =
      static_cast<std::int64_t>(std::llround(options.deciding_share * static_cast<double>(count)));
  if (deciding < 2 || count - deciding < 2)
    throw Error("--data",
                fmt::format("the test split must have at least 4 examples, two to decide and two to "
                            "judge, has {}; see --validation",
                            count));
  Halves halves;
  const RandomPermutation order(static_cast<std::uint64_t>(count),
                                static_cast<std::uint64_t>(options.split_seed), "advice", 0);
  for (std::int64_t k = 0; k < count; ++k)
    (k < deciding ? halves.deciding : halves.judging)
        .push_back(static_cast<std::int64_t>(order(static_cast<std::uint64_t>(k))));
  return halves;
}

/// Some of the test examples, with the training examples that statistics and matching read.
network::DataSet part_of(const network::DataSet& data, std::span<const std::int64_t> examples,
                         std::int64_t training) {
  const std::int64_t size = data.shape.size();
  network::DataSet part;
  part.name = data.name;
  part.shape = data.shape;
  part.classes = data.classes;
  training = std::min(training, data.train.count());
  part.train.images.assign(data.train.images.begin(), data.train.images.begin() + training * size);
  part.train.labels.assign(data.train.labels.begin(), data.train.labels.begin() + training);
  for (const std::int64_t n : examples) {
    const auto image = data.test.images.begin() + n * size;
    part.test.images.insert(part.test.images.end(), image, image + size);
    part.test.labels.push_back(data.test.labels[static_cast<std::size_t>(n)]);
  }
  return part;
}

Estimate mean_with_interval(std::span<const double> values) {
  const Spread spread = spread_of(values);
  const double half = kNormal * spread.standard_error();
  return {spread.mean, spread.mean - half, spread.mean + half};
}

Estimate share_right(std::span<const double> right) {
  const auto hits =
      static_cast<std::int64_t>(std::llround(spread_of(right).mean * static_cast<double>(right.size())));
  const Interval interval = proportion(hits, static_cast<std::int64_t>(right.size()));
  return {interval.value, interval.low, interval.high};
}

/// Of each candidate. The intervals come from drawing examples again, the same ones for all.
std::vector<Estimate> calibrations(std::span<const ExampleQuality> qualities) {
  std::vector<std::vector<double>> drawn(qualities.size(), std::vector<double>(kResamples));
  parallel_for(static_cast<std::int64_t>(kResamples), [&](std::int64_t r) {
    RandomStream stream(0, "calibration", static_cast<std::uint64_t>(r));
    const std::size_t count = qualities.front().right.size();
    std::vector<std::size_t> examples(count);
    for (std::size_t& n : examples) n = static_cast<std::size_t>(stream.below(count));
    std::vector<double> confidences(count);
    std::vector<double> right(count);
    for (std::size_t k = 0; k < qualities.size(); ++k) {
      for (std::size_t i = 0; i < count; ++i) {
        confidences[i] = qualities[k].confidences[examples[i]];
        right[i] = qualities[k].right[examples[i]];
      }
      drawn[k][static_cast<std::size_t>(r)] = calibration_error(confidences, right);
    }
  });
  std::vector<Estimate> estimates;
  for (std::size_t k = 0; k < qualities.size(); ++k)
    estimates.push_back({calibration_error(qualities[k].confidences, qualities[k].right),
                         quantile(drawn[k], 0.025), quantile(drawn[k], 0.975)});
  return estimates;
}

std::vector<double> difference(std::span<const double> a, std::span<const double> b) {
  std::vector<double> result;
  for (std::size_t k = 0; k < a.size(); ++k) result.push_back(a[k] - b[k]);
  return result;
}

/// The best of the cheapest. Cheap enough is a cost at which some candidate's accuracy on the deciding
/// examples is within one standard error of the best one's, example by example.
struct Choice {
  std::size_t chosen;
  std::size_t best;
};

Choice choose(std::span<const Candidate> candidates) {
  const auto better = [&](std::size_t a, std::size_t b) {
    const CandidateAdvice& left = candidates[a].advice;
    const CandidateAdvice& right = candidates[b].advice;
    if (left.deciding_accuracy != right.deciding_accuracy)
      return left.deciding_accuracy > right.deciding_accuracy;
    return left.deciding_loss < right.deciding_loss;
  };
  std::size_t best = 0;
  for (std::size_t k = 1; k < candidates.size(); ++k)
    if (better(k, best)) best = k;
  std::int64_t least = candidates[best].advice.cost;
  for (const Candidate& candidate : candidates) {
    const Spread gap = spread_of(difference(candidates[best].deciding.right, candidate.deciding.right));
    if (gap.mean <= gap.standard_error()) least = std::min(least, candidate.advice.cost);
  }
  std::size_t chosen = best;
  for (std::size_t k = 0; k < candidates.size(); ++k)
    if (candidates[k].advice.cost == least && (candidates[chosen].advice.cost != least || better(k, chosen)))
      chosen = k;
  return {chosen, best};
}

std::string percent(const Estimate& share) {
  return fmt::format("{:.1f} ± {:.1f} %", 100 * share.value, 50 * (share.high - share.low));
}
std::string points(const Estimate& gain) {
  return fmt::format("{:+.1f} ± {:.1f} points", 100 * gain.value, 50 * (gain.high - gain.low));
}

class Adviser {
 public:
  /// `deciding` and `judging` must outlive it.
  Adviser(const Examiner& deciding, const Examiner& judging, std::vector<Checkpoint> checkpoints,
          const AdviceOptions& options)
      : checkpoints_(std::move(checkpoints)), options_(options), deciding_(deciding), judging_(judging) {}

  AdviceResult run(Monitor& monitor) {
    const std::vector<double> costs = {4, 1, 1};
    Progress progress(monitor, costs);
    note_guessers();
    advice_.tolerance = options_.tolerance;
    AdviceLines lines(deciding_, checkpoints_, options_, advice_.tolerance);
    advice_.pairs = lines.measure(progress.part(0));
    progress.part(0).checkpoint(1);
    note_copies();
    advice_.wedges = components(checkpoints_.size(), advice_.pairs,
                                [](const PairAdvice& pair) { return pair.line.one_wedge; });
    advice_.aligned_wedges = components(checkpoints_.size(), advice_.pairs, [](const PairAdvice& pair) {
      return pair.line.one_wedge || (pair.aligned && pair.aligned->one_wedge);
    });
    const Forecast forecast = forecast_from_pairs();
    if (checkpoints_.size() > 1) forecast_all(forecast);
    AdviceCandidates candidates(deciding_, checkpoints_, lines, options_);
    candidates.make(advice_.wedges, advice_.aligned_wedges, progress.part(1));
    progress.part(1).checkpoint(1);
    for (const std::vector<std::int64_t>& wedge : advice_.wedges)
      if (wedge.size() > 1) advice_.checks.push_back({wedge, candidates.confirmed(wedge, advice_.tolerance)});
    judge(candidates, forecast, progress.part(2));
    recommend(candidates);
    for (const Checkpoint& checkpoint : checkpoints_) advice_.checkpoints.push_back(checkpoint.name);
    advice_.deciding_examples = deciding_.examples();
    advice_.judging_examples = judging_.examples();
    AdviceResult result;
    for (std::size_t k = 0; k < candidates.all().size(); ++k) {
      const Candidate& candidate = candidates.all()[k];
      if (candidate.weights.empty() || candidate.advice.action == "keep") continue;
      const network::Network* network = judging_.network();
      result.weights.push_back(
          {k, candidate.weights,
           network == nullptr ? std::vector<float>() : network->buffers_at(candidate.weights)});
    }
    result.advice = std::move(advice_);
    return result;
  }

 private:
  void note_guessers() {
    const double chance = 1.0 / static_cast<double>(deciding_.classes());
    for (const Checkpoint& checkpoint : checkpoints_) {
      probabilities_.push_back(deciding_.probabilities(checkpoint.weights));
      const ExampleQuality quality =
          example_quality(probabilities_.back(), deciding_.labels(), deciding_.classes());
      const Estimate accuracy = share_right(quality.right);
      if (accuracy.low <= chance)
        advice_.notes.push_back(fmt::format(
            "{} is right on {:.1f} % of the examples, no more than chance: was it made for other data?",
            checkpoint.name, 100 * accuracy.value));
    }
  }

  void note_copies() {
    for (const PairAdvice& pair : advice_.pairs)
      if (pair.aligned_distance && *pair.aligned_distance == 0)
        advice_.notes.push_back(fmt::format("{} is {} with its units permuted: they compute the same",
                                            checkpoints_[static_cast<std::size_t>(pair.second)].name,
                                            checkpoints_[static_cast<std::size_t>(pair.first)].name));
  }

  /// What checkpoints two by two tell, before any average or ensemble is made.
  Forecast forecast_from_pairs() const {
    Forecast forecast(probabilities_, deciding_.labels(), deciding_.classes(), judging_.examples());
    for (const PairAdvice& pair : advice_.pairs) {
      const auto i = static_cast<std::size_t>(pair.first);
      const auto j = static_cast<std::size_t>(pair.second);
      forecast.set_middle(i, j, pair.line.middle);
      forecast.set_aligned_middle(i, j, (pair.aligned ? *pair.aligned : pair.line).middle);
    }
    forecast.set_wedges(advice_.wedges, advice_.aligned_wedges);
    return forecast;
  }

  void forecast_all(const Forecast& forecast) {
    Forecast::Part all;
    std::vector<Forecast::Part> each;
    for (std::size_t k = 0; k < checkpoints_.size(); ++k) {
      all.members.push_back(static_cast<std::int64_t>(k));
      each.push_back({{static_cast<std::int64_t>(k)}});
    }
    advice_.forecast.emplace();
    advice_.forecast->average.forecast = forecast.average(all);
    advice_.forecast->ensemble.forecast = forecast.ensemble(each);
  }

  static std::optional<ForecastAdvice> forecast_of(const Forecast& forecast, const Candidate& candidate,
                                                   const std::vector<Candidate>& all) {
    const auto part = [](const Candidate& own) {
      return Forecast::Part{own.advice.members, own.advice.action == "align-and-average"};
    };
    if (candidate.advice.action == "keep") return std::nullopt;
    if (candidate.parts.empty()) return forecast.average(part(candidate));
    std::vector<Forecast::Part> parts;
    for (const std::size_t k : candidate.parts) parts.push_back(part(all[k]));
    return forecast.ensemble(parts);
  }

  /// What came of the forecast of all checkpoints together.
  void check_forecast(const std::vector<std::vector<float>>& probabilities, std::size_t best) {
    const std::size_t count = checkpoints_.size();
    const double share = 1 / static_cast<double>(count);
    std::vector<double> weights(checkpoints_.front().weights.size(), 0.0);
    std::vector<double> predictions(probabilities.front().size(), 0.0);
    for (std::size_t k = 0; k < count; ++k) {
      for (std::size_t i = 0; i < weights.size(); ++i)
        weights[i] += share * static_cast<double>(checkpoints_[k].weights[i]);
      for (std::size_t i = 0; i < predictions.size(); ++i)
        predictions[i] += share * static_cast<double>(probabilities[k][i]);
    }
    const std::vector<float> average(weights.begin(), weights.end());
    const std::vector<float> ensemble(predictions.begin(), predictions.end());
    const auto check = [&](CheckedForecast& checked, const std::vector<float>& own) {
      const ExampleQuality quality = example_quality(own, judging_.labels(), judging_.classes());
      checked.accuracy = share_right(quality.right);
      checked.loss = mean_with_interval(quality.losses);
      checked.gain = mean_with_interval(difference(quality.right, judged_[best].right));
    };
    advice_.forecast->one_wedge = advice_.wedges.size() == 1;
    check(advice_.forecast->average, judging_.probabilities(average));
    check(advice_.forecast->ensemble, ensemble);
  }

  /// What each is worth on examples that decided nothing.
  void judge(const AdviceCandidates& candidates, const Forecast& forecast, Monitor& monitor) {
    const std::vector<Candidate>& all = candidates.all();
    std::vector<std::vector<float>> probabilities;
    for (const Candidate& candidate : all) {
      monitor.checkpoint(static_cast<double>(probabilities.size()) / static_cast<double>(all.size()));
      if (!candidate.weights.empty()) {
        probabilities.push_back(judging_.probabilities(candidate.weights));
        continue;
      }
      std::vector<double> sum(probabilities[candidate.parts.front()].size(), 0.0);
      for (const std::size_t part : candidate.parts)
        for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += static_cast<double>(probabilities[part][k]);
      std::vector<float>& mean = probabilities.emplace_back();
      for (const double total : sum)
        mean.push_back(static_cast<float>(total / static_cast<double>(candidate.parts.size())));
    }
    for (const std::vector<float>& own : probabilities)
      judged_.push_back(example_quality(own, judging_.labels(), judging_.classes()));
    const std::vector<Estimate> calibrated = calibrations(judged_);
    for (std::size_t k = 0; k < all.size(); ++k) {
      CandidateAdvice candidate = all[k].advice;
      candidate.accuracy = share_right(judged_[k].right);
      candidate.loss = mean_with_interval(judged_[k].losses);
      candidate.calibration_error = calibrated[k];
      candidate.gain = gain(k, candidates.best_single());
      candidate.forecast = forecast_of(forecast, all[k], all);
      advice_.candidates.push_back(std::move(candidate));
    }
    if (advice_.forecast) check_forecast(probabilities, candidates.best_single());
  }

  Estimate gain(std::size_t candidate, std::size_t over) const {
    return mean_with_interval(difference(judged_[candidate].right, judged_[over].right));
  }

  void recommend(const AdviceCandidates& candidates) {
    const Choice choice = choose(candidates.all());
    const CandidateAdvice& chosen = advice_.candidates[choice.chosen];
    const CandidateAdvice& best = advice_.candidates[choice.best];
    const CandidateAdvice& single = advice_.candidates[candidates.best_single()];
    std::string sentence = sentence_begin(chosen) + percent(chosen.accuracy);
    if (choice.chosen != candidates.best_single())
      sentence += fmt::format(", {} over the best single one ({})", points(chosen.gain), single.name);
    sentence += chosen.cost == 1 ? ", at the cost of one network"
                                 : fmt::format(", at {} times the cost", chosen.cost);
    if (choice.best != choice.chosen)
      sentence +=
          fmt::format("; {} adds {}{}", best.name, points(gain(choice.best, choice.chosen)),
                      best.cost == chosen.cost ? "" : fmt::format(", at {} times the cost", best.cost));
    std::vector<std::string> alone;
    for (const std::vector<std::int64_t>& wedge : advice_.aligned_wedges)
      if (wedge.size() == 1 && checkpoints_.size() > 1)
        alone.push_back(checkpoints_[static_cast<std::size_t>(wedge.front())].name);
    if (!alone.empty() && alone.size() < checkpoints_.size())
      sentence +=
          fmt::format("; {} {} alone", fmt::join(alone, ", "), alone.size() == 1 ? "stands" : "stand");
    advice_.recommendation = {chosen.action, chosen.name, best.name, sentence + "."};
  }

  std::string sentence_begin(const CandidateAdvice& chosen) const {
    if (chosen.action == "keep") return fmt::format("Keep {}: ", chosen.name);
    if (chosen.action == "ensemble") return fmt::format("Use the {}: ", chosen.name);
    const bool one = std::any_of(advice_.wedges.begin(), advice_.wedges.end(), [&](const auto& wedge) {
      return std::includes(wedge.begin(), wedge.end(), chosen.members.begin(), chosen.members.end());
    });
    const bool aligned_one =
        std::any_of(advice_.aligned_wedges.begin(), advice_.aligned_wedges.end(), [&](const auto& wedge) {
          return std::includes(wedge.begin(), wedge.end(), chosen.members.begin(), chosen.members.end());
        });
    return fmt::format("Use the {}{}: ", chosen.name,
                       one           ? " (one wedge)"
                       : aligned_one ? " (one wedge once their units are matched)"
                                     : "");
  }

  std::vector<Checkpoint> checkpoints_;
  AdviceOptions options_;
  const Examiner& deciding_;
  const Examiner& judging_;
  Advice advice_;
  std::vector<std::vector<float>> probabilities_;  // of the checkpoints, on the deciding examples
  std::vector<ExampleQuality> judged_;
};

}  // namespace

AdviceResult advise(const network::DataSet& data, const network::Model& model,
                    const network::NetworkOptions& network, std::vector<Checkpoint> checkpoints,
                    const AdviceOptions& options, Monitor& monitor) {
  if (data.classes == 0 || network.loss.loss != "cross-entropy")
    throw Error("nwedge advise", "the data must have classes and the loss must be cross-entropy");
  if (checkpoints.empty()) throw Error("nwedge advise", "there must be at least one checkpoint");
  const Halves halves = halves_of(data.test.count(), options);
  const std::int64_t training =
      std::max({network.statistics_examples, options.matching.match_examples, options.fisher_examples});
  const NetworkExaminer deciding(part_of(data, halves.deciding, training), model, network,
                                 options.first_examples);
  const NetworkExaminer judging(part_of(data, halves.judging, training), model, network,
                                std::ssize(halves.judging));
  return Adviser(deciding, judging, std::move(checkpoints), options).run(monitor);
}

AdviceResult advise(const Predictor& predictor, std::vector<Checkpoint> checkpoints,
                    const AdviceOptions& options, Monitor& monitor) {
  if (checkpoints.empty()) throw Error("nwedge.advise", "there must be at least one checkpoint");
  if (predictor.classes < 2)
    throw Error("nwedge.advise", fmt::format("there must be at least 2 classes, are {}", predictor.classes));
  for (const std::int32_t label : predictor.labels)
    if (label < 0 || label >= predictor.classes)
      throw Error("nwedge.advise",
                  fmt::format("labels must be in [0, {}), one is {}", predictor.classes, label));
  const Halves halves = halves_of(std::ssize(predictor.labels), options);
  std::mutex turn;
  const PredictorExaminer deciding(predictor, halves.deciding, options.first_examples, turn);
  const PredictorExaminer judging(predictor, halves.judging, std::ssize(halves.judging), turn);
  AdviceResult result = Adviser(deciding, judging, std::move(checkpoints), options).run(monitor);
  if (result.advice.checkpoints.size() > 1)
    result.advice.notes.push_back("units were not matched: only those of native networks are known");
  return result;
}

}  // namespace nwedge::experiment
