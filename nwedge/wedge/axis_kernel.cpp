#include "nwedge/wedge/axis_kernel.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace nwedge::wedge {
namespace {

// GCC's and Clang's vector types: arithmetic on them is that of each element, so it rounds as a lone float
// does.
using Vector = float __attribute__((vector_size(64)));
struct Sixteen {
  Vector value;
  static constexpr std::size_t kLanes = 16;
};
struct One {
  float value;
  static constexpr std::size_t kLanes = 1;
};

/// max(|x| - width, 0)^2; a NaN passes through.
template <class Value>
void square_excess(Value& x, float width) {
  if (width != 0) {
    x = x < 0 ? -x : x;
    x -= width;
    x = x < 0 ? Value{} : x;
  }
  x *= x;
}

/// Transposes sixteen rows of sixteen floats: pairs, then fours, then the four quarters of a row.
void transpose(Vector (&r)[16]) {
  Vector t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    t[i + 1] =
        __builtin_shufflevector(r[i], r[i + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  }
  for (int i = 0; i < 16; i += 4)
    for (int h = 0; h < 2; ++h) {
      const Vector &a = t[i + h], &b = t[i + 2 + h];
      r[i + 2 * h] = __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
      r[i + 2 * h + 1] =
          __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    }
  // r[4 g + c] now holds, in its quarter q, column 4 q + c of rows 4 g to 4 g + 3.
  for (int c = 0; c < 4; ++c) {
    const Vector even_01 =
        __builtin_shufflevector(r[c], r[4 + c], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    const Vector odd_01 =
        __builtin_shufflevector(r[c], r[4 + c], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    const Vector even_23 = __builtin_shufflevector(r[8 + c], r[12 + c], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18,
                                                   19, 24, 25, 26, 27);
    const Vector odd_23 = __builtin_shufflevector(r[8 + c], r[12 + c], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22,
                                                  23, 28, 29, 30, 31);
    t[c] =
        __builtin_shufflevector(even_01, even_23, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    t[8 + c] =
        __builtin_shufflevector(even_01, even_23, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    t[4 + c] =
        __builtin_shufflevector(odd_01, odd_23, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    t[12 + c] =
        __builtin_shufflevector(odd_01, odd_23, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  }
  for (int i = 0; i < 16; ++i) r[i] = t[i];
}

/// rows[j] = column begin + j of the points, for the whole sixteens of `count`; returns how many columns that
/// is.
std::size_t load_sixteens(const float* points, std::size_t stride, std::size_t count, float width,
                          Sixteen* rows) {
  std::size_t j = 0;
  for (; j + 16 <= count; j += 16) {
    Vector tile[16];
    for (std::size_t i = 0; i < 16; ++i) std::memcpy(&tile[i], points + i * stride + j, sizeof(Vector));
    transpose(tile);
    for (std::size_t i = 0; i < 16; ++i) {
      square_excess(tile[i], width);
      rows[j + i].value = tile[i];
    }
  }
  return j;
}

std::size_t load_sixteens(const float*, std::size_t, std::size_t, float, One*) { return 0; }

void store(const Sixteen& lanes, double* sums) {
  for (std::size_t lane = 0; lane < 16; ++lane) sums[lane] += static_cast<double>(lanes.value[lane]);
}
void store(const One& lane, double* sums) { *sums += static_cast<double>(lane.value); }

}  // namespace

AxisKernel::AxisKernel(const WedgeSet& wedges) : dimension_(static_cast<std::size_t>(wedges.dimension)) {
  std::vector<Entry> entries;
  entries.reserve(wedges.short_axes.size());
  for (std::size_t i = 0; i < wedges.short_axes.size(); ++i)
    entries.push_back({wedges.short_axes[i],
                       static_cast<std::uint32_t>(i / static_cast<std::size_t>(wedges.short_directions))});
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.axis, a.wedge) < std::tie(b.axis, b.wedge);
  });
  constexpr std::size_t kRare = kBlock / 8;  // entries in a block below which reading it whole costs more
  std::vector<Entry> rare;
  for (std::size_t first = 0; first < entries.size();) {
    const std::int64_t block = entries[first].axis / static_cast<std::int64_t>(kBlock);
    std::size_t last = first;
    while (last < entries.size() && entries[last].axis / static_cast<std::int64_t>(kBlock) == block) ++last;
    const std::span<Entry> here = std::span(entries).subspan(first, last - first);
    if (here.size() >= kRare) {
      add_dense_block(here, static_cast<std::size_t>(block) * kBlock);
    } else {
      if (rare.size() + here.size() > kBlock) {
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
  add_runs(entries, {true, begin, std::min(kBlock, dimension_ - begin), 0, 0});
}

void AxisKernel::add_sparse_block(std::span<Entry> entries) {
  if (entries.empty()) return;
  const std::size_t begin = columns_.size();
  for (Entry& entry : entries) {
    if (columns_.size() == begin || columns_.back() != entry.axis) columns_.push_back(entry.axis);
    entry.place = static_cast<std::uint16_t>(columns_.size() - begin - 1);
  }
  add_runs(entries, {false, begin, columns_.size() - begin, 0, 0});
}

void AxisKernel::add_runs(std::span<Entry> entries, Block block) {
  constexpr std::uint32_t kLongest = 64;  // 16 terms in each of four partial sums
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.wedge < b.wedge; });
  block.first_run = runs_.size();
  for (const Entry& entry : entries) {
    const bool is_new = runs_.size() == block.first_run || runs_.back().wedge != entry.wedge ||
                        runs_.back().count == kLongest;
    if (is_new) {
      while (places_.size() % 4 != 0) places_.push_back(kBlock);
      runs_.push_back({entry.wedge, 0, places_.size()});
    }
    places_.push_back(entry.place);
    ++runs_.back().count;
  }
  while (places_.size() % 4 != 0) places_.push_back(kBlock);
  block.last_run = runs_.size();
  // Runs of one length together: the processor then foresees where the loop over a run ends.
  std::stable_sort(runs_.begin() + static_cast<std::ptrdiff_t>(block.first_run), runs_.end(),
                   [](const Run& a, const Run& b) { return (a.count + 3) / 4 < (b.count + 3) / 4; });
  blocks_.push_back(block);
}

template <class Lane>
void AxisKernel::load(const Block& block, const float* points, float width, Lane* rows) const {
  const std::size_t done =
      block.dense ? load_sixteens(points + block.begin, dimension_, block.count, width, rows) : 0;
  for (std::size_t j = done; j < block.count; ++j) {
    const std::size_t column =
        block.dense ? block.begin + j : static_cast<std::size_t>(columns_[block.begin + j]);
    float values[Lane::kLanes];
    for (std::size_t lane = 0; lane < Lane::kLanes; ++lane) values[lane] = points[lane * dimension_ + column];
    std::memcpy(&rows[j].value, values, sizeof values);
    square_excess(rows[j].value, width);
  }
}

void AxisKernel::prefetch(const Block& block, const float* points, std::size_t share,
                          std::size_t shares) const {
  if (!block.dense) return;
  constexpr std::size_t kLine = 16;  // floats
  const std::size_t lines = (block.count + kLine - 1) / kLine * kLanes;
  for (std::size_t i = lines * share / shares; i < lines * (share + 1) / shares; ++i)
    __builtin_prefetch(points + i % kLanes * dimension_ + block.begin + i / kLanes * kLine);
}

template <class Lane>
void AxisKernel::sum(const float* points, float width, std::span<double> sums) const {
  Lane rows[kBlock + 1];
  rows[kBlock] = Lane{};
  std::fill(sums.begin(), sums.end(), 0.0);
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    const Block& block = blocks_[b];
    load(block, points, width, rows);
    for (std::size_t r = block.first_run; r < block.last_run; ++r) {
      const Run& run = runs_[r];
      // The next block comes from memory while this one is summed.
      if (Lane::kLanes > 1 && b + 1 < blocks_.size())
        prefetch(blocks_[b + 1], points, r - block.first_run, block.last_run - block.first_run);
      Lane partial[4] = {};
      const std::uint16_t* place = places_.data() + run.first;
      for (std::uint32_t i = 0; i < run.count; i += 4)
        for (std::uint32_t p = 0; p < 4; ++p) partial[p].value += rows[place[i + p]].value;
      const Lane whole = {(partial[0].value + partial[1].value) + (partial[2].value + partial[3].value)};
      store(whole, sums.data() + run.wedge * Lane::kLanes);
    }
  }
}

void AxisKernel::sum_one(const float* point, float width, std::span<double> sums) const {
  sum<One>(point, width, sums);
}

void AxisKernel::sum_sixteen(const float* points, float width, std::span<double> sums) const {
  sum<Sixteen>(points, width, sums);
}

}  // namespace nwedge::wedge
