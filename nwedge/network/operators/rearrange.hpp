#pragma once
#include "nwedge/network/operators/operator.hpp"

namespace nwedge::network {

/// An operator that only renames or leaves out entries of x: y is a view of x where strides can say it, else
/// a copy in row-major order. A derived class gives the view; entries that y leaves out have no slope from
/// it.
class Rearrangement : public LinearMap {
 public:
  using LinearMap::LinearMap;
  bool wide() const override { return true; }
  void bind(const Binding& binding) override;

 private:
  void map(std::span<const View> x, const View& y) const override;
  void transpose(const View& dy, std::span<const View> dx, std::span<const std::uint8_t> add) const override;

  // Where entries lie, in row-major order, where no view can say it.
  std::vector<std::int64_t> x_;
  std::vector<std::int64_t> y_;
  std::vector<std::int64_t> dx_;
  std::vector<std::int64_t> dy_;
};

}  // namespace nwedge::network
