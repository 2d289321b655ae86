#include "nwedge/report/page.hpp"

#include <stdexcept>
#include <string_view>

// Laid into the library by an assembler file that cmake/page.cmake writes.
extern "C" {
extern const char nwedge_page_template_begin[], nwedge_page_template_end[];
extern const char nwedge_page_style_begin[], nwedge_page_style_end[];
extern const char nwedge_page_script_begin[], nwedge_page_script_end[];
extern const char nwedge_page_plotly_begin[], nwedge_page_plotly_end[];
}

namespace nwedge::report {
namespace {

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

/// `text` with every `from` replaced.
std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

std::string html_text(std::string text) {
  return replaced(replaced(std::move(text), "&", "&amp;"), "<", "&lt;");
}

/// JSON that cannot end the script element that holds it.
std::string script_json(const nlohmann::json& value) {
  return replaced(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), "<", "\\u003c");
}

}  // namespace

std::string assemble_page(const nlohmann::json& records) {
  const auto part = [&](std::string_view name) -> std::string {
    if (name == "title") return html_text(records.value("title", "nwedge"));
    if (name == "records") return script_json(records);
    if (name == "style") return std::string(between(nwedge_page_style_begin, nwedge_page_style_end));
    if (name == "script") return std::string(between(nwedge_page_script_begin, nwedge_page_script_end));
    if (name == "plotly") return std::string(between(nwedge_page_plotly_begin, nwedge_page_plotly_end));
    throw std::logic_error("report page: unknown part " + std::string(name));
  };
  std::string_view rest = between(nwedge_page_template_begin, nwedge_page_template_end);
  std::string page;
  for (std::size_t open = rest.find("{{"); open != std::string_view::npos; open = rest.find("{{")) {
    const std::size_t close = rest.find("}}", open);
    page += rest.substr(0, open);
    page += part(rest.substr(open + 2, close - open - 2));
    rest.remove_prefix(close + 2);
  }
  page += rest;
  return page;
}

}  // namespace nwedge::report
