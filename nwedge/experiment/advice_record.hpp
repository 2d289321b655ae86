#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nwedge/experiment/advice.hpp"
#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// An advice and its page.
struct AdviceRequest {
  AdviceOptions advice;
  std::int64_t plane_points = 17;     ///< of each side; 0: no plane
  std::int64_t plane_examples = 500;  ///< 0: all

  void visit(OptionVisitor& visitor);
};

/// A point of the plane (or line) through checkpoints.
struct PlanePoint {
  std::string name;
  std::string kind;                 ///< "checkpoint" or "average"
  std::vector<double> coordinates;  ///< [1 or 2]
  double distance = 0;              ///< from the plane

  void visit(FieldVisitor& visitor);
};

/// The loss around three checkpoints (two: on the line through them), and who lies there.
struct AdvicePlane {
  std::vector<std::string> through;  ///< what spans it, the first at 0
  double unit = 0;                   ///< length of one unit: the first's distance from the second
  std::string split;
  std::int64_t examples = 0;
  std::vector<PlanePoint> points;

  void visit(FieldVisitor& visitor);
};

/// What the page of `advise` is made from: the advice itself, and the plane through three of its checkpoints
/// with the others and all averages projected onto it. The three are the two most distant members of the
/// largest wedge and the best checkpoint outside of it; without a wedge of several, or without others, the
/// best ones.
///
/// Record: the fields of `Advice`, and plane. Arrays: axis-1, axis-2, plane-loss [n_1, n_2] (or [n_1]);
/// points.NAME [D] of every average, where asked for
class AdviceRecord final : public Experiment {
 public:
  /// `answer` gives the advice; it is called once, before anything is drawn. `with_points`: whether the
  /// record holds the averages.
  AdviceRecord(AdviceRequest request, std::vector<Checkpoint> checkpoints,
               std::function<AdviceResult(Monitor& monitor)> answer, bool with_points)
      : request_(std::move(request)),
        checkpoints_(std::move(checkpoints)),
        answer_(std::move(answer)),
        with_points_(with_points) {}

  std::string_view name() const override { return "advise"; }
  std::string_view title() const override { return "Average, align or ensemble?"; }
  std::string version() const override { return "1"; }
  Grain grain() const override { return Grain::all_optima; }
  void visit(OptionVisitor& visitor) override { request_.visit(visitor); }
  double cost(const Landscape&, const optimize::Options&, std::int64_t) const override { return 1; }
  Record run(const Input& input, Monitor& monitor) const override;

 private:
  std::vector<Finding> do_judge(std::span<const StoredRecord>) const override { return {}; }
  AdvicePlane add_plane(const Input& input, const AdviceResult& result, Record& record,
                        Monitor& monitor) const;

  AdviceRequest request_;
  std::vector<Checkpoint> checkpoints_;
  std::function<AdviceResult(Monitor& monitor)> answer_;
  bool with_points_;
};

/// The checkpoints that span the plane: at most three, two of two, none of one.
std::vector<std::size_t> plane_checkpoints(const Advice& advice);

}  // namespace nwedge::experiment
