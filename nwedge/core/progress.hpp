#pragma once
#include <atomic>
#include <deque>
#include <span>

#include "nwedge/core/monitor.hpp"

namespace nwedge {

/// Splits one monitored piece of work into parts that report on their own, one after the other or at once:
/// the whole's fraction is the mean of the parts' fractions, weighted by their costs. Safe from several
/// threads; the whole monitor must outlive it.
class Progress {
 public:
  /// `costs`: one number > 0 a part, in any unit.
  Progress(Monitor& whole, std::span<const double> costs);

  Monitor& part(std::size_t i) { return parts_[i]; }

 private:
  class Part final : public Monitor {
   public:
    Part(Progress& parent, double share) : parent_(parent), share_(share) {}
    double done() const { return share_ * fraction_.load(std::memory_order_relaxed); }

   private:
    void do_checkpoint(double fraction) override;
    void do_note(std::string_view line) override { parent_.whole_.note(line); }

    Progress& parent_;
    double share_;
    std::atomic<double> fraction_ = 0;
  };

  Monitor& whole_;
  std::deque<Part> parts_;
};

}  // namespace nwedge
