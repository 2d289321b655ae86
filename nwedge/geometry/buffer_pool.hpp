#pragma once
#include <cstddef>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace nwedge::geometry {

/// Buffers of one size that calls borrow and give back, because fresh large ones cost more in page faults
/// than the sums they are for. Safe from several threads.
class BufferPool {
 public:
  explicit BufferPool(std::size_t size) : size_(size) {}
  class Loan {
   public:
    Loan(BufferPool& pool, std::vector<float> buffer) : pool_(pool), buffer_(std::move(buffer)) {}
    ~Loan();
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    std::span<float> values() { return buffer_; }

   private:
    BufferPool& pool_;
    std::vector<float> buffer_;
  };
  Loan borrow();  ///< with whatever was left in it

 private:
  std::size_t size_;
  std::mutex mutex_;
  std::vector<std::vector<float>> free_;
};

}  // namespace nwedge::geometry
