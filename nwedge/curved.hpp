#pragma once
#include <memory>
#include <utility>
#include <vector>

#include "nwedge/curvature.hpp"

namespace nwedge {

/// A landscape made from another by a class `Plain`, where that other has curvature: everything but the
/// Hessian is what `Plain` gives; the class that derives adds the Hessian.
template <class Plain>
class Curved : public CurvedLandscape {
 protected:
  explicit Curved(std::unique_ptr<const Plain> plain)
      : CurvedLandscape(plain->dimension()), plain_(std::move(plain)) {}
  const Plain& plain() const { return *plain_; }

 private:
  bool do_has_accuracy() const final { return plain_->has_accuracy(); }
  std::int64_t do_examples(Split split) const final { return plain_->examples(split); }
  std::vector<ParameterGroup> do_parameter_groups() const final { return plain_->parameter_groups(); }
  std::vector<float> do_initial_point(std::uint64_t seed) const final { return plain_->initial_point(seed); }
  Metrics do_evaluate(std::span<const float> point, Split split) const final {
    return plain_->evaluate(point, split);
  }
  std::vector<Metrics> do_evaluate_many(std::span<const float> points, Split split) const final {
    return plain_->evaluate_many(points, split);
  }
  double do_gradient(std::span<const float> point, std::span<float> gradient, Split split) const final {
    return plain_->gradient(point, gradient, split);
  }
  double do_batch_gradient(std::span<const float> point, const Batch& batch,
                           std::span<float> gradient) const final {
    return plain_->batch_gradient(point, batch, gradient);
  }

  std::unique_ptr<const Plain> plain_;
};

}  // namespace nwedge
