#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nwedge/network/alignment/unit_groups.hpp"

namespace nwedge::network {

/// What belongs to each unit of a group at one place, as rows [copies size, entries of one unit].
struct UnitRows {
  std::vector<float> values;
  std::int64_t size = 0;     ///< units of a copy
  std::int64_t entries = 0;  ///< of one unit
};

/// The entries of a tensor or a value, by units of `group` along `axis`; entries that belong to none are left
/// out.
UnitRows unit_rows(std::span<const UnitGroup> groups, const PlaceUnits& place, std::size_t axis,
                   std::int32_t group, const float* values);

/// sum[i size + j] += the product of row i of copy `our_copy` and row j of copy `their_copy`.
void add_products(const UnitRows& ours, const UnitRows& theirs, std::int64_t our_copy,
                  std::int64_t their_copy, std::int64_t size, std::span<double> sum);

}  // namespace nwedge::network
