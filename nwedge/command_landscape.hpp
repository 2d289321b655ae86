#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/callback_landscape.hpp"
#include "nwedge/core/options.hpp"

namespace nwedge {

/// The protocol of docs/landscape-protocol.md that this version speaks.
inline constexpr std::int64_t kLandscapeProtocol = 1;

struct CommandOptions {
  std::string command;          ///< what a shell runs: a program that answers by the protocol
  double answer_within = 3600;  ///< seconds in which it must answer each call

  void visit(OptionVisitor& visitor);
  void validate(std::string_view place) const;
};

/// What a program says of its landscape before anything is asked.
struct Introduction {
  std::string name;
  std::int64_t dimension = 0;       ///< D
  std::int64_t train_examples = 0;  ///< 0: the loss is no mean over examples
  std::int64_t test_examples = 0;
  bool accuracy = false;
  bool deterministic =
      false;               ///< whether it promises the same bits for the same call; recorded, not relied on
  bool evaluates = false;  ///< losses without gradients, of many points in one call
  bool batches = false;    ///< minibatches by the indices of their examples
  bool hessian = false;    ///< Hessian products
  bool fewer_examples = false;         ///< as many examples as it is asked for
  std::vector<ParameterGroup> groups;  ///< empty: one
  std::vector<std::string> notes;      ///< what there is to know of it, one line each
  std::vector<std::string> printed;    ///< lines before its greeting, for its user alone
};

/// The landscape of another program, which answers calls on its standard input over its standard output
/// (docs/landscape-protocol.md). It runs for as long as the landscape lives; calls are made one at a time.
/// What it does not offer is made of gradients: losses, minibatches (the whole split), Hessian products
/// (central differences). A call costs what the program takes and a copy of its arrays over a pipe.
///
/// Errors name the command: it does not start, ends, is silent for longer than `answer_within`, writes what
/// is no answer, refuses a call (with its own line), has no test data. A NaN is a measurement.
class CommandLandscape final : public CallbackLandscape {
 public:
  /// `train_examples`, `test_examples`: how many to use, where the program can use fewer than it has; 0: all.
  explicit CommandLandscape(const CommandOptions& options, std::int64_t train_examples = 0,
                            std::int64_t test_examples = 0);

  const Introduction& introduction() const { return *introduction_; }

 private:
  class Program;
  explicit CommandLandscape(const std::shared_ptr<Program>& program);

  std::shared_ptr<const Introduction> introduction_;
};

}  // namespace nwedge
