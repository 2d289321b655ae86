#include "nwedge/study/toml_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string>

#include "nwedge/core/error.hpp"

namespace nwedge::study {
namespace {

constexpr int kMost = 32;

/// Walks over the text outside comments and strings.
class Scanner {
 public:
  Scanner(std::string_view text, std::string_view place) : text_(text), place_(place) {}

  void run() {
    while (at_ < text_.size()) step(text_[at_]);
  }

 private:
  void step(char c) {
    if (c == '"' || c == '\'') return skip_string(c);
    if (c == '#') return skip_to_end_of_line();
    if (c == '.' && ++dots_ >= kMost) refuse("a key must have at most {} parts");
    if ((c == '[' || c == '{') && ++depth_ > kMost) refuse("lists and tables must be nested at most {} deep");
    if ((c == ']' || c == '}') && depth_ > 0) --depth_;
    if (c == '\n') ++line_;
    if (std::string_view("\n=,[]{}").find(c) != std::string_view::npos) dots_ = 0;
    ++at_;
  }

  void skip_to_end_of_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  /// To behind its end; one that does not end is the parser's to complain about.
  void skip_string(char quote) {
    const bool many_lines = text_.substr(at_, 3) == std::string(3, quote);
    const std::string end(many_lines ? 3 : 1, quote);
    for (at_ += end.size(); at_ < text_.size(); ++at_) {
      if (text_.substr(at_, end.size()) == end) break;
      if (text_[at_] == '\n' && !many_lines) return;
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] == '\\' && quote == '"') ++at_;
    }
    at_ += end.size();
  }

  void refuse(const char* rule) const {
    throw Error(fmt::format("{}:{}", place_, line_), fmt::format(fmt::runtime(rule), kMost));
  }

  std::string_view text_;
  std::string_view place_;
  std::size_t at_ = 0;
  int line_ = 1;
  int dots_ = 0;
  int depth_ = 0;
};

}  // namespace

void require_shallow_toml(std::string_view text, std::string_view place) { Scanner(text, place).run(); }

}  // namespace nwedge::study
