#include "nwedge/experiment/tunnel_result.hpp"

#include <cmath>
#include <limits>

namespace nwedge::experiment {

const PathResult* TunnelPair::lowest_tunnel() const {
  const PathResult* best = nullptr;
  double least = std::numeric_limits<double>::infinity();
  for (const PathResult& tunnel : tunnels) {
    if (tunnel.diverged || !tunnel.train || !(tunnel.train->barrier < least)) continue;
    least = tunnel.train->barrier;
    best = &tunnel;
  }
  return best;
}

void PathObstacle::visit(FieldVisitor& visitor) {
  visitor.field("barrier", barrier, "largest rise of the loss above the interpolation of the ends");
  visitor.field("error-barrier", error_barrier, "the same of the error rate; null without accuracy");
  visitor.field("position", position, "t where the barrier stands");
  visitor.field("highest-loss", highest_loss, "on the path");
  visitor.field("end-losses", end_losses, "of the two optima");
}

void PathResult::visit(FieldVisitor& visitor) {
  visitor.field("kind", kind, "straight, or how the path was trained");
  visitor.field("diverged", diverged, "whether its training left the finite numbers");
  visitor.field("bends", bends, "free points of the path");
  visitor.field("pivots", pivots, "auto-neb: inner pivots in each cycle");
  visitor.field("length", length, "of the path");
  visitor.field("length-ratio", length_ratio, "over the distance of its ends");
  visitor.field("ends-exact", ends_exact, "whether the ends are the optima bit for bit");
  visitor.field("train", train, "on the training split");
  visitor.field("test", test, "on the test split");
  visitor.field("share-of-straight", share_of_straight, "training barrier over the straight line's");
}

void RandomPaths::visit(FieldVisitor& visitor) {
  visitor.field("paths", paths, "random paths tried");
  visitor.field("low", low, "of them, with a barrier of at most `excess`");
  visitor.field("low-end", low_end, "of the 95 % interval of their share");
  visitor.field("high-end", high_end, "of that interval");
  visitor.field("stretch", stretch, "length over the straight line's");
  visitor.field("excess", excess, "the barrier up to which a path is low");
  visitor.field("barrier", barrier, "mean over random paths");
  visitor.field("least-barrier", least_barrier, "of the lowest random path");
  visitor.field("tail", tail, "how many standard deviations below the mean `excess` lies");
}

void Thickness::visit(FieldVisitor& visitor) {
  visitor.field("median-radius", median_radius, "exit radius at each point, median over directions");
  visitor.field("rise", rise, "of the loss at which a ray has left");
  visitor.field("directions", directions, "random directions at each point");
}

void TunnelPrediction::visit(FieldVisitor& visitor) {
  visitor.field("wedges", wedges, "that the two optima are nearest to");
  visitor.field("tunnel-dimension", tunnel_dimension, "of the intersection of the two");
  visitor.field("straight-barrier", straight_barrier, "on the straight line");
  visitor.field("tunnel-barrier", tunnel_barrier, "on the lowest path");
  visitor.field("exit-radius", exit_radius, "median along random directions");
}

void TunnelPair::visit(FieldVisitor& visitor) {
  visitor.field("first", first, "position of one optimum among the seeds");
  visitor.field("second", second, "position of the other");
  visitor.field("seeds", seeds, "of the two");
  visitor.field("distance", distance, "between the optima");
  visitor.field("cosine", cosine, "between the optima as vectors");
  visitor.field("coincide", coincide, "whether both are one point but for rounding: nothing to join");
  visitor.field("separated", separated, "whether the straight barrier is above 1 % of the drop in training");
  visitor.field("straight", straight, "the straight line");
  visitor.field("tunnels", tunnels, "the trained paths");
  visitor.field("lowest", lowest, "kind of the trained path of least barrier");
  visitor.field("random-paths", random_paths, "of the lowest tunnel's length");
  visitor.field("thickness", thickness, "of the lowest tunnel");
  visitor.field("prediction", prediction, "of the wedge model");
}

void PathPlane::visit(FieldVisitor& visitor) {
  visitor.field("pair", pair, "position of the pair that it belongs to");
  visitor.field("kind", kind, "of the path");
  visitor.field("optima", optima, "coordinates of both");
  visitor.field("middle", middle, "coordinates of the middle of the path");
  visitor.field("greatest-distance", greatest_distance, "of the path from the plane");
}

void TreeEdge::visit(FieldVisitor& visitor) {
  visitor.field("first", first, "position of one optimum");
  visitor.field("second", second, "position of the other");
  visitor.field("barrier", barrier, "of the lowest tunnel between them");
}

void TunnelTree::visit(FieldVisitor& visitor) {
  visitor.field("edges", edges, "in ascending barriers");
  visitor.field("highest-barrier", highest_barrier, "of them");
  visitor.field("spans", spans, "whether they join all optima");
}

void TunnelResult::visit(FieldVisitor& visitor) {
  visitor.field("optima", optima, "number of optima");
  visitor.field("drop", drop, "initial less final training loss");
  visitor.field("straight-barrier", straight_barrier, "mean over pairs, its error over seeds");
  visitor.field("tunnel-barrier", tunnel_barrier, "of each pair's lowest tunnel, likewise");
  visitor.field("random-barrier", random_barrier, "of random paths of that length, likewise");
  visitor.field("tail", tail,
                "standard deviations from the random paths' mean down to a low barrier, likewise");
  visitor.field("random-paths", random_paths, "tried over all pairs");
  visitor.field("random-low", random_low, "of them low");
  visitor.field("pairs", pairs, "pairs of optima");
  visitor.field("spanning-tree", spanning_tree, "that joins the optima at the least barriers");
  visitor.field("plane", plane, "the section through one pair's tunnel");
}

}  // namespace nwedge::experiment
