#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nwedge/parameter_group.hpp"

namespace nwedge {

/// The part of the data on which a loss is taken. A landscape without data ignores it.
enum class Split { train, test };

/// The loss (mean over examples, in nats for cross-entropy) and accuracy of one point.
/// A NaN or infinite loss is a measurement and is passed on as it is.
struct Metrics {
  double loss = std::numeric_limits<double>::quiet_NaN();
  double accuracy =
      std::numeric_limits<double>::quiet_NaN();  ///< in [0, 1]; NaN where the landscape has none
};

/// One minibatch of stochastic gradient descent, by name: the same name is the same sample on any thread.
struct Batch {
  std::uint64_t seed = 0;   ///< of the order of the examples, of dropout, of the gradient noise
  std::int64_t index = 0;   ///< the step, from 0; epochs follow one another without gaps
  std::int64_t size = 128;  ///< examples
};

/// The affine family theta(c) = origin + sum_j c_j d_j, c in R^d.
struct AffineFamily {
  std::vector<float> origin;      ///< [D]
  std::vector<float> directions;  ///< [d, D], row j is d_j

  std::int64_t dimension() const {  ///< d
    return origin.empty() ? 0 : static_cast<std::int64_t>(directions.size() / origin.size());
  }
  std::span<const float> direction(std::int64_t j) const {
    return {directions.data() + static_cast<std::size_t>(j) * origin.size(), origin.size()};
  }
  /// theta(c), summed in double in the order of j and rounded once; cost O(dD).
  void point(std::span<const float> coordinates, std::span<float> theta) const;
};

/// A map from weight space R^D to a loss: the centre of the library. Experiments know only this interface, so
/// each runs on the wedge model, on a network, and on restrictions of either.
///
/// Points are D floats. All calls are const, safe from several threads at once, deterministic, and give the
/// same bits on any number of threads. A span of the wrong size is an `Error`.
class Landscape {
 public:
  virtual ~Landscape() = default;
  Landscape(const Landscape&) = delete;
  Landscape& operator=(const Landscape&) = delete;

  std::int64_t dimension() const { return dimension_; }  ///< D
  bool has_accuracy() const { return do_has_accuracy(); }
  /// Examples in a split; 0 when the landscape is not a mean over examples.
  std::int64_t examples(Split split) const { return do_examples(split); }
  /// Where optimisation starts for this seed: N(0, sigma0^2 I), Kaiming, or the origin of a restriction.
  std::vector<float> initial_point(std::uint64_t seed) const;
  /// Disjoint, covering [0, D); one group of weights when they have no structure.
  std::vector<ParameterGroup> parameter_groups() const { return do_parameter_groups(); }
  /// Named and disjoint, in the order of their entries; none when they have no names.
  std::vector<ParameterTensor> parameter_tensors() const { return do_parameter_tensors(); }

  /// Loss (and accuracy) of one point over the whole split; threads share the data.
  Metrics evaluate(std::span<const float> point, Split split = Split::train) const;
  /// The same for P points [P, D]; bit for bit what `evaluate` gives one by one; threads share the points.
  std::vector<Metrics> evaluate_many(std::span<const float> points, Split split = Split::train) const;

  /// Loss over the whole split and its gradient [D].
  double gradient(std::span<const float> point, std::span<float> gradient, Split split = Split::train) const;
  /// Loss on one minibatch of the training split and its gradient [D]: an unbiased estimate of `gradient`
  /// (with dropout, where the network has it). A landscape without noise returns the exact gradient.
  double batch_gradient(std::span<const float> point, const Batch& batch, std::span<float> gradient) const;

  /// This landscape on an affine family, as a landscape over R^d. Holds a reference: `*this` must outlive it.
  /// A `CurvedLandscape` gives a `CurvedLandscape`. The values are those at family.point(c), to float
  /// rounding.
  std::unique_ptr<Landscape> restrict_to(AffineFamily family) const;

 protected:
  explicit Landscape(std::int64_t dimension);

 private:
  virtual bool do_has_accuracy() const { return false; }
  virtual std::int64_t do_examples(Split) const { return 0; }
  virtual std::vector<ParameterGroup> do_parameter_groups() const { return {{0, dimension_}}; }
  virtual std::vector<ParameterTensor> do_parameter_tensors() const { return {}; }
  virtual std::vector<float> do_initial_point(std::uint64_t seed) const = 0;
  virtual Metrics do_evaluate(std::span<const float> point, Split split) const = 0;
  virtual std::vector<Metrics> do_evaluate_many(std::span<const float> points, Split split) const;  // loops
  virtual double do_gradient(std::span<const float> point, std::span<float> gradient, Split split) const = 0;
  virtual double do_batch_gradient(std::span<const float> point, const Batch& batch,
                                   std::span<float> gradient) const;             // the exact gradient
  virtual std::unique_ptr<Landscape> do_restrict_to(AffineFamily family) const;  // composes

  std::int64_t dimension_;
};

}  // namespace nwedge
