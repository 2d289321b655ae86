#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "nwedge/core/monitor.hpp"
#include "nwedge/core/options.hpp"
#include "nwedge/core/parts.hpp"
#include "nwedge/landscape.hpp"
#include "nwedge/optimize/options.hpp"

namespace nwedge::experiment {

/// How the lowest point of a random section theta = origin + P z is looked for.
struct SectionOptions {
  std::string projection = "hadamard";  ///< kind of P: see `make_random_projection`
  std::int64_t sections = 1;            ///< random sections of each dimension
  bool exact = true;            ///< use the exact minimiser where the landscape has one (a wedge model)
  std::string method = "adam";  ///< otherwise descend from z = 0, with a cosine schedule
  /// SGD: of z. Adam: of the weights. It moves every entry of z by about its rate, whatever the gradient, and
  /// d entries at rate a move a weight by a sqrt(d / D) in root mean square; a is chosen so that this is
  /// `learning_rate`, and one value serves all d.
  double learning_rate = 0.02;
  double momentum = 0.9;
  std::int64_t steps = 1500;
  std::int64_t batch_size = 128;

  void visit(OptionVisitor& visitor);
};

/// The lowest points found on the random sections of one dimension.
struct SectionOutcome {
  std::int64_t d = 0;
  std::vector<Metrics> train;  ///< [sections]
  std::vector<Metrics> test;   ///< [sections]; empty without test data

  double mean_loss(Split split = Split::train) const;
  double mean_accuracy(Split split = Split::train) const;
};

/// What counts as low.
struct SectionTarget {
  bool accuracy = false;  ///< accuracy at least `value`, else loss at most `value`
  double value = 0;
  Split split = Split::train;

  /// Whether the mean over the sections reaches it; a value that is not a number does not.
  bool reached(const SectionOutcome& outcome) const;
};

/// The least dimension whose sections reach the target, between two that were tried.
struct LeastDimension {
  std::int64_t failing = 0;   ///< the largest tried dimension below it that does not; 0: none
  std::int64_t reaching = 0;  ///< the smallest tried one that does; 0: none of those tried does

  bool found() const { return reaching > 0; }
};

/// Of outcomes in the order of d: the first that reaches the target, and the last before it that does not.
LeastDimension least_of(const std::map<std::int64_t, SectionOutcome>& outcomes, const SectionTarget& target);

/// The lowest points on random sections through one origin, for any dimension d; section i of every d has the
/// seed (seed, i), so sections of growing d are nested. Keeps what it has computed. `landscape` and `origin`
/// must outlive it.
class SectionSearch {
 public:
  SectionSearch(const Landscape& landscape, std::span<const float> origin, const SectionOptions& options,
                std::uint64_t seed);

  /// Whether the exact minimiser is in use.
  bool exact() const { return exact_; }
  /// Computes what is missing, all sections of all dimensions in parallel.
  void compute(std::span<const std::int64_t> dimensions, Monitor& monitor, Parts& parts = this_process());
  /// All that was computed, by dimension.
  const std::map<std::int64_t, SectionOutcome>& outcomes() const { return outcomes_; }

  /// Halves the ratio between the last failing dimension below the first reaching one, in the order of d,
  /// until reaching / failing <= 1 + tolerance or they are neighbours.
  LeastDimension least_dimension(const SectionTarget& target, double tolerance, Monitor& monitor);

 private:
  struct Lowest {
    Metrics train;
    Metrics test;
  };
  Lowest lowest(std::int64_t d, std::int64_t section, Monitor& monitor) const;

  const Landscape& landscape_;
  std::span<const float> origin_;
  SectionOptions options_;
  std::uint64_t seed_;
  bool exact_;
  std::map<std::int64_t, SectionOutcome> outcomes_;
};

/// The descent over z in R^d in a space of `dimension` weights.
optimize::Options section_training(const SectionOptions& options, std::int64_t dimension, std::int64_t d);

/// Loss evaluations of one training example that the sections of one dimension cost, a gradient counting as
/// three.
double section_cost(const Landscape& landscape, const SectionOptions& options);

}  // namespace nwedge::experiment
