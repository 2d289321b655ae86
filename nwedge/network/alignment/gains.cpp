#include "nwedge/network/alignment/gains.hpp"

#include <Eigen/Core>
#include <algorithm>

namespace nwedge::network {
namespace {

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace

UnitRows unit_rows(std::span<const UnitGroup> groups, const PlaceUnits& place, std::size_t axis,
                   std::int32_t group, const float* values) {
  const UnitGroup& own = groups[static_cast<std::size_t>(group)];
  const AxisUnits& units = place.axes[axis];
  std::int64_t after = 1;
  for (std::size_t a = axis + 1; a < place.axes.size(); ++a) after *= place.axes[a].extent();
  const std::int64_t extent = units.extent();
  // The driver's entry of the part of the tensor that starts at `entry`: it changes along the way.
  std::int64_t driver_stride = 1;
  std::int64_t driver_extent = 1;
  if (units.driver >= 0) {
    driver_extent = place.axes[static_cast<std::size_t>(units.driver)].extent();
    for (std::size_t a = static_cast<std::size_t>(units.driver) + 1; a < place.axes.size(); ++a)
      driver_stride *= place.axes[a].extent();
  }
  const bool driven_inside = units.driver > static_cast<std::int32_t>(axis);
  const std::int64_t run = driven_inside ? driver_stride : after;  // entries of one row together
  // rows[j extent + k]: whose entries those at k are, with the driver at j; kAbsent: nobody's.
  std::vector<std::int32_t> rows;
  for (std::int64_t j = 0; j < driver_extent; ++j)
    for (std::int64_t k = 0; k < extent; ++k) {
      std::int32_t row = kAbsent;
      for (const AxisUnits::Piece& piece : units.at(k))
        if (piece.group == group && row == kAbsent)
          row = static_cast<std::int32_t>(place.copy(groups, axis, k, piece, j) * own.size) + piece.unit;
      rows.push_back(row);
    }
  const auto row_at = [&](std::int64_t entry) {
    const std::int64_t j = units.driver >= 0 ? entry / driver_stride % driver_extent : 0;
    return rows[static_cast<std::size_t>(j * extent + entry / after % extent)];
  };
  std::int64_t inside = 0;
  for (std::int64_t entry = 0; entry < place.count; entry += run)
    if (row_at(entry) != kAbsent) inside += run;
  UnitRows result;
  result.size = own.size;
  result.entries = inside / (own.size * own.copies);
  result.values.resize(static_cast<std::size_t>(inside));
  std::vector<std::int64_t> filled(static_cast<std::size_t>(own.size * own.copies), 0);
  for (std::int64_t entry = 0; entry < place.count; entry += run) {
    const std::int32_t row = row_at(entry);
    if (row == kAbsent) continue;
    std::int64_t& at = filled[static_cast<std::size_t>(row)];
    std::copy_n(values + entry, run, result.values.data() + row * result.entries + at);
    at += run;
  }
  return result;
}

void add_products(const UnitRows& ours, const UnitRows& theirs, std::int64_t our_copy,
                  std::int64_t their_copy, std::int64_t size, std::span<double> sum) {
  const auto rows = static_cast<Eigen::Index>(size);
  const auto entries = static_cast<Eigen::Index>(ours.entries);
  const auto block = size * ours.entries;
  const Eigen::Map<const Rows> a(ours.values.data() + our_copy * block, rows, entries);
  const Eigen::Map<const Rows> b(theirs.values.data() + their_copy * block, rows, entries);
  const Rows product = a * b.transpose();
  for (Eigen::Index k = 0; k < product.size(); ++k)
    sum[static_cast<std::size_t>(k)] += static_cast<double>(product.data()[k]);
}

}  // namespace nwedge::network
