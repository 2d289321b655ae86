#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nwedge/experiment/experiment.hpp"
#include "nwedge/experiment/optima_matching.hpp"
#include "nwedge/experiment/section_range.hpp"
#include "nwedge/geometry/sections.hpp"

namespace nwedge::experiment {

/// The section on one split.
struct SectionOnSplit {
  double least = 0;
  std::vector<double> least_at;
  double at_centre = 0;

  void visit(FieldVisitor& visitor);
};

struct SectionExamples {
  std::optional<std::int64_t> train;
  std::optional<std::int64_t> test;

  void visit(FieldVisitor& visitor);
};

/// What `Section` found.
struct SectionResult {
  std::string directions;
  std::string centre;
  std::vector<std::int64_t> shape;
  std::vector<double> direction_lengths;
  std::optional<SectionOnSplit> train;
  std::optional<SectionOnSplit> test;
  SectionExamples examples;
  std::vector<double> explained_variance;
  std::optional<std::vector<double>> component_shares;
  std::optional<std::vector<double>> eigenvalues;
  std::optional<std::vector<double>> eigenvalue_residuals;
  std::optional<std::vector<DirectionReach>> reaches;

  void visit(FieldVisitor& visitor);
};

/// The landscape on a line, a plane or a block through weight space: origin + sum_j c_j d_j on a grid of c, j
/// = 1 to 3.
///
/// `directions` says where the d_j come from, `centre` what the origin is (except for points and components):
/// - random: orthonormal, isotropic, times the norm of the centre (of the optimum, where the centre is the
///   origin)
/// - filter: random with the norm of each filter, 0 for biases and normalisations unless `vary_biases`
///   [li2018]; not orthogonalised
/// - eigenvectors: of the largest eigenvalues of the training loss's Hessian at the centre, on `examples`;
///   length as for random
/// - gradient: d_1 of steepest descent at the centre, the others random, orthogonal; length as for random
/// - points: through the first optima: origin the first one, d_1 to the second, d_2 to the third made
///   orthogonal, all as long as d_1, so that the second optimum is at (1, 0) and angles are true
/// - components: principal components of the recorded trajectory around its mean, all as long as the distance
///   from its first point to its last
///
/// `range` "auto" reaches along each direction half as far again as where the loss has doubled
/// (`doubling_reaches`): on the training split where it is among `splits`, else on the first of them.
///
/// Optima, initial points and trajectories are projected onto the family: coordinates by least squares, and
/// the distance that remains.
///
/// Record: `SectionResult`.
/// Arrays: axis-1, axis-2, axis-3: the values of c_j; loss-train [n_1, …, n_d] (index j is c_j's),
/// accuracy-train,
///   loss-test, accuracy-test; optima [m, d], optima-distance [m]; initial [m, d], initial-distance [m];
///   trajectory [m, t, d], trajectory-distance [m, t] (where the runs have recorded as many points);
///   points.origin [D], points.directions [d, D]
class Section final : public Experiment {
 public:
  std::string directions = "random";
  std::string centre = "optimum";
  bool vary_biases = false;  ///< of filter: biases and normalisations too
  std::vector<std::int64_t> grid = {25, 25};
  std::string range = "unit";
  std::vector<double> least;
  std::vector<double> most;
  std::vector<std::string> splits = {"train"};
  std::int64_t examples = 0;
  OptimaMatching matching;  ///< of points

  std::string_view name() const override { return "section"; }
  std::string_view title() const override { return "Sections"; }
  Grain grain() const override { return directions == "points" ? Grain::all_optima : Grain::each_optimum; }
  void visit(OptionVisitor& visitor) override;
  void validate(std::string_view place) const override;
  void validate_for(const Planned& planned, std::string_view place) const override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  SpreadLoop loop(const Landscape& landscape, std::int64_t optima) const override;
  std::vector<Finding> do_judge(std::span<const StoredRecord>) const override { return {}; }

 private:
  bool around_centre() const { return directions != "points" && directions != "components"; }
  Record measure(const Input& input, Monitor& monitor) const;
  AffineFamily make_family(const Input& input, const Landscape& measured, SectionResult& result,
                           Monitor& monitor) const;
  AffineFamily family_around(const Input& input, std::span<const float> base) const;
  AffineFamily along_eigenvectors(const Input& input, const Landscape& measured, std::span<const float> base,
                                  SectionResult& result, Monitor& monitor) const;
  /// The length of directions around `base`.
  double unit_length(const Input& input, std::span<const float> base) const;
  Split split_of_range() const;
  std::vector<geometry::GridAxis> make_axes(std::span<const std::vector<double>> shown,
                                            const SectionResult& result) const;
};

}  // namespace nwedge::experiment
