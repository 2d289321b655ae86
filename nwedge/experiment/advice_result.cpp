#include "nwedge/experiment/advice.hpp"

namespace nwedge::experiment {

void AdviceOptions::visit(OptionVisitor& visitor) {
  visitor.field("tolerance", tolerance, above(0), "barrier up to which two checkpoints share a wedge, nats");
  visitor.field("budget", budget, between(1, 1000), "networks at inference, at most");
  visitor.field("points", points, between(3, 1001), "points of each straight line, ends included");
  visitor.field("first-examples", first_examples, between(16, 1e8),
                "examples that a pair is first looked at with; more are drawn until it is decided");
  visitor.field("deciding-share", deciding_share, between(0.05, 0.95),
                "share of the test examples that decide; the others judge");
  visitor.field("split-seed", split_seed, any_seed(), "names which examples decide");
  visitor.field("fisher-examples", fisher_examples, between(0, 1e8),
                "training examples that the weights of Fisher averages come from; 0: no such averages");
  matching.visit(visitor);
}

void Estimate::visit(FieldVisitor& visitor) {
  visitor.field("value", value, "measured");
  visitor.field("low", low, "lower end of the 95 % interval");
  visitor.field("high", high, "upper end");
}

void LineAdvice::visit(FieldVisitor& visitor) {
  visitor.field("barrier", barrier, "largest loss above the straight line between the ends' losses, nats");
  visitor.field("error-barrier", error_barrier, "the same of the share of wrong examples");
  visitor.field("middle", middle.loss.value, "loss at the middle above the mean of the ends', nats");
  visitor.field("error-middle", middle.wrong.value, "the same of the share of wrong examples");
  visitor.field("examples", examples, "that were looked at");
  visitor.field("points", points, "between the ends; 1: the middle alone told them apart");
  visitor.field("decided", decided, "whether the interval is on one side of the tolerance");
  visitor.field("one-wedge", one_wedge, "whether they share a wedge: the interval is below the tolerance");
}

void PairAdvice::visit(FieldVisitor& visitor) {
  visitor.field("first", first, "checkpoint");
  visitor.field("second", second, "checkpoint");
  line.visit(visitor);
  std::optional<Estimate> after;
  std::optional<Estimate> error_after;
  std::optional<std::int64_t> examples_after;
  std::optional<bool> shared_after;
  if (aligned) {
    after = aligned->barrier;
    error_after = aligned->error_barrier;
    examples_after = aligned->examples;
    shared_after = aligned->one_wedge;
  }
  visitor.field("aligned-barrier", after, "after the second's units are permuted; null: nothing to gain");
  visitor.field("aligned-error-barrier", error_after, "the same of the share of wrong examples");
  visitor.field("aligned-examples", examples_after, "that were looked at");
  visitor.field("aligned-one-wedge", shared_after, "whether they then share a wedge");
  visitor.field("distance", distance, "between the two");
  visitor.field("aligned-distance", aligned_distance, "after the second's units are permuted");
}

void WedgeAdvice::visit(FieldVisitor& visitor) {
  visitor.field("members", members, "checkpoints");
  visitor.field("confirmed", confirmed,
                "whether the loss of their average is at most their mean loss plus the tolerance");
}

void CandidateAdvice::visit(FieldVisitor& visitor) {
  visitor.field("name", name, "what it is");
  visitor.field("action", action, "keep, average, align-and-average or ensemble");
  visitor.field("members", members, "checkpoints that it is made of");
  visitor.field("cost", cost, "networks at inference");
  visitor.field("accuracy", accuracy, "on the judging examples");
  visitor.field("loss", loss, "cross-entropy on the judging examples, nats");
  visitor.field("calibration-error", calibration_error, "expected calibration error on the judging examples");
  visitor.field("gain", gain, "accuracy above that of the best single checkpoint, example by example");
  visitor.field("deciding-accuracy", deciding_accuracy, "on the deciding examples");
  visitor.field("deciding-loss", deciding_loss, "on the deciding examples");
  visitor.field("weights", weights, "safetensors file; null of checkpoints and ensembles");
  visitor.field("forecast", forecast,
                "from its members two by two, made before it; null of checkpoints as they are");
}

void CheckedForecast::visit(FieldVisitor& visitor) {
  forecast.visit(visitor);
  visitor.field("measured-accuracy", accuracy, "on the judging examples");
  visitor.field("measured-loss", loss, "cross-entropy there, nats");
  visitor.field("measured-gain", gain, "accuracy above the best checkpoint's, example by example");
}

void BagForecast::visit(FieldVisitor& visitor) {
  visitor.field("one-wedge", one_wedge, "whether all share one, as they are");
  visitor.field("average", average, "of all weights");
  visitor.field("ensemble", ensemble, "of all predictions");
}

void RecommendationAdvice::visit(FieldVisitor& visitor) {
  visitor.field("action", action, "keep, average, align-and-average or ensemble");
  visitor.field("candidate", candidate, "the cheapest that is as good as the best");
  visitor.field("best", best, "the best up to the budget");
  visitor.field("sentence", sentence, "why");
}

void Advice::visit(FieldVisitor& visitor) {
  visitor.field("recommendation", recommendation, "what to do");
  visitor.field("checkpoints", checkpoints, "files, in the order of --weights");
  visitor.field("notes", notes, "what was not plain about them");
  visitor.field("tolerance", tolerance, "barrier up to which two checkpoints share a wedge, nats");
  visitor.field("deciding-examples", deciding_examples, "that barriers and the choice come from");
  visitor.field("judging-examples", judging_examples, "that the candidates' figures come from");
  visitor.field("wedges", wedges, "checkpoints that share one, as they are");
  visitor.field("aligned-wedges", aligned_wedges, "checkpoints that share one when their units are permuted");
  visitor.field("checks", checks, "of wedges by their averages");
  visitor.field("pairs", pairs, "straight lines between two checkpoints");
  visitor.field("candidates", candidates, "what could be done");
  visitor.field("forecast", forecast, "of all checkpoints together; null of one");
}

}  // namespace nwedge::experiment
