// Colours and the layout that every figure starts from. The colours themselves are CSS variables in style.css.
"use strict";
(() => {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  const wanted = new URLSearchParams(location.search).get("theme");
  if (wanted === "dark" || wanted === "light") root.dataset.theme = wanted;

  nwedge.isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;

  const read = (style, name) => style.getPropertyValue(name).trim();

  /** The current colours; `paper` ("light") gives those for print and for exported files. */
  nwedge.theme = paper => {
    const holder = nwedge.element("div", { hidden: true, class: paper ? "paper" : null });
    document.body.append(holder);
    const style = getComputedStyle(holder);
    const names = ["ink", "muted", "rule", "page", "card", "failure", "success", "doubt"];
    const theme = Object.fromEntries(names.map(name => [name, read(style, `--${name}`)]));
    theme.landscape = [0, 1, 2, 3, 4, 5].map(i => read(style, `--landscape-${i}`));
    theme.prediction = theme.ink;
    theme.colours = theme.landscape;
    holder.remove();
    return theme;
  };

  // Colour slots: wedge models take the blues, networks the others, so that a colour means the same in every figure.
  const slots = { wedge: [0, 5], network: [1, 2, 3, 4] };
  const used = new Set();
  for (const landscape of nwedge.data.landscapes) {
    const own = slots[landscape.kind === "wedge" ? "wedge" : "network"];
    landscape.slot = [...own, 0, 1, 2, 3, 4, 5].find(slot => !used.has(slot)) ?? own[used.size % own.length];
    used.add(landscape.slot);
  }

  /** Colour number `slot` of a theme; a landscape object is its own colour. */
  nwedge.colour = (theme, slot) => typeof slot === "string" ? slot : theme.landscape[(slot.slot ?? slot) % 6];

  nwedge.transparent = (colour, opacity) => {
    const n = parseInt(colour.slice(1), 16);
    return `rgba(${n >> 16}, ${(n >> 8) & 255}, ${n & 255}, ${opacity})`;
  };

  /** Viridis (Smith and van der Walt, 2015): even in lightness, readable without colour vision. Low loss is dark. */
  nwedge.scale = [[0, "#440154"], [0.11, "#482878"], [0.22, "#3e4989"], [0.33, "#31688e"], [0.44, "#26828e"],
    [0.56, "#1f9e89"], [0.67, "#35b779"], [0.78, "#6ece58"], [0.89, "#b5de2b"], [1, "#fde725"]];

  const font = getComputedStyle(document.body).fontFamily;

  /** Ticks 1, 2, 5 (or 1, 3) of each power of ten. */
  function shortLogarithm(low, high) {
    const steps = high / low < 30 ? [1, 2, 5] : [1, 3], tickvals = [];
    for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.log10(high) + 1; power++) tickvals.push(...steps.map(step => Number(`${step}e${power}`)));
    return { tickvals, ticktext: tickvals.map(value => nwedge.format(value, 1)) };
  }

  nwedge.axis = (theme, spec = {}) => {
    const axis = {
      title: { text: spec.title || "", standoff: 6, font: { size: 12.5 } }, type: spec.log ? "log" : "linear",
      gridcolor: theme.rule, zerolinecolor: theme.rule, linecolor: theme.muted, tickcolor: theme.muted,
      zeroline: false, showline: true, ticks: "outside", ticklen: 4, automargin: true, exponentformat: "power",
      tickfont: { size: 11 }, nticks: 7
    };
    if (spec.percent) axis.tickformat = ",.0%";
    // Powers of ten alone would leave a short axis nearly empty.
    if (spec.log && spec.span && spec.span[0] > 0 && spec.span[1] / spec.span[0] < 300) Object.assign(axis, shortLogarithm(...spec.span));
    if (spec.range) axis.range = spec.log ? spec.range.map(Math.log10) : spec.range;
    if (spec.categories) Object.assign(axis, { type: "category", nticks: 0 });
    if (spec.ticks) Object.assign(axis, { tickvals: spec.ticks.values, ticktext: spec.ticks.text });
    if (spec.fromZero) axis.rangemode = "tozero";
    return axis;
  };

  nwedge.layout = theme => ({
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", colorway: theme.landscape,
    font: { family: font, size: 12, color: theme.ink }, margin: { l: 58, r: 14, t: 30, b: 46 },
    hovermode: "closest", hoverlabel: { font: { family: font, size: 12 }, namelength: -1 },
    legend: { orientation: "h", x: 0, xanchor: "left", y: 1.02, yanchor: "bottom", font: { size: 11 },
      itemsizing: "trace", tracegroupgap: 0, bgcolor: "rgba(0,0,0,0)" },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: theme.muted, activecolor: theme.ink },
    dragmode: window.matchMedia("(pointer: coarse)").matches ? false : "zoom"
  });

  dark.addEventListener("change", () => nwedge.redraw());
})();
