// Building blocks of figures in the plane: each takes a spec and a theme and gives Plotly's {data, layout}.
"use strict";
(() => {
  const figures = nwedge.figures = {};
  const patterns = ["solid", "dot", "dashdot", "longdash"];  // "dash" is kept for predictions

  const clean = values => Array.from(values, value => Number.isFinite(value) ? value : null);
  const several = value => value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];

  /** Dashed, in the ink's colour, named "prediction" in every legend. */
  function predictionTraces(prediction, theme) {
    return several(prediction).filter(curve => curve.x && curve.x.length).map((curve, i) => ({
      type: "scatter", x: clean(curve.x), y: clean(curve.y), name: curve.name ? `prediction: ${curve.name}` : "prediction",
      mode: curve.x.length > 1 ? "lines" : "markers", legendgroup: "prediction", showlegend: i === 0 || Boolean(curve.name),
      line: { color: theme.prediction, width: 2, dash: ["dash", "dashdot", "longdash"][i % 3] },
      marker: { color: theme.prediction, size: 9, symbol: "x-thin", line: { color: theme.prediction, width: 2 } }
    }));
  }

  /** Vertical or horizontal reference lines [{x | y, text}]. */
  function marks(spec, theme) {
    const shapes = [], annotations = [];
    for (const mark of several(spec.marks)) {
      const vertical = mark.x !== undefined;
      const log = (vertical ? spec.x : spec.y || {}).log;
      const place = vertical ? mark.x : mark.y;
      shapes.push({ type: "line", layer: "below", line: { color: theme.muted, width: 1, dash: "dot" },
        ...(vertical ? { x0: place, x1: place, y0: 0, y1: 1, yref: "paper" } : { y0: place, y1: place, x0: 0, x1: 1, xref: "paper" }) });
      if (mark.text) annotations.push({ text: mark.text, showarrow: false, font: { size: 11, color: theme.muted },
        ...(vertical ? { x: log ? Math.log10(place) : place, y: 1, yref: "paper", yanchor: "top", xanchor: "left", xshift: 3 }
          : { y: log ? Math.log10(place) : place, x: 1, xref: "paper", xanchor: "right", yanchor: "bottom" }) });
    }
    return { shapes, annotations };
  }

  /** Axes of a figure; `data` are its traces. */
  const axes = (spec, theme, data = []) => {
    const span = key => {
      const values = data.flatMap(trace => trace[key] || []).filter(value => value > 0);
      return [nwedge.least(values), nwedge.most(values)];
    };
    const axis = key => nwedge.axis(theme, spec[key] && spec[key].log ? { span: span(key), ...spec[key] } : spec[key]);
    return { xaxis: axis("x"), yaxis: axis("y"), ...marks(spec, theme) };
  };

  /** Thin lines for the runs of a group, its mean, and a band of one standard deviation. */
  function groupTraces(group, place, spec, theme) {
    const colour = nwedge.colour(theme, group.colour ?? spec.colour ?? place);
    const dash = group.dash || (group.colour === undefined && spec.colour !== undefined ? patterns[place % 4] : "solid");
    const runs = group.runs.filter(run => run.x && run.x.length), traces = [];
    const alone = runs.length === 1, name = group.name || (alone ? runs[0].name || `seed ${runs[0].seed ?? 0}` : "mean");
    runs.forEach(run => traces.push({
      type: "scatter", mode: group.markers ? "lines+markers" : "lines", x: clean(run.x), y: clean(run.y), legendgroup: name,
      name: alone || spec.mean === false && group.name ? name : `${group.name ? `${group.name}, ` : ""}${run.name || `seed ${run.seed}`}`, showlegend: (alone || (spec.mean === false && run === runs[0])) && Boolean(group.name),
      line: { color: alone ? colour : nwedge.transparent(colour, spec.mean === false ? 0.8 : 0.45), width: alone ? 2 : spec.mean === false ? 1.5 : 1, dash },
      marker: { color: colour, size: alone ? 6 : 3 }
    }));
    if (alone || !runs.length || spec.mean === false) return traces;
    const mean = nwedge.meanCurve(runs), kept = mean.y.map((_, i) => i).filter(i => Number.isFinite(mean.y[i]));
    const [x, y, deviation] = [mean.x, mean.y, mean.deviation].map(values => kept.map(i => values[i]));
    const floor = spec.y && spec.y.log ? nwedge.least(runs.flatMap(run => run.y).filter(v => v > 0)) : spec.y && spec.y.fromZero ? 0 : -Infinity;
    const low = y.map((v, i) => Math.max(v - (deviation[i] || 0), floor)), high = y.map((v, i) => v + (deviation[i] || 0));
    traces.unshift({ type: "scatter", mode: "lines", legendgroup: name, showlegend: false, hoverinfo: "skip",
      x: clean([...x, ...x.slice().reverse()]), y: clean([...high, ...low.slice().reverse()]),
      fill: "toself", fillcolor: nwedge.transparent(colour, 0.16), line: { width: 0 } });
    traces.push({ type: "scatter", mode: "lines", x: clean(x), y: clean(y), legendgroup: name,
      name: group.name || "mean", line: { color: colour, width: 2.5, dash }, showlegend: true });
    return traces;
  }

  /** Curves: {x, y, groups: [{name, runs: [{seed or name, x, y}]}], prediction, marks}. One thin line a seed, mean, band. */
  figures.lines = (spec, theme) => {
    const groups = spec.groups || [{ runs: spec.runs || [] }];
    const data = groups.flatMap((group, i) => groupTraces(group, i, spec, theme));
    if (data.length) data.push(...predictionTraces(spec.prediction, theme));
    return { data, layout: axes(spec, theme, data) };
  };

  /** An axis that is linear near zero and logarithmic beyond `near`, on both sides: {forward, ticks}. */
  function folded(near, values) {
    const forward = v => Math.sign(v) * Math.log10(1 + Math.abs(v) / near), most = nwedge.most(values.map(Math.abs));
    const sizes = [0];
    for (let power = Math.ceil(Math.log10(near)); 10 ** power <= 1.2 * most; power++) sizes.push(...[1, 3].map(step => step * 10 ** power).filter(v => v <= 1.2 * most));
    const shown = [...sizes.map(v => -v), ...sizes].filter((v, i, all) => all.indexOf(v) === i && v >= Math.min(0, 1.2 * nwedge.least(values)) && v <= Math.max(0, 1.2 * nwedge.most(values)));
    return { forward, ticks: { values: shown.map(forward), text: shown.map(v => nwedge.format(v, 1)) } };
  }

  /** The spec with the values of an axis with `near` replaced by their places on a folded axis. */
  function fold(spec, key) {
    const near = spec[key].near;
    if (!(near > 0)) return spec;
    const { forward, ticks } = folded(near, [...spec.groups.flatMap(group => group[key]), ...several(spec.marks).map(mark => mark[key] ?? 0)].filter(Number.isFinite));
    return { ...spec, [key]: { ...spec[key], ticks }, groups: spec.groups.map(group => ({ ...group, [key]: group[key].map(forward), [`true-${key}`]: group[key] })),
      marks: several(spec.marks).map(mark => mark[key] === undefined ? mark : { ...mark, [key]: forward(mark[key]) }) };
  }

  /** Points with error bars: groups [{name, x, y, xError, yError, labels, colour, line}]. `diagonal` draws y = x; an axis with `near` is linear up to there and
   *  logarithmic beyond, on both sides of zero. */
  figures.scatter = (given, theme) => {
    const spec = fold(fold(given, "x"), "y");
    const bar = (values, colour) => values && values.some(Number.isFinite)
      ? { type: "data", array: clean(values), color: nwedge.transparent(colour, 0.6), thickness: 1.4, width: 3 } : undefined;
    const symbols = ["circle", "diamond", "square", "triangle-up", "cross", "star"];
    const data = spec.groups.filter(group => group.x.length).map((group, i) => {
      const colour = nwedge.colour(theme, group.colour ?? spec.colour ?? i), shown = group.x.map((x, j) => [x, group.y[j]].map((v, k) => {
        const value = (group[`true-${"xy"[k]}`] || [])[j] ?? v;
        return typeof value === "number" ? nwedge.format(value) : value;
      }).join(", "));
      return {
        type: "scatter", mode: group.line ? "lines+markers" : "markers", name: group.name || "", showlegend: Boolean(group.name),
        x: spec.x.categories ? group.x : clean(group.x), y: clean(group.y), text: shown.map((place, j) => group.labels ? `${group.labels[j]}<br>${place}` : place),
        error_x: bar(group.xError, colour), error_y: bar(group.yError, colour), marker: { color: colour, size: group.size || 8, symbol: symbols[i % 6], line: { color: theme.page, width: 1 } },
        line: { color: colour, width: 2 }, hovertemplate: "%{text}"
      };
    });
    if (data.length) data.push(...predictionTraces(spec.prediction, theme));
    if (spec.diagonal && data.length) {
      const all = spec.groups.flatMap(group => [...group.x, ...group.y]), ends = [nwedge.least(all), nwedge.most(all)];
      data.push({ type: "scatter", mode: "lines", x: ends, y: ends, name: "equal", line: { color: theme.muted, width: 1, dash: "dot" } });
    }
    return { data, layout: axes(spec, theme, data) };
  };

  /** Shares of values per bin: groups [{name, values}], optionally `bins`, and a density as `prediction`. */
  figures.histogram = (spec, theme) => {
    const log = spec.x.log, forward = log ? Math.log10 : x => x, back = log ? x => 10 ** x : x => x;
    const all = spec.groups.flatMap(group => group.values).filter(value => Number.isFinite(value) && (!log || value > 0)).map(forward);
    if (!all.length) return { data: [], layout: {} };
    const count = spec.bins || Math.min(40, Math.max(8, Math.ceil(Math.sqrt(all.length) * 1.5)));
    const low = nwedge.least(all), width = (nwedge.most(all) - low) / count || Math.abs(low) / count || 1;
    const edges = Array.from({ length: count + 1 }, (_, i) => back(low + i * width));
    const data = spec.groups.map((group, i) => {
      const colour = nwedge.colour(theme, group.colour ?? spec.colour ?? i), shares = new Array(count).fill(0);
      const kept = group.values.filter(value => Number.isFinite(value) && (!log || value > 0)).map(forward);
      for (const value of kept) shares[Math.min(count - 1, Math.floor((value - low) / width))] += 1 / kept.length;
      const x = [], y = [];
      shares.forEach((share, bin) => { x.push(edges[bin], edges[bin + 1]); y.push(share, share); });
      return { type: "scatter", mode: "lines", x, y, name: group.name || "measured", fill: "tozeroy",
        showlegend: spec.groups.length > 1 || Boolean(spec.prediction), fillcolor: nwedge.transparent(colour, 0.25),
        line: { color: colour, width: 1.5, dash: patterns[i % 4] } };
    });
    const shares = several(spec.prediction).map(curve => ({ ...curve,
      y: curve.y.map((density, i) => density * (log ? curve.x[i] * Math.LN10 : 1) * width) }));
    data.push(...predictionTraces(shares, theme));
    return { data, layout: axes({ ...spec, y: { title: "share of values per bin", fromZero: true } }, theme, data) };
  };

  /** A matrix: {rows, columns: labels, values: rows of numbers, x, y, z: {title}, range, decimals}. */
  figures.heatmap = (spec, theme) => {
    const least = nwedge.least(spec.values.flat()), most = nwedge.most(spec.values.flat());
    const range = spec.range || (most > least ? [least, most] : [least, least + 1]);
    const write = value => spec.decimals === undefined || Math.max(most, -least) < 0.05 ? nwedge.format(value, 1) : nwedge.fixed(value, spec.decimals);
    const large = spec.rows.length * spec.columns.length > 150;
    const data = [{
      type: "heatmap", x: spec.columns.map((_, j) => j), y: spec.rows.map((_, i) => i), z: spec.values.map(clean), xgap: 1, ygap: 1,
      text: spec.rows.map(row => spec.columns.map(column => `${row} · ${column}`)), colorscale: nwedge.scale, zmin: range[0], zmax: range[1],
      showscale: large, colorbar: nwedge.colourBar(theme, spec.z && spec.z.title), hovertemplate: "%{text}: %{z:.4~g}<extra></extra>"
    }];
    const annotations = large ? [] : spec.values.flatMap((row, i) => row.map((value, j) => ({
      x: j, y: i, text: Number.isFinite(value) ? write(value) : "–", showarrow: false,
      font: { size: 11, color: (value - range[0]) / (range[1] - range[0]) > 0.55 ? "#111111" : "#ffffff" } })));
    // Places are numbers, not categories: a label such as "1" would be taken for the second place.
    const axis = (title, labels, reverse) => ({ ...nwedge.axis(theme, { title, ticks: { values: labels.map((_, i) => i), text: labels.map(String) } }),
      showgrid: false, ticks: "", autorange: reverse ? "reversed" : true });
    return { data, layout: { xaxis: axis(spec.x && spec.x.title, spec.columns), yaxis: axis(spec.y && spec.y.title, spec.rows, true), annotations } };
  };

  nwedge.colourBar = (theme, title, ticks) => ({
    title: { text: ticks && ticks.text.some(text => text.length > 3) ? `<br>${title || ""}` : title || "", side: "right", font: { size: 11.5 } }, thickness: 11, outlinewidth: 0, len: 1,
    tickfont: { size: 10.5 }, exponentformat: "power", ...(ticks ? { tickvals: ticks.values, ticktext: ticks.text } : { nticks: 6 })
  });
})();
