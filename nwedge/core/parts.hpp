#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "nwedge/core/fields.hpp"

namespace nwedge {

/// Who computes the items of the loop in which a piece of work spends its time. By default this process does
/// (`this_process`). Work that is spread over processes runs in each of them up to this loop, which computes
/// some items there and throws `PartDone` (`SomeParts`), and then once more with all items given
/// (`ComputedParts`): what comes before the loop is done again, what comes after it once.
class Parts {
 public:
  using Bytes = std::vector<std::uint8_t>;

  virtual ~Parts() = default;

  /// take(i, compute(i)) for every i in [0, count): computes on all threads, then takes one after the other
  /// in the order of i. `compute` must give the same on any process.
  virtual void for_each(std::int64_t count, const std::function<Bytes(std::int64_t)>& compute,
                        const std::function<void(std::int64_t, const Bytes&)>& take) = 0;
};

/// All items here.
Parts& this_process();

/// A part of a piece of work is done: its items are computed. No error.
struct PartDone {};

/// Of the first loop the items i = part, part + parts, part + 2 parts, …
class SomeParts final : public Parts {
 public:
  SomeParts(std::int64_t part, std::int64_t parts) : part_(part), parts_(parts) {}
  void for_each(std::int64_t count, const std::function<Bytes(std::int64_t)>& compute,
                const std::function<void(std::int64_t, const Bytes&)>& take) override;
  const std::map<std::int64_t, Bytes>& items() const { return items_; }

 private:
  std::int64_t part_;
  std::int64_t parts_;
  std::map<std::int64_t, Bytes> items_;
};

/// Items of the first loop were computed before; those that are missing, and later loops, are computed here.
class ComputedParts final : public Parts {
 public:
  explicit ComputedParts(std::map<std::int64_t, Bytes> items) : items_(std::move(items)) {}
  void for_each(std::int64_t count, const std::function<Bytes(std::int64_t)>& compute,
                const std::function<void(std::int64_t, const Bytes&)>& take) override;

 private:
  std::map<std::int64_t, Bytes> items_;
  bool given_ = false;
};

/// Makes an item of numbers and results one after the other, bit for bit.
class ItemWriter {
 public:
  ItemWriter& put(std::span<const float> numbers);
  ItemWriter& put(std::span<const double> numbers);
  template <class Result>
  ItemWriter& put_result(Result result) {
    return put_bytes(nlohmann::json::to_cbor(to_record(std::move(result), NotFinite::kept)));
  }
  ItemWriter& put_bytes(std::span<const std::uint8_t> bytes);
  Parts::Bytes take() { return std::move(bytes_); }

 private:
  Parts::Bytes bytes_;
};

/// Reads them in the same order. `item` must outlive it.
class ItemReader {
 public:
  explicit ItemReader(const Parts::Bytes& item) : left_(item) {}
  std::vector<float> floats();
  std::vector<double> doubles();
  bool at_end() const { return left_.empty(); }
  template <class Result>
  Result result() {
    return from_record<Result>(nlohmann::json::from_cbor(bytes()), "item");
  }
  std::span<const std::uint8_t> bytes();

 private:
  std::span<const std::uint8_t> left_;
};

/// Numbers alone as an item.
Parts::Bytes pack(std::span<const double> numbers);
std::vector<double> unpack(const Parts::Bytes& bytes);

}  // namespace nwedge
