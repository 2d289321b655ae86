#pragma once
#include <string_view>

namespace nwedge {

/// How long work reports that it goes on and learns that it should stop. The default does nothing.
/// Safe to call from any thread.
class Monitor {
 public:
  virtual ~Monitor() = default;

  /// Says that `fraction` (0 to 1) of this piece of work is done; throws `Cancelled` when the user asked to
  /// stop. Call it between steps of about a second or less.
  void checkpoint(double fraction) { do_checkpoint(fraction); }

  /// A line for the log (never needed to understand the result).
  void note(std::string_view line) { do_note(line); }

 private:
  virtual void do_checkpoint(double) {}
  virtual void do_note(std::string_view) {}
};

}  // namespace nwedge
