#include "nwedge/experiment/m_tunnel_result.hpp"

namespace nwedge::experiment {

void SegmentLosses::visit(FieldVisitor& visitor) {
  visitor.field("highest-loss", highest_loss, "over all segments");
  visitor.field("barrier", barrier, "highest loss less the highest of the members' own");
  visitor.field("least-accuracy", least_accuracy, "over all segments; null without accuracy");
}

void StarRank::visit(FieldVisitor& visitor) {
  visitor.field("value", value, "effective rank (tr H)^2 / tr H^2 of the functional's Hessian, over probes");
  visitor.field("branches", branches, "mean of that of its branches alone");
  visitor.field("ratio", ratio, "value / branches, at least 1 whatever the landscape");
}

void StiffCount::visit(FieldVisitor& visitor) {
  visitor.field("value", value, "eigenvalues of the functional's Hessian above the threshold");
  visitor.field("threshold", threshold, "the same for all sets of a landscape");
  visitor.field("largest", largest, "largest eigenvalue");
  visitor.field("steps", steps, "Lanczos steps");
  visitor.field("copies", copies, "at m = 1: the same of 1, 2, … orthogonal copies of it joined");
}

void CentreSpectrum::visit(FieldVisitor& visitor) {
  visitor.field("top", top, "largest eigenvalues of the loss at the centre");
  visitor.field("top-residuals", top_residuals, "their residuals ||Hv - lambda v||");
  visitor.field("trace", trace, "over probes");
  visitor.field("effective-rank", effective_rank, "over probes");
}

void UnionPrediction::visit(FieldVisitor& visitor) {
  visitor.field("wedges", wedges, "those that the members lie in");
  visitor.field("union", united, "short directions of their union, exact");
  visitor.field("expected", expected, "the same, closed form for random frames");
  visitor.field("count", count, "eigenvalues that should count");
}

void StarResult::visit(FieldVisitor& visitor) {
  visitor.field("kind", kind, "\"optima\", or \"control\": points of one wedge");
  visitor.field("m", m, "how many points");
  visitor.field("members", members, "positions among the seeds, or numbers of the control's points");
  visitor.field("diverged", diverged, "whether the descent to the centre left the finite numbers");
  visitor.field("mean-loss", mean_loss, "at the mean of the members");
  visitor.field("functional-at-mean", functional_at_mean, "T_m there");
  visitor.field("highest-end", highest_end, "highest loss of a member");
  visitor.field("functional", functional, "T_m at the centre");
  visitor.field("centre-loss", centre_loss, "at the centre");
  visitor.field("centre-norm", centre_norm, "of the centre");
  visitor.field("radius", radius, "root mean square distance of the members from the centre");
  visitor.field("train", train, "on the segments from the centre, training split");
  visitor.field("test", test, "test split");
  visitor.field("effective-rank", effective_rank, "estimator (a)");
  visitor.field("centre-spectrum", centre_spectrum, "of the loss itself at the centre");
  visitor.field("count", count, "estimator (b)");
  visitor.field("prediction", prediction, "wedge model");
}

void UnionOfSpaces::Size::visit(FieldVisitor& visitor) {
  visitor.field("m", m, "spaces");
  visitor.field("entropy-rank", entropy_rank, "of their union");
  visitor.field("predicted", predicted, "from the overlap of pairs");
}

void UnionOfSpaces::visit(FieldVisitor& visitor) {
  visitor.field("k", k, "dimensions of each top eigenspace");
  visitor.field("overlap", overlap, "mean over pairs of ||V_a^T V_b||_F^2 / k");
  visitor.field("effective-dimension", effective_dimension, "k / overlap");
  visitor.field("spaces", spaces, "for each number of spaces");
}

void ConnectorResult::visit(FieldVisitor& visitor) {
  visitor.field("kind", kind, "\"optima\" or \"control\"");
  visitor.field("members", members, "as of the set");
  visitor.field("m", m, "how many points");
  visitor.field("dimensions", dimensions, "of the sections, 0 for the mean of the members");
  visitor.field("functional", functional, "T_m reached on each");
  visitor.field("target", target, "T_m to reach");
  visitor.field("dimension", dimension, "least one that reaches it, linear between two; null: none does");
  visitor.field("at-least", at_least, "largest one that does not");
  visitor.field("at-most", at_most, "smallest one that does");
  visitor.field("prediction", prediction, "of the wedge model");
}

void SheetLosses::visit(FieldVisitor& visitor) {
  visitor.field("mean-loss", mean_loss, "over the lattice");
  visitor.field("highest-loss", highest_loss, "over the lattice");
  visitor.field("least-accuracy", least_accuracy, "over the lattice; null without accuracy");
}

void SheetResult::visit(FieldVisitor& visitor) {
  visitor.field("optima", optima, "positions among the seeds");
  visitor.field("bends", bends, "on each edge");
  visitor.field("steps", steps, "of the descent");
  visitor.field("diverged", diverged, "whether it left the finite numbers");
  visitor.field("free", free, "the deformed sheet");
  visitor.field("flat", flat, "the flat one");
}

void VolumeResult::visit(FieldVisitor& visitor) {
  visitor.field("connectors", connectors, "common points of the simplices");
  visitor.field("optima", optima, "one simplex each");
  visitor.field("diverged", diverged, "whether the descent left the finite numbers");
  visitor.field("measured", measured, "loss over the simplices");
  visitor.field("mean-log-volume-at-start", mean_log_volume_at_start, "of the simplices");
  visitor.field("mean-log-volume", mean_log_volume, "after the descent");
}

void MTunnelResult::visit(FieldVisitor& visitor) {
  visitor.field("sets", sets, "every set, by kind and size");
  visitor.field("no-curvature", no_curvature, "why nothing of the Hessian was measured; empty where it was");
  visitor.field("curvature-examples", curvature_examples, "training examples of the Hessians");
  visitor.field("unions", unions, "estimator (c)");
  visitor.field("connector", connector, "estimator (d)");
  visitor.field("sheet", sheet, "over three optima");
  visitor.field("volume", volume, "of a simplicial complex");
}

}  // namespace nwedge::experiment
