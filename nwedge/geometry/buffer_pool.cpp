#include "nwedge/geometry/buffer_pool.hpp"

namespace nwedge::geometry {

BufferPool::Loan::~Loan() {
  const std::lock_guard lock(pool_.mutex_);
  pool_.free_.push_back(std::move(buffer_));
}

BufferPool::Loan BufferPool::borrow() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) return {*this, std::vector<float>(size_)};
  std::vector<float> buffer = std::move(free_.back());
  free_.pop_back();
  return {*this, std::move(buffer)};
}

}  // namespace nwedge::geometry
