#include "nwedge/wedge/axis_kernel.hpp"

#include <algorithm>
#include <tuple>

namespace nwedge::wedge {

AxisKernel::AxisKernel(const WedgeSet& wedges) {
  tables_.dimension = static_cast<std::size_t>(wedges.dimension);
  std::vector<Entry> entries;
  entries.reserve(wedges.short_axes.size());
  for (std::size_t i = 0; i < wedges.short_axes.size(); ++i)
    entries.push_back({wedges.short_axes[i],
                       static_cast<std::uint32_t>(i / static_cast<std::size_t>(wedges.short_directions))});
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.axis, a.wedge) < std::tie(b.axis, b.wedge);
  });
  constexpr std::size_t kRare =
      AxisTables::kBlock / 8;  // entries in a block below which reading it whole costs more
  std::vector<Entry> rare;
  for (std::size_t first = 0; first < entries.size();) {
    const std::int64_t block = entries[first].axis / static_cast<std::int64_t>(AxisTables::kBlock);
    std::size_t last = first;
    while (last < entries.size() &&
           entries[last].axis / static_cast<std::int64_t>(AxisTables::kBlock) == block)
      ++last;
    const std::span<Entry> here = std::span(entries).subspan(first, last - first);
    if (here.size() >= kRare) {
      add_dense_block(here, static_cast<std::size_t>(block) * AxisTables::kBlock);
    } else {
      if (rare.size() + here.size() > AxisTables::kBlock) {
        add_sparse_block(rare);
        rare.clear();
      }
      rare.insert(rare.end(), here.begin(), here.end());
    }
    first = last;
  }
  add_sparse_block(rare);
}

void AxisKernel::add_dense_block(std::span<Entry> entries, std::size_t begin) {
  for (Entry& entry : entries)
    entry.place = static_cast<std::uint16_t>(static_cast<std::size_t>(entry.axis) - begin);
  add_runs(entries, {true, begin, std::min(AxisTables::kBlock, tables_.dimension - begin), 0, 0});
}

void AxisKernel::add_sparse_block(std::span<Entry> entries) {
  if (entries.empty()) return;
  const std::size_t begin = tables_.columns.size();
  for (Entry& entry : entries) {
    if (tables_.columns.size() == begin || tables_.columns.back() != entry.axis)
      tables_.columns.push_back(entry.axis);
    entry.place = static_cast<std::uint16_t>(tables_.columns.size() - begin - 1);
  }
  add_runs(entries, {false, begin, tables_.columns.size() - begin, 0, 0});
}

void AxisKernel::add_runs(std::span<Entry> entries, AxisTables::Block block) {
  constexpr std::uint32_t kLongest = 64;  // 16 terms in each of four partial sums
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.wedge < b.wedge; });
  block.first_run = tables_.runs.size();
  for (const Entry& entry : entries) {
    const bool is_new = tables_.runs.size() == block.first_run || tables_.runs.back().wedge != entry.wedge ||
                        tables_.runs.back().count == kLongest;
    if (is_new) {
      while (tables_.places.size() % 4 != 0) tables_.places.push_back(AxisTables::kBlock);
      tables_.runs.push_back({entry.wedge, 0, tables_.places.size()});
    }
    tables_.places.push_back(entry.place);
    ++tables_.runs.back().count;
  }
  while (tables_.places.size() % 4 != 0) tables_.places.push_back(AxisTables::kBlock);
  block.last_run = tables_.runs.size();
  // Runs of one length together: the processor then foresees where the loop over a run ends.
  std::stable_sort(tables_.runs.begin() + static_cast<std::ptrdiff_t>(block.first_run), tables_.runs.end(),
                   [](const AxisTables::Run& a, const AxisTables::Run& b) {
                     return (a.count + 3) / 4 < (b.count + 3) / 4;
                   });
  tables_.blocks.push_back(block);
}

void AxisKernel::sum_one(const float* point, float width, std::span<double> sums) const {
  sum_axes_of_one(tables_, point, width, sums);
}

void AxisKernel::sum_sixteen(const float* points, float width, std::span<double> sums) const {
  sum_axes_of_sixteen(tables_, points, width, sums);
}

}  // namespace nwedge::wedge
