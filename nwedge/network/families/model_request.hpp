#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nwedge/network/families/family.hpp"

namespace nwedge::network {

inline constexpr std::int64_t kMaximumWidth = 65536;  ///< of a layer: neurons, channels
inline constexpr std::int64_t kMaximumDepth = 1000;   ///< blocks

/// What a family builds a network from.
struct ModelRequest {
  const ModelOptions& options;
  const Family& family;
  std::string_view sizes;       ///< what follows the colon, or the family's own
  std::string_view activation;  ///< the operator's name
  const Shape& input;
  std::int64_t outputs;
  std::string_view place;

  /// Throws an `Error` at `place` that names the model and the rule.
  [[noreturn]] void refuse(std::string_view rule) const;
  /// The same for sizes that cannot be read, with the family's syntax.
  [[noreturn]] void refuse_sizes(std::string_view rule) const;

  /// `word` as a whole number in [least, most]; `what` names it: "a width".
  std::int64_t whole(std::string_view what, std::string_view word, std::int64_t least,
                     std::int64_t most) const;
  std::vector<std::int64_t> widths() const;  ///< of sizes "100,100"
  /// The input [channels, height, width]; an `Error` where it is no image.
  const Shape& image() const;
};

/// Sizes "key=value,key=value": keys are those of the family's own sizes, which also give what is not named.
class Settings {
 public:
  explicit Settings(const ModelRequest& request);

  std::int64_t whole(std::string_view key, std::int64_t least, std::int64_t most) const;
  std::string_view choice(std::string_view key, std::span<const std::string_view> choices) const;

 private:
  std::string_view at(std::string_view key) const;

  const ModelRequest& request_;
  std::vector<std::pair<std::string_view, std::string_view>> entries_;
};

}  // namespace nwedge::network
