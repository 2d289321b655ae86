#include "nwedge/core/text.hpp"

#include <cstdint>

namespace nwedge {
namespace {

constexpr std::string_view kCut = " … ";

/// The bytes of the UTF-8 character at the beginning of `text`, and its code point; 0 bytes where there is
/// none.
struct Character {
  std::size_t bytes = 0;
  std::uint32_t code = 0;
};

Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {1, lead};
  const std::size_t bytes = lead >= 0xf0 && lead < 0xf5   ? 4
                            : lead >= 0xe0 && lead < 0xf0 ? 3
                            : lead >= 0xc2 && lead < 0xe0 ? 2
                                                          : 0;
  if (bytes == 0 || bytes > text.size()) return {};
  std::uint32_t code = lead & (0x7fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3fu);
  }
  const bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  if (overlong || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
  return {bytes, code};
}

bool acts_on_terminals(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) ||  // control characters
         (code >= 0x200b && code <= 0x200f) ||
         (code >= 0x2028 && code <= 0x202e) ||  // separators, directions
         (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

bool begins_character(char c) { return (static_cast<std::uint8_t>(c) & 0xc0) != 0x80; }

}  // namespace

std::string one_line(std::string_view text, std::size_t most) {
  std::string line;
  while (!text.empty()) {
    const Character character = first_character(text);
    const std::size_t bytes = character.bytes == 0 ? 1 : character.bytes;
    if (character.bytes == 0 || acts_on_terminals(character.code))
      line += '?';
    else
      line += text.substr(0, bytes);
    text.remove_prefix(bytes);
  }
  if (line.size() <= most || most < kCut.size()) return line;
  std::size_t head = (most - kCut.size()) * 2 / 3;
  std::size_t tail = line.size() - (most - kCut.size() - head);
  while (!begins_character(line[head])) --head;
  while (tail < line.size() && !begins_character(line[tail])) ++tail;
  return line.substr(0, head) + std::string(kCut) + line.substr(tail);
}

}  // namespace nwedge
