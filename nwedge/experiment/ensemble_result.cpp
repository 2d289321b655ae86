#include "nwedge/experiment/ensemble_result.hpp"

namespace nwedge::experiment {

bool goes_on(const SetResult& set) {
  return set.kind != "seeds" && set.kind != "given" && set.kind != "random";
}

void LossAndAccuracy::visit(FieldVisitor& visitor) {
  visitor.field("loss", loss, "mean over the split");
  visitor.field("accuracy", accuracy, "null where there is none");
}

void BothSplits::visit(FieldVisitor& visitor) {
  visitor.field("train", train, "on the training split");
  visitor.field("test", test, "on the test split");
}

void SetPrediction::visit(FieldVisitor& visitor) {
  visitor.field("single-loss", single_loss, "of one member");
  visitor.field("weight-average-loss", weight_average_loss, "of the average weights");
  visitor.field("switch-probability", switch_probability, "that a kick leaves its wedge");
  visitor.field("relative-deviation", relative_deviation, "of one such loss, as a share of it");
}

void SetResult::visit(FieldVisitor& visitor) {
  visitor.field("kind", kind, "constant, cyclic, restarts, kick, seeds, given or random");
  visitor.field("height", height, "learning rate, or rho of a kick");
  visitor.field("start-seed", start_seed, "of the training run that it goes on from");
  visitor.field("members", members, "finite ones");
  visitor.field("diverged", diverged, "members that are not finite, left out");
  visitor.field("lost", lost, "whether the members' mean loss is above ten times the initial points'");
  visitor.field("member-metrics", member_metrics, "of each member");
  visitor.field("single", single, "mean over members");
  visitor.field("weight-average", weight_average, "of the average of the members' weights");
  visitor.field("exponential-average", exponential_average, "of the moving average of all steps");
  visitor.field("single-prediction", single_prediction, "mean over members, test split");
  visitor.field("weight-average-prediction", weight_average_prediction, "of the average weights, test split");
  visitor.field("prediction-average", prediction_average, "of the averaged predictions, test split");
  visitor.field("barriers", barriers, "on the straight line between each two members, training split");
  visitor.field("largest-barrier", largest_barrier, "of them");
  visitor.field("mean-barrier", mean_barrier, "of them");
  visitor.field("gain", gain, "members' mean loss less that of their average weights, training split");
  visitor.field("excess", excess, "training loss of the average weights less the optima's mean");
  visitor.field("test-gain", test_gain, "as gain, on the test split where there is one");
  visitor.field("prediction-gain", prediction_gain,
                "accuracy of the averaged predictions less the members' mean, test split");
  visitor.field("wedges", wedges, "that the members are in (wedge model)");
  visitor.field("switched-share", switched_share, "of kicked members, outside the wedge they came from");
  visitor.field("prediction", prediction, "of the wedge model");
}

void EnsembleResult::visit(FieldVisitor& visitor) {
  visitor.field("trained", trained, "whether the optima were trained; else their weights were given");
  visitor.field("continued", continued, "whether training went on from them");
  visitor.field("drop", drop, "initial less final training loss");
  visitor.field("same-wedge-barrier", same_wedge_barrier, "up to which members share a wedge");
  visitor.field("independent-barrier", independent_barrier, "mean between independently trained optima");
  visitor.field("rank-correlation", rank_correlation,
                "Spearman's, of largest barrier and test gain over the sets, its error over starts");
  visitor.field("sets", sets, "the sets that were averaged");
}

}  // namespace nwedge::experiment
