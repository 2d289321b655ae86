#pragma once
#include <cstdint>
#include <memory>

#include "nwedge/core/vectorise.hpp"
#include "nwedge/network/operators/operator.hpp"
#include "nwedge/network/operators/symmetry.hpp"

namespace nwedge::network {

/// y = f(z), entry by entry, with its derivatives. `t` below is y where `from_output()`, else z. Counts are
/// multiples of sixteen.
class ElementFunction {
 public:
  virtual ~ElementFunction() = default;
  virtual bool from_output() const = 0;  ///< whether f' and f'' are told from y = f(z) alone
  virtual bool rising() const = 0;       ///< z1 <= z2 means f(z1) <= f(z2), to the last bit
  virtual bool bends() const = 0;        ///< whether f'' is anything but 0
  virtual void apply(const float* z, float* y, std::int64_t count) const = 0;  ///< y may be z
  /// slope[n] <- f'(t[n]) slope[n].
  virtual void chain(const float* t, float* slope, std::int64_t count) const = 0;
  /// bend[n] <- f''(t[n]) slope_y[n] z_dot[n].
  virtual void bend(const float* t, const float* slope_y, const float* z_dot, float* bend,
                    std::int64_t count) const = 0;
  /// The same from the slope of z, f'(t) slope_y: for functions with `from_output`.
  virtual void bend_from_z(const float* y, const float* slope_z, const float* z_dot, float* bend,
                           std::int64_t count) const = 0;
};

/// The loops over one function F, which has
///   static constexpr bool kFromOutput, kRising, kBends;
///   float value(float z); float chain(float t, float s) = f'(t) s; float second(float t) = f'';
///   float ratio(float y) = f'' / f', where kFromOutput.
template <class F>
class ElementLoops final : public ElementFunction {
 public:
  explicit ElementLoops(F f = {}) : f_(f) {}
  bool from_output() const override { return F::kFromOutput; }
  bool rising() const override { return F::kRising; }
  bool bends() const override { return F::kBends; }
  void apply(const float* z, float* y, std::int64_t count) const override {
    vectorise([=, f = f_] {
      for (std::int64_t n = 0; n < count; ++n) y[n] = f.value(z[n]);
    });
  }
  void chain(const float* t, float* slope, std::int64_t count) const override {
    vectorise([=, f = f_] {
      for (std::int64_t n = 0; n < count; ++n) slope[n] = f.chain(t[n], slope[n]);
    });
  }
  void bend(const float* t, const float* slope_y, const float* z_dot, float* bend,
            std::int64_t count) const override {
    vectorise([=, f = f_] {
      for (std::int64_t n = 0; n < count; ++n) bend[n] = f.second(t[n]) * slope_y[n] * z_dot[n];
    });
  }
  void bend_from_z(const float* y, const float* slope_z, const float* z_dot, float* bend,
                   std::int64_t count) const override {
    if constexpr (F::kFromOutput) {
      vectorise([=, f = f_] {
        for (std::int64_t n = 0; n < count; ++n) bend[n] = f.ratio(y[n]) * slope_z[n] * z_dot[n];
      });
    }
  }

 private:
  F f_;
};

/// The operator y = f(x).
class ElementOperator final : public Operator {
 public:
  ElementOperator(const NodeShapes& node, std::shared_ptr<const ElementFunction> function);

  const std::shared_ptr<const ElementFunction>& function() const { return function_; }
  void tie(const NodeAxes& axes) const override { axes.broadcast(); }
  bool keeps_input(std::size_t) const override { return !function_->from_output(); }
  bool keeps_output() const override { return function_->from_output(); }
  bool wide() const override { return true; }
  std::int64_t scratch_floats(std::int64_t lanes) const override { return lanes * size_of(shape()); }

  void forward(const NodePass& pass) const override;
  void backward(const NodePass& pass) const override;
  void tangent(const NodePass& pass) const override;
  void tangent_backward(const NodePass& pass) const override;

 private:
  const View& known(const NodePass& pass) const { return function_->from_output() ? pass.y : pass.x[0]; }
  /// dx (+)= f'(t) dy.
  void pull_back(const View& t, const View& dy, const View& dx, bool add, float* scratch) const;

  std::shared_ptr<const ElementFunction> function_;
};

/// Makes the operator of a function that needs no attributes.
template <class F>
std::unique_ptr<Operator> make_element_operator(const NodeShapes& node) {
  return std::make_unique<ElementOperator>(node, std::make_shared<const ElementLoops<F>>());
}

}  // namespace nwedge::network
