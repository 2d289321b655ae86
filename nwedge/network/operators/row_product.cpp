#include "nwedge/network/operators/row_product.hpp"

#include "nwedge/network/kernels/correlate.hpp"
#include "nwedge/network/kernels/lanes.hpp"

namespace nwedge::network {

void RowProduct::put_bias_gradient(std::int64_t o, const float* lanes, float* gradient, bool add) const {
  float& target = gradient[bias_offset_ + o];
  target = lane_sum(lanes) + (add ? target : 0.0f);
}

void RowProduct::bias_gradient_of_sums(const float* sums, float* gradient, bool add) const {
  for (std::int64_t o = 0; o < outputs() && has_bias(); ++o)
    put_bias_gradient(o, sums + o * kLanes, gradient, add);
}

}  // namespace nwedge::network
