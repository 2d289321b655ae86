#include "tests/report/browser.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "tests/support/temporary_folder.hpp"

namespace nwedge::test {
namespace {

// A window of Chromium is at least 500 pixels wide; a frame may be narrower, and media queries follow the
// frame.
constexpr const char* kFrame = R"(<!doctype html><meta charset="utf-8"><body style="margin:0">
<iframe id="frame" style="border:0;width:{width}px;height:900px" src="{address}"></iframe>
<script>
const frame = document.getElementById("frame");
const wait = setInterval(() => {
  const page = frame.contentDocument && frame.contentDocument.documentElement;
  if (!page || page.dataset.done !== "yes") return;
  clearInterval(wait);
  const inside = node => node.closest(".scroll, pre, .modebar, .hoverlayer");
  const wide = [...page.querySelectorAll("body *")].filter(node => !inside(node) && !node.closest("svg") &&
    node.getBoundingClientRect().right > page.clientWidth + 1);
  const data = Object.assign({}, page.dataset, { overflow: Math.max(0, page.scrollWidth - page.clientWidth),
    wide: wide.length, widest: wide.length ? wide[0].outerHTML.slice(0, 120).replace(/[^\w .-]/g, " ") : "" });
  data.ink = getComputedText(page, "color");
  data.ground = getComputedText(page, "backgroundColor");
  data.undrawn = [...page.querySelectorAll(".panel")].filter(p => !p.querySelector(".main-svg, canvas, img, .notice")).length;
  for (const [name, value] of Object.entries(data)) document.body.dataset[name] = value;
  const copy = document.createElement("template");
  copy.innerHTML = page.querySelector("#page").outerHTML;
  document.body.append(copy);
}, 50);
function getComputedText(page, name) { return frame.contentWindow.getComputedStyle(page.querySelector("body"))[name]; }
</script>)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

std::string run(const std::string& command) {
  std::string output;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  if (!pipe) throw std::runtime_error("cannot run " + command);
  char buffer[65536];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe.get()))
    output.append(buffer, count);
  return output;
}

/// Chromium's hints on how software rendering could be faster.
bool is_remark(const std::string& line) {
  return line.find("GL Driver Message") != std::string::npos ||
         line.find("willReadFrequently") != std::string::npos;
}

}  // namespace

int Rendering::number(const std::string& name) const {
  const auto found = data.find(name);
  return found == data.end() ? -1 : std::atoi(found->second.c_str());
}

bool has_browser() { return std::system("command -v chromium >/dev/null 2>&1") == 0; }

Rendering render(const std::filesystem::path& report, int width, const std::string& query) {
  const TemporaryFolder folder;
  const std::filesystem::path frame = folder / "frame.html", log = folder / "console.txt";
  std::ofstream(frame) << replaced(replaced(kFrame, "{width}", std::to_string(width)), "{address}",
                                   "file://" + report.string() + "?all&" + query);
  Rendering rendering;
  rendering.page =
      run("timeout 500 chromium --headless=new --no-sandbox --disable-gpu --enable-unsafe-swiftshader "
          "--disable-dev-shm-usage --no-first-run "
          "--allow-file-access-from-files --enable-logging=stderr --v=0 --virtual-time-budget=400000 "
          "--window-size=1600,1000 "
          "--user-data-dir='" +
          (folder / "profile").string() + "' --dump-dom 'file://" + frame.string() + "' 2>'" + log.string() +
          "'");
  const std::size_t body = rendering.page.find("<body");
  if (body == std::string::npos) throw std::runtime_error("Chromium gave no page");
  const std::string tag = rendering.page.substr(body, rendering.page.find('>', body) - body);
  static const std::regex attribute("data-([a-z-]+)=\"([^\"]*)\"");
  for (std::sregex_iterator match(tag.begin(), tag.end(), attribute), end; match != end; ++match)
    rendering.data[(*match)[1]] = (*match)[2];
  std::ifstream lines(log);
  for (std::string line; std::getline(lines, line);)
    if (line.find("CONSOLE") != std::string::npos && !is_remark(line)) rendering.console.push_back(line);
  return rendering;
}

}  // namespace nwedge::test
