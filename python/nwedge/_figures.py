"""The report's figures as Plotly figures: the page's own scripts build them, in QuickJS, without a browser."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from ._core import Error

# What the page's scripts ask of a browser: nodes that hold what is put into them, and the light colours.
_BROWSER = """
const listened = { addEventListener() {}, removeEventListener() {} };
class Node {
  constructor(tag) {
    this.tag = tag; this.children = []; this.dataset = {}; this.attributes = {}; this.textContent = ""; this.clientWidth = 640;
    this.style = { setProperty() {} };
    this.classList = { add() {}, remove() {}, toggle() {}, contains: () => false };
  }
  append(...nodes) { for (const node of nodes) { if (node instanceof Node) node.parentNode = this; this.children.push(node); } }
  prepend(...nodes) { this.children.unshift(...nodes); }
  before() {} after() {} remove() {} click() {} scrollIntoView() {}
  replaceChildren(...nodes) { this.children = nodes; }
  setAttribute(name, value) {
    this.attributes[name] = value;
    if (name.startsWith("data-")) this.dataset[name.slice(5).replace(/-(.)/g, (_, c) => c.toUpperCase())] = value;
  }
  getAttribute(name) { return this.attributes[name] ?? null; }
  toggleAttribute() {} removeAttribute() {} addEventListener() {} insertAdjacentElement() {} insertAdjacentHTML() {}
  querySelector() { return new Node("any"); } querySelectorAll() { return []; } closest() { return null; }
  getBoundingClientRect() { return { top: 0, bottom: 0, left: 0, right: 0, width: 640, height: 300 }; }
}
const records = new Node("script"), page = new Node("div");
const document = {
  ...listened, documentElement: new Node("html"), body: new Node("body"), createElement: tag => new Node(tag),
  createElementNS: (_, tag) => new Node(tag), createTextNode: text => text, createDocumentFragment: () => new Node("fragment"),
  getElementById: id => id === "records" ? records : page, querySelector: () => null, querySelectorAll: () => []
};
const location = { search: "", hash: "" };
const window = { ...listened, innerWidth: 1280, innerHeight: 800, matchMedia: () => ({ ...listened, matches: false }) };
const problems = [];
const console = { error: text => problems.push(String(text)), warn() {}, log() {} };
const colours = {};
const getComputedStyle = () => ({ fontFamily: "sans-serif", getPropertyValue: name => colours[name] || "" });
class URLSearchParams {
  constructor(text) { this.pairs = Object.fromEntries(text.replace(/^\\?/, "").split("&").filter(Boolean).map(pair => pair.split("="))); }
  get(name) { return this.pairs[name] ?? null; }
  has(name) { return name in this.pairs; }
}
const seen = [];
class IntersectionObserver { observe(node) { if (!seen.includes(node)) seen.push(node); } unobserve() {} disconnect() {} }
class ResizeObserver { observe() {} disconnect() {} }
const setTimeout = () => 0, clearTimeout = () => {}, requestAnimationFrame = () => 0;
function atob(text) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const places = new Uint8Array(128);
  for (let i = 0; i < 64; i++) places[letters.charCodeAt(i)] = i;
  const clean = text.replace(/=+$/, ""), bytes = [];
  for (let i = 0, bits = 0, held = 0; i < clean.length; i++) {
    held = (held << 6 | places[clean.charCodeAt(i)]) & 0xffffff; bits += 6;
    if (bits >= 8) { bits -= 8; bytes.push(String.fromCharCode(held >> bits & 255)); }
  }
  return bytes.join("");
}
"""

_DRAW = """
JSON.stringify({ problems, figures: seen.map(node => node.panel).filter(Boolean).flatMap(panel => panel.views.map(view => {
  panel.view = view;
  const { data, layout } = panel.figure(nwedge.theme());
  const own = view.title || view.name;
  return { name: panel.name, title: panel.views.length > 1 && own !== panel.title ? `${panel.title}: ${own}` : view.title || panel.title, data, layout };
})).filter(figure => figure.data.length) })
"""


class Figures(list[Any]):
    """A list of figures; a notebook shows them below each other."""

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for figure in self:  # as Plotly's own data where a notebook knows them, else as a page that fetches Plotly.js
            bundle = {"application/vnd.plotly.v1+json": json.loads(figure.to_json()), "text/html": _as_html(figure)}
            display(bundle, raw=True)

    def _repr_html_(self) -> str:
        return "".join(map(_as_html, self))


def _as_html(figure: Any) -> str:
    return figure.to_html(full_html=False, include_plotlyjs="cdn")


def _between(text: str, begin: str, end: str) -> str:
    start = text.index(begin) + len(begin)
    return text[start : text.index(end, start)]


def figures(page: str, experiment: str) -> Figures:
    """The figures of one experiment in a report's page, as `plotly.graph_objects.Figure`."""
    try:
        import plotly.graph_objects
        import quickjs
    except ImportError as problem:
        raise Error(f"[plot] needs the packages plotly and quickjs ({problem.name} is missing): pip install nwedge[plot]") from None
    context = quickjs.Context()
    context.eval(_BROWSER)
    style = _between(page, "<style>", "</style>")
    colours: dict[str, str] = {}
    for name, value in re.findall(r"(--[\w-]+):\s*(#[0-9a-fA-F]{6})", style):
        colours.setdefault(name, value)  # the light ones come first
    context.eval(f"Object.assign(colours, {json.dumps(colours)}); location.search = '?only={experiment}'")
    context.set("given", _between(page, '<script type="application/json" id="records">', "</script>"))
    context.eval("records.textContent = given")
    context.eval(_between(page[page.index('id="records"') :], "<script>", "</script>"))
    drawn = json.loads(context.eval(_DRAW))
    if drawn["problems"]:
        raise RuntimeError("; ".join(drawn["problems"]))
    made = Figures()
    for figure in drawn["figures"]:
        layout = {key: value for key, value in figure["layout"].items() if key not in ("width",)}
        layout["title"] = {"text": html.escape(figure["title"]), "x": 0.02, "font": {"size": 15}}
        layout["margin"] = {**layout.get("margin", {}), "t": layout.get("margin", {}).get("t", 30) + 36}
        made.append(plotly.graph_objects.Figure(data=figure["data"], layout=layout, skip_invalid=False))
    return made
