#pragma once
#include <vector>

#include "nwedge/network/operators/operator.hpp"

namespace nwedge::network {

/// y = scale[j] u + shift[j] with u = (x - mean) / sqrt(variance + epsilon), the statistics of a set of one
/// example's entries; `centred` false leaves the mean in and takes the mean square for the variance. What
/// layer, group and root-mean-square normalisation share: they differ in which entries make a set and which
/// share a scale. Entries of a set are (j, r): channel j, repetition r.
///
/// With d the deviation and <.> means over the set, g = scale dy:
///   dx = (g - <g> - u <g u>) / d        u. = (x. - <x.> - u <u x.>) / d        d. = <u x.>
///   dx. = (g. - <g.> - u. <g u> - u <g. u + g u.> - dx d.) / d                  g. = scale dy. + scale. dy
/// without the means of g, g. and x. where not centred. Slopes of scale and shift: sums of dy u and dy.
class Standardise : public Operator {
 public:
  /// The axes of a value [sets, channels, repetitions] after `x` is reshaped to it.
  struct Sets {
    std::int64_t sets = 1;
    std::int64_t channels = 1;  ///< of one set
    std::int64_t repetitions = 1;
    bool channels_move = false;  ///< channels of set s are those from s channels on; else all sets share them
  };
  Standardise(const NodeShapes& node, const Sets& sets, bool centred, double epsilon);

  void tie(const NodeAxes& axes) const override;
  bool wide() const override { return true; }
  bool keeps_input(std::size_t) const override { return true; }
  std::int64_t kept_bytes(std::int64_t lanes) const override { return 2 * sets_.sets * lanes * 4; }
  std::int64_t scratch_floats(std::int64_t lanes) const override;
  void bind(const Binding& binding) override;

  void forward(const NodePass& pass) const override;
  void backward(const NodePass& pass) const override;
  void tangent(const NodePass& pass) const override;
  void tangent_backward(const NodePass& pass) const override;

 private:
  /// Where entry (j, r) of set s lies: set[s] + channel[j] + repetition[r].
  struct Places {
    std::vector<std::int64_t> set;
    std::vector<std::int64_t> entry;  ///< channel by channel
  };
  Places places_of(const Layout& layout) const;
  std::int64_t parameters() const {
    return sets_.channels_move ? sets_.sets * sets_.channels : sets_.channels;
  }
  std::int64_t parameter(std::int64_t set, std::int64_t channel) const {
    return sets_.channels_move ? set * sets_.channels + channel : channel;
  }
  float scale(const float* weights, std::int64_t j) const { return scale_ < 0 ? 1.0f : weights[scale_ + j]; }
  float shift(const float* weights, std::int64_t j) const { return shift_ < 0 ? 0.0f : weights[shift_ + j]; }
  template <class F>
  void for_each_set(F&& f, std::int64_t groups) const;
  void moments(const float* x, float* mean, float* inverse) const;
  void clear_sums(float* sums) const;
  void add_up(const NodePass& pass, const float* sums) const;

  Sets sets_;
  bool centred_;
  float epsilon_;
  std::int64_t scale_;  // -1: left out
  std::int64_t shift_;
  std::int64_t lanes_ = 0;
  Places x_;
  Places y_;
  Places dx_;
  Places dy_;
};

std::unique_ptr<Operator> make_standardise(const NodeShapes& node, const Standardise::Sets& sets,
                                           bool centred, double epsilon);

}  // namespace nwedge::network
