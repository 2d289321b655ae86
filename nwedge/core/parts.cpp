#include "nwedge/core/parts.hpp"

#include <cstring>

#include "nwedge/core/parallel.hpp"

namespace nwedge {
namespace {

class ThisProcess final : public Parts {
 public:
  void for_each(std::int64_t count, const std::function<Bytes(std::int64_t)>& compute,
                const std::function<void(std::int64_t, const Bytes&)>& take) override {
    std::vector<Bytes> items(static_cast<std::size_t>(count));
    parallel_for(count, [&](std::int64_t i) { items[static_cast<std::size_t>(i)] = compute(i); });
    for (std::int64_t i = 0; i < count; ++i) take(i, items[static_cast<std::size_t>(i)]);
  }
};

}  // namespace

Parts& this_process() {
  static ThisProcess process;
  return process;
}

void SomeParts::for_each(std::int64_t count, const std::function<Bytes(std::int64_t)>& compute,
                         const std::function<void(std::int64_t, const Bytes&)>&) {
  std::vector<std::int64_t> own;
  for (std::int64_t i = part_; i < count; i += parts_) own.push_back(i);
  std::vector<Bytes> items(own.size());
  parallel_for(std::ssize(own), [&](std::int64_t k) {
    items[static_cast<std::size_t>(k)] = compute(own[static_cast<std::size_t>(k)]);
  });
  for (std::size_t k = 0; k < own.size(); ++k) items_[own[k]] = std::move(items[k]);
  throw PartDone();
}

void ComputedParts::for_each(std::int64_t count, const std::function<Bytes(std::int64_t)>& compute,
                             const std::function<void(std::int64_t, const Bytes&)>& take) {
  if (given_) return this_process().for_each(count, compute, take);
  given_ = true;
  std::vector<std::int64_t> missing;
  for (std::int64_t i = 0; i < count; ++i)
    if (!items_.contains(i)) missing.push_back(i);
  std::vector<Bytes> found(missing.size());
  parallel_for(std::ssize(missing), [&](std::int64_t k) {
    found[static_cast<std::size_t>(k)] = compute(missing[static_cast<std::size_t>(k)]);
  });
  for (std::size_t k = 0; k < missing.size(); ++k) items_[missing[k]] = std::move(found[k]);
  for (std::int64_t i = 0; i < count; ++i) take(i, items_.at(i));
}

Parts::Bytes pack(std::span<const double> numbers) {
  Parts::Bytes bytes(numbers.size_bytes());
  if (!bytes.empty()) std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

std::vector<double> unpack(const Parts::Bytes& bytes) {
  std::vector<double> numbers(bytes.size() / sizeof(double));
  if (!numbers.empty()) std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(double));
  return numbers;
}

}  // namespace nwedge
