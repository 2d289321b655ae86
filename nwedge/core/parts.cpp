#include "nwedge/core/parts.hpp"

#include <cstring>
#include <stdexcept>

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

template <class Number>
std::vector<Number> numbers_of(std::span<const std::uint8_t> bytes) {
  std::vector<Number> numbers(bytes.size() / sizeof(Number));
  if (!numbers.empty()) std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(Number));
  return numbers;
}

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

ItemWriter& ItemWriter::put(std::span<const float> numbers) {
  return put_bytes({reinterpret_cast<const std::uint8_t*>(numbers.data()), numbers.size_bytes()});
}

ItemWriter& ItemWriter::put(std::span<const double> numbers) {
  return put_bytes({reinterpret_cast<const std::uint8_t*>(numbers.data()), numbers.size_bytes()});
}

ItemWriter& ItemWriter::put_bytes(std::span<const std::uint8_t> block) {
  const std::uint64_t size = block.size();
  const auto* head = reinterpret_cast<const std::uint8_t*>(&size);
  bytes_.insert(bytes_.end(), head, head + sizeof(size));
  bytes_.insert(bytes_.end(), block.begin(), block.end());
  return *this;
}

std::span<const std::uint8_t> ItemReader::bytes() {
  std::uint64_t size = 0;
  if (left_.size() < sizeof(size)) throw std::out_of_range("an item ends before it was read");
  std::memcpy(&size, left_.data(), sizeof(size));
  left_ = left_.subspan(sizeof(size));
  if (left_.size() < size) throw std::out_of_range("an item ends before it was read");
  const std::span<const std::uint8_t> block = left_.first(size);
  left_ = left_.subspan(size);
  return block;
}

std::vector<float> ItemReader::floats() { return numbers_of<float>(bytes()); }

std::vector<double> ItemReader::doubles() { return numbers_of<double>(bytes()); }

Parts::Bytes pack(std::span<const double> numbers) {
  const auto* begin = reinterpret_cast<const std::uint8_t*>(numbers.data());
  return {begin, begin + numbers.size_bytes()};
}

std::vector<double> unpack(const Parts::Bytes& bytes) { return numbers_of<double>(bytes); }

}  // namespace nwedge
