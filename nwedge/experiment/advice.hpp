#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nwedge/core/fields.hpp"
#include "nwedge/core/monitor.hpp"
#include "nwedge/core/options.hpp"
#include "nwedge/experiment/estimate.hpp"
#include "nwedge/experiment/examiner.hpp"
#include "nwedge/experiment/forecast.hpp"
#include "nwedge/network/alignment/matching.hpp"
#include "nwedge/network/network.hpp"

namespace nwedge::experiment {

/// What `advise` is told.
struct AdviceOptions {
  double tolerance = 0.02;             ///< of a barrier inside of a wedge, nats
  std::int64_t budget = 2;             ///< networks at inference, at most
  std::int64_t points = 9;             ///< of a straight line, ends included
  std::int64_t first_examples = 512;   ///< that a pair is first looked at with
  double deciding_share = 0.5;         ///< of the examples; the others judge
  std::int64_t split_seed = 0;         ///< which examples decide
  std::int64_t fisher_examples = 256;  ///< of training, for weights of Fisher averages; 0: no such average
  network::MatchingOptions matching = {.restarts = 1};

  void visit(OptionVisitor& visitor);
};

/// The straight line between two checkpoints.
struct LineAdvice {
  Estimate barrier;        ///< of the loss
  Estimate error_barrier;  ///< of the share of wrong examples
  MiddleHeight middle;     ///< at the middle, what a forecast needs
  std::int64_t examples = 0;
  std::int64_t points = 0;  ///< between the ends that were looked at; 1: the middle alone told
  bool decided = true;      ///< false: all examples left the interval on both sides of the tolerance
  bool one_wedge = false;

  void visit(FieldVisitor& visitor);
};

struct PairAdvice {
  std::int64_t first = 0;
  std::int64_t second = 0;
  LineAdvice line;
  /// With the units of the second permuted to match the first's; nothing where the pair shares a wedge as it
  /// is.
  std::optional<LineAdvice> aligned;
  double distance = 0;
  std::optional<double> aligned_distance;

  void visit(FieldVisitor& visitor);
};

/// Checkpoints with no barrier between neighbours, and whether their average confirms that they share a
/// wedge.
struct WedgeAdvice {
  std::vector<std::int64_t> members;
  bool confirmed = true;  ///< the average's loss is at most the members' mean plus the tolerance

  void visit(FieldVisitor& visitor);
};

/// One thing that could be done, judged by examples that decided nothing.
struct CandidateAdvice {
  std::string name;
  std::string action;                 ///< "keep", "average", "align-and-average" or "ensemble"
  std::vector<std::int64_t> members;  ///< checkpoints that it is made of
  std::int64_t cost = 1;              ///< networks at inference
  Estimate accuracy;
  Estimate loss;
  Estimate calibration_error;
  Estimate gain;  ///< accuracy above the best single checkpoint's, example by example
  double deciding_accuracy = 0;
  double deciding_loss = 0;
  std::optional<std::string> weights;      ///< file, of what is one network
  std::optional<ForecastAdvice> forecast;  ///< of averages and ensembles, made without them

  void visit(FieldVisitor& visitor);
};

/// A forecast beside what came of it.
struct CheckedForecast {
  ForecastAdvice forecast;
  Estimate accuracy;
  Estimate loss;
  Estimate gain;  ///< accuracy above the best checkpoint's, example by example

  void visit(FieldVisitor& visitor);
};

/// Of all checkpoints together, whether advised or not.
struct BagForecast {
  bool one_wedge = false;
  CheckedForecast average;
  CheckedForecast ensemble;

  void visit(FieldVisitor& visitor);
};

struct RecommendationAdvice {
  std::string action;
  std::string candidate;
  std::string best;  ///< irrespective of cost, up to the budget
  std::string sentence;

  void visit(FieldVisitor& visitor);
};

struct Advice {
  RecommendationAdvice recommendation;
  std::vector<std::string> checkpoints;
  std::vector<std::string> notes;
  double tolerance = 0;  ///< of barriers, nats
  std::int64_t deciding_examples = 0;
  std::int64_t judging_examples = 0;
  std::vector<std::vector<std::int64_t>> wedges;
  std::vector<std::vector<std::int64_t>> aligned_wedges;
  std::vector<WedgeAdvice> checks;  ///< of wedges with several members
  std::vector<PairAdvice> pairs;
  std::vector<CandidateAdvice> candidates;
  std::optional<BagForecast> forecast;  ///< of several checkpoints

  void visit(FieldVisitor& visitor);
};

/// A network that may be written.
struct AdvisedWeights {
  std::size_t candidate;
  std::vector<float> weights;
  std::vector<float> buffers;
};

struct AdviceResult {
  Advice advice;
  std::vector<AdvisedWeights> weights;  ///< of every candidate that is one network and no checkpoint
};

struct Checkpoint {
  std::string name;
  std::vector<float> weights;
};

/// Which of these checkpoints of one network should be averaged, which ensembled?
///
/// Half of the test examples decide: whether two checkpoints share a wedge (the upper end of their barrier's
/// interval is below the tolerance; its lower end above it: they do not; else more examples are drawn), which
/// are averaged, in what order a soup grows, and which candidate is recommended: the cheapest whose accuracy
/// is not below the best one's by more than one standard error of their difference, example by example. The
/// other half judges: all figures of candidates come from there. Intervals of barriers come from resampling
/// examples, with the maximum over the line inside each resample. Wedges are connected components. Averages
/// and ensembles are forecast from single checkpoints and pairs before they are made (see `Forecast`).
///
/// Cost: k(k - 1) lines of up to `points` losses on as many examples as it takes, a matching for each pair
/// that does not share a wedge, about 3 k + k^2/2 predictions of all examples; for Fisher averages
/// `fisher_examples` gradients of one example each for every checkpoint that shares a wedge.
AdviceResult advise(const network::DataSet& data, const network::Model& model,
                    const network::NetworkOptions& network, std::vector<Checkpoint> checkpoints,
                    const AdviceOptions& options, Monitor& monitor);

/// The same of a classifier known by its predictions alone: no units are matched, and no Fisher averages
/// made.
AdviceResult advise(const Predictor& predictor, std::vector<Checkpoint> checkpoints,
                    const AdviceOptions& options, Monitor& monitor);

}  // namespace nwedge::experiment
