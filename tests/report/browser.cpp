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
  read(page);
}, 50);

// Printing happens in one task: what its handler has not drawn stays blank on the paper.
frame.addEventListener("load", () => {
  if ("{print}" !== "yes") return;
  frame.contentWindow.dispatchEvent(new Event("beforeprint"));
  const panels = [...frame.contentDocument.querySelectorAll(".panel")];
  document.body.dataset.unprinted = panels.filter(p => !p.querySelector(".main-svg, canvas, .notice")).length;
  document.body.dataset.broken = frame.contentDocument.querySelectorAll(".panel img").length;
  frame.contentWindow.dispatchEvent(new Event("afterprint"));
});

async function audit(page) {
  for (const details of page.querySelectorAll("details")) details.open = true;
  const script = frame.contentDocument.createElement("script");
  script.src = "{axe}";
  const ready = new Promise((done, failed) => { script.onload = done; script.onerror = () => failed(new Error("no axe-core")); });
  page.append(script);
  await ready;
  const { violations } = await frame.contentWindow.axe.run(frame.contentDocument);
  document.body.dataset.violations = violations.length;
  document.body.dataset.violation = violations.map(v => `${v.id}: ${v.nodes[0].html}`).join("; ").replace(/[^\w .:;=-]/g, " ").slice(0, 500);
}

async function read(page) {
  const inside = node => node.closest(".scroll, .row, pre, .hoverlayer");
  const wide = [...page.querySelectorAll("body *")].filter(node => !inside(node) && !node.closest("svg") &&
    node.getBoundingClientRect().right > page.clientWidth + 1);
  const clipped = [...page.querySelectorAll(".scroll")].filter(node => node.clientWidth && node.scrollWidth > node.clientWidth + 1);
  if ("{axe}") await audit(page);
  frame.contentWindow.scrollTo({ top: page.scrollHeight / 2, behavior: "instant" });
  const contents = page.querySelector("nav .contents > summary").getBoundingClientRect();
  const figure = page.querySelector("main figure");
  const data = Object.assign({}, page.dataset, { clipped: clipped.length,
    "figure-top": figure ? Math.round(figure.getBoundingClientRect().top + frame.contentWindow.scrollY) : -1,
    reachable: contents.top >= 0 && contents.bottom <= frame.clientHeight ? 1 : 0,
    unnamed: [...page.querySelectorAll(".plot")].filter(plot => plot.querySelector(".main-svg") && !/[a-z]/.test(plot.getAttribute("aria-label") || "")).length, overflow: Math.max(0, page.scrollWidth - page.clientWidth),
    wide: wide.length, widest: wide.length ? wide[0].outerHTML.slice(0, 120).replace(/[^\w .-]/g, " ") : "" });
  data.ink = getComputedText(page, "color");
  data.ground = getComputedText(page, "backgroundColor");
  data.undrawn = [...page.querySelectorAll(".panel")].filter(p => !p.querySelector(".main-svg, canvas, img, .notice")).length;
  for (const [name, value] of Object.entries(data)) document.body.setAttribute(`data-${name}`, value);
  const copy = document.createElement("template");
  copy.innerHTML = page.querySelector("#page").outerHTML;
  document.body.append(copy);
}
function getComputedText(page, name) { return frame.contentWindow.getComputedStyle(page.querySelector("body"))[name]; }
</script>)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
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

std::string axe_script() {
  const std::string path = run("'" NWEDGE_SOURCE_DIR "/tools/fetch-axe' '" +
                               (std::filesystem::path(NWEDGE_PROGRAM).parent_path() / "axe").string() + "'");
  return path.empty() ? path : path.substr(0, path.find('\n'));
}

Rendering render(const std::filesystem::path& report, int width, const std::string& query,
                 const std::string& axe) {
  const TemporaryFolder folder;
  const std::filesystem::path frame = folder / "frame.html", log = folder / "console.txt";
  std::string text = replaced(kFrame, "{width}", std::to_string(width));
  text = replaced(text, "{address}", "file://" + report.string() + "?all&" + query);
  text = replaced(text, "{print}", query.find("print") == std::string::npos ? "no" : "yes");
  std::ofstream(frame) << replaced(text, "{axe}", axe.empty() ? "" : "file://" + axe);
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
