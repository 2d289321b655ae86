#include "nwedge/geometry/random_projection.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include "nwedge/core/error.hpp"
#include "nwedge/geometry/random_projections.hpp"

namespace nwedge::geometry {
namespace {

constexpr std::string_view kKinds[] = {"hadamard", "gaussian", "orthonormal", "signs", "sparse"};

void require_size(std::string_view what, std::size_t size, std::int64_t expected) {
  if (size != static_cast<std::size_t>(expected))
    throw Error("projection", fmt::format("{} must have {} entries, has {}", what, expected, size));
}

/// A dense kind beyond the machine's memory would be killed without a word.
void require_memory(std::string_view kind, double bytes) {
  const double memory =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  if (bytes > 0.8 * memory)
    throw Error("projection", fmt::format("a \"{}\" projection needs {:.1f} GB, this machine has {:.1f} GB; "
                                          "\"hadamard\" stores no matrix",
                                          kind, bytes / 1e9, memory / 1e9));
}

}  // namespace

RandomProjection::RandomProjection(std::int64_t rows, std::int64_t columns) : rows_(rows), columns_(columns) {
  if (columns < 1 || columns > rows)
    throw Error("projection", fmt::format("columns must be from 1 to the {} rows, is {}", rows, columns));
}

void RandomProjection::apply(std::span<const float> coordinates, std::span<const float> origin,
                             std::span<float> point) const {
  require_size("coordinates", coordinates.size(), columns_);
  require_size("the origin", origin.size(), rows_);
  require_size("the point", point.size(), rows_);
  do_apply(coordinates, origin, point);
}

void RandomProjection::apply_transpose(std::span<const float> vector, std::span<float> coordinates) const {
  require_size("the vector", vector.size(), rows_);
  require_size("coordinates", coordinates.size(), columns_);
  do_apply_transpose(vector, coordinates);
}

std::span<const std::string_view> random_projection_kinds() { return kKinds; }

std::unique_ptr<RandomProjection> make_random_projection(std::string_view kind, std::int64_t rows,
                                                         std::int64_t columns, std::uint64_t seed) {
  const double entries = static_cast<double>(rows) * static_cast<double>(columns);
  if (kind == "hadamard") return std::make_unique<HadamardProjection>(rows, columns, seed);
  if (kind == "sparse") return std::make_unique<SparseProjection>(rows, columns, seed);
  if (kind == "signs") {
    require_memory(kind, entries / 4);
    return std::make_unique<SignProjection>(rows, columns, seed);
  }
  if (kind == "gaussian" || kind == "orthonormal") {
    require_memory(kind, 4 * entries);
    using Columns = DenseProjection::Columns;
    return std::make_unique<DenseProjection>(rows, columns,
                                             kind == "gaussian" ? Columns::unit : Columns::orthonormal, seed);
  }
  const std::vector<std::string> names(std::begin(kKinds), std::end(kKinds));
  throw Error("projection", fmt::format("unknown kind \"{}\"{}", kind, did_you_mean(kind, names)));
}

}  // namespace nwedge::geometry
