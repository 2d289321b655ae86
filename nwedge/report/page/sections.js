// Figures of sections in weight space: maps of a plane, surfaces over it, blocks, and deformed sheets.
"use strict";
(() => {
  const { figures } = nwedge;
  const symbols = { optimum: "star", checkpoint: "star", initial: "circle", origin: "cross", bend: "diamond", centre: "square", average: "diamond" };
  const words = { optimum: "optimum", checkpoint: "checkpoint", initial: "initial point", origin: "origin", bend: "bend", centre: "centre", average: "average" };

  /**
   * How losses become heights and colours: linear when they span less than a factor of thirty, logarithmic above, and
   * log10(1 + loss/floor) where some are zero. {forward, ticks}: ticks are undefined for a linear scale.
   */
  nwedge.lossScale = (values, kind = "auto") => {
    const finite = values.filter(Number.isFinite), positive = finite.filter(v => v > 0);
    const least = nwedge.least(finite), most = nwedge.most(finite);
    if (kind === "linear" || !(most > 0) || least < 0 || (kind === "auto" && least > 0 && most / least < 30))
      return { forward: v => v, least, most };
    const floor = least > 0 && most / least < 1e6 ? 0 : Math.max(most * 1e-4, nwedge.quantile(positive, 0.05) / 3);
    const forward = floor ? v => Math.log10(1 + v / floor) : v => Math.log10(v);
    const ticks = { values: [], text: [] };
    const add = v => { ticks.values.push(forward(v)); ticks.text.push(nwedge.format(v, 1)); };
    if (floor) add(0);
    const first = Math.floor(Math.log10(floor || least)), last = Math.ceil(Math.log10(most));
    const steps = last - first > 5 ? [1] : last - first > 2 ? [1, 3] : [1, 2, 5];
    for (let power = first; power <= last; power++)
      for (const step of steps) {
        const v = step * 10 ** power;
        if (v >= (floor ? floor * 3 : least) && v <= most) add(v);
      }
    return { forward, ticks, least, most };
  };

  /** "log" or "linear": what all maps of a row are drawn with, so that equal colours mean equal steps. */
  nwedge.commonScale = fields => fields.some(z => nwedge.lossScale([...Array.from(z.values), ...(z.scaleWith || [])]).ticks) ? "log" : "linear";

  /** Width over height of a map's plane where angles are kept; undefined where the plane fills its place. */
  nwedge.mapShape = spec => {
    const span = values => values[values.length - 1] - values[0], shape = span(spec.x.values) / span(spec.y.values);
    return spec.equal && shape < 1.4 && shape > 1 / 1.4 ? shape : undefined;  // a strip would be too thin to see
  };

  /** The height of a panel whose field has this shape, axes and colour bar beside it. */
  nwedge.fieldHeight = (shape = 1) => width => Math.round(Math.min(460, Math.max(220, (Math.min(width, 480) - 165) / Math.max(shape, 0.6) + 85)));

  /** The values of a [rows, columns] array as one [columns, rows]. */
  nwedge.transposed = (values, rows, columns) => Array.from({ length: rows * columns }, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);

  const grid = (values, columns) => Array.from({ length: values.length / columns }, (_, i) => values.slice(i * columns, (i + 1) * columns));

  /** Height of the surface at (x, y), bilinear; NaN outside. */
  function heightAt(spec, rows, x, y) {
    const find = (axis, value) => {
      let i = 0;
      while (i < axis.length - 2 && axis[i + 1] < value) i++;
      return [i, (value - axis[i]) / (axis[i + 1] - axis[i])];
    };
    const [j, s] = find(spec.x.values, x), [i, t] = find(spec.y.values, y);
    if (!(s >= -1e-6 && s <= 1 + 1e-6 && t >= -1e-6 && t <= 1 + 1e-6)) return NaN;
    return (1 - t) * ((1 - s) * rows[i][j] + s * rows[i][j + 1]) + t * ((1 - s) * rows[i + 1][j] + s * rows[i + 1][j + 1]);
  }

  /** Lines of one level of fields over the same plane, [{name, level, values}]: white on the map, in ink beside it. */
  const borderTraces = (spec, theme) => (spec.borders || []).flatMap(border => [
    { type: "contour", x: spec.x.values, y: spec.y.values, z: grid(border.values.map(v => Number.isFinite(v) ? v : null), spec.x.values.length), showscale: false, showlegend: false, hoverinfo: "skip",
      name: border.name, autocontour: false, contours: { coloring: "none", start: border.level, end: border.level, size: 1 }, line: { color: "#ffffff", width: 2.4, dash: "dot" } },
    { type: "scatter", mode: "lines", x: [null], y: [null], name: border.name, line: { color: theme.ink, width: 2.2, dash: "dot" } }]);

  function prepare(spec) {
    spec = { ...spec };
    const values = Array.from(spec.z.values), scale = nwedge.lossScale([...values, ...(spec.z.scaleWith || [])], spec.scale);
    const columns = spec.x.values.length;
    const shown = grid(values.map(v => Number.isFinite(v) ? scale.forward(v) : null), columns);
    if (scale.ticks) spec.z = { ...spec.z, title: `${spec.z.title}, logarithmic` };
    const ends = spec.z.scaleWith ? { zmin: scale.forward(scale.least), zmax: scale.forward(scale.most) } : {};
    return { spec, scale, shown, raw: grid(values, columns), ends };
  }

  const hover = spec => `${spec.x.title || "x"}: %{x:.4~g}<br>${spec.y.title || "y"}: %{y:.4~g}<br>${spec.z.title}: %{customdata:.4~g}<extra></extra>`;

  function pointTraces(spec, theme, lift) {
    const flat = !lift, traces = [];
    const place = (x, y) => flat ? {} : { z: x.map((v, i) => lift(v, y[i])) };
    for (const [i, path] of (spec.paths || []).entries())
      traces.push({ type: flat ? "scatter" : "scatter3d", mode: "lines", x: path.x, y: path.y, ...place(path.x, path.y),
        name: path.name || "trajectory", legendgroup: path.name || "trajectory", showlegend: spec.paths.findIndex(p => p.name === path.name) === i,
        line: { color: "#ff5fa2", width: flat ? 2.2 : 5 }, hoverinfo: "name" });
    for (const kind of Object.keys(words)) for (const projected of [false, true]) {
      const points = (spec.points || []).filter(point => point.kind === kind && Boolean(point.beside) === projected);
      if (!points.length) continue;
      const x = points.map(point => point.x), y = points.map(point => point.y), away = points.map(point => point.beside || 0), far = [nwedge.least(away), nwedge.most(away)].map(value => nwedge.format(value, 2));
      const name = `${words[kind]}${projected ? `, ${far[0] === far[1] ? far[0] : far.join(" to ")} off the plane` : ""}`;
      const symbol = flat ? symbols[kind] : { optimum: "diamond", checkpoint: "diamond", initial: "circle", origin: "cross", bend: "diamond", centre: "square", average: "square" }[kind];
      traces.push({ type: flat ? "scatter" : "scatter3d", mode: "markers", x, y, ...place(x, y), name,
        text: points.map(point => (point.label || words[kind]) + (point.beside ? `, ${nwedge.format(point.beside)} off the plane` : "")), hovertemplate: "%{text}<extra></extra>",
        marker: { symbol: projected ? `${symbol}-open` : symbol, size: flat ? ((kind === "optimum" || kind === "checkpoint") ? 12 : 9) : 5, color: !projected && (kind === "optimum" || kind === "checkpoint") ? "#ffffff" : "#ff9bc4",
          line: projected ? { color: "#ff9bc4", width: 1.8 } : { color: "#111111", width: 1.2 } } });
    }
    return traces;
  }

  /** A plane seen from above: {x: {title, values}, y, z: {title, values [rows of y][columns of x]}, points, paths, equal}. `z.scaleWith` are values that
   *  share the colours; `borders` lines of one level of other fields on the plane. */
  figures.contour = (given, theme) => {
    const { spec, scale, shown, raw, ends } = prepare(given);
    const x = spec.x.values, y = spec.y.values;
    const data = [{
      type: "contour", x, y, z: shown, ...ends, customdata: raw, colorscale: nwedge.scale, ncontours: 18,
      contours: { coloring: "heatmap" }, line: { width: 0.6, color: "rgba(255,255,255,0.35)" },
      colorbar: nwedge.colourBar(theme, spec.z.title, scale.ticks), hovertemplate: hover(spec), name: spec.z.title, showlegend: false
    }, ...borderTraces(spec, theme), ...pointTraces(spec, theme)];
    const axis = (part, values) => ({ ...nwedge.axis(theme, part), showgrid: false, range: [values[0], values[values.length - 1]] });
    const layout = { xaxis: axis(spec.x, x), yaxis: axis(spec.y, y), showlegend: data.length > 1 };
    if (nwedge.mapShape(spec)) {
      Object.assign(layout.yaxis, { scaleanchor: "x", scaleratio: 1, constrain: "domain" });
      layout.xaxis.constrain = "domain";
    }
    return { data, layout };
  };

  const axis3 = (theme, title, ticks) => ({ title: { text: (title || "").replace(/\s*(\([^()]*\)| \/ .*)$/, ""), font: { size: 10.5 } }, gridcolor: theme.rule, zerolinecolor: theme.rule,
    linecolor: theme.muted, tickfont: { size: 10 }, nticks: 5, showbackground: false, showspikes: false, exponentformat: "power",
    ...(ticks ? { tickvals: ticks.values, ticktext: ticks.text, nticks: 0 } : {}) });

  nwedge.scene = (theme, x, y, z, extra = {}) => ({
    margin: { l: 0, r: 0, t: 24, b: 0 },
    scene: { xaxis: axis3(theme, x.title, x.ticks), yaxis: axis3(theme, y.title, y.ticks), zaxis: { ...axis3(theme, z.title, z.ticks), ...(z.range ? { range: z.range } : {}) },
      aspectmode: "manual", aspectratio: { x: 1, y: 1, z: 0.7 }, camera: { eye: { x: 1.36, y: -1.46, z: 0.88 }, center: { x: 0, y: 0, z: -0.1 } }, ...extra }
  });

  /** The same plane as a surface that can be turned. */
  figures.surface = (given, theme) => {
    const { spec, scale, shown, raw } = prepare(given);
    const lowest = nwedge.least(shown.flat()), highest = nwedge.most(shown.flat());
    const lift = (x, y) => {
      const height = heightAt(spec, shown, x, y);
      return Number.isFinite(height) ? height + 0.02 * (highest - lowest) : null;
    };
    const data = [{
      type: "surface", x: spec.x.values, y: spec.y.values, z: shown, customdata: raw, colorscale: nwedge.scale, showscale: false,
      hovertemplate: hover(spec), name: spec.z.title, showlegend: false, lighting: { ambient: 0.75, diffuse: 0.5, specular: 0.08, roughness: 0.9 },
      contours: { z: { show: true, usecolormap: false, color: "rgba(255,255,255,0.35)", width: 1 } }
    }, ...pointTraces(spec, theme, lift)];
    return { data, layout: { ...nwedge.scene(theme, spec.x, spec.y, { title: spec.z.title, ticks: scale.ticks }), showlegend: false } };
  };

  /** A block: {x, y, z: {title, values}, loss: {title, values [x][y][z]}, levels: count}: nested surfaces of equal loss. */
  figures.block = (spec, theme) => {
    const values = Array.from(spec.loss.values), scale = nwedge.lossScale(values, spec.scale);
    const x = [], y = [], z = [];
    for (const a of spec.x.values) for (const b of spec.y.values) for (const c of spec.z.values) { x.push(a); y.push(b); z.push(c); }
    const shown = values.map(v => Number.isFinite(v) ? scale.forward(v) : null);
    const low = nwedge.quantile(shown.filter(v => v !== null), 0.02), high = nwedge.quantile(shown.filter(v => v !== null), 0.4);
    const data = [{
      type: "isosurface", x, y, z, value: shown, isomin: low, isomax: high, surface: { count: spec.levels || 4 }, opacity: 0.35,
      colorscale: nwedge.scale, caps: { x: { show: false }, y: { show: false }, z: { show: false } },
      colorbar: nwedge.colourBar(theme, spec.loss.title, scale.ticks), name: spec.loss.title,
      hovertemplate: "%{x:.3~g}, %{y:.3~g}, %{z:.3~g}<extra></extra>"
    }];
    return { data, layout: nwedge.scene(theme, spec.x, spec.y, spec.z, { aspectratio: { x: 0.9, y: 0.9, z: 0.9 } }) };
  };

  /** Triangles in space: sheets [{name, x, y, z, triangles: [[i, j, k]…], intensity, colour, opacity}]; z.range fixes heights and colours. */
  figures.mesh = (spec, theme) => {
    const data = spec.sheets.map((sheet, place) => ({
      type: "mesh3d", x: sheet.x, y: sheet.y, z: sheet.z, i: sheet.triangles.map(t => t[0]), j: sheet.triangles.map(t => t[1]),
      k: sheet.triangles.map(t => t[2]), name: sheet.name, showlegend: Boolean(sheet.name), opacity: sheet.opacity ?? 1, flatshading: Boolean(sheet.flat),
      lighting: { ambient: 0.7, diffuse: 0.6, specular: 0.1 }, hovertemplate: `${sheet.name || ""} %{z:.4~g}<extra></extra>`,
      ...(sheet.intensity ? { intensity: sheet.intensity, colorscale: nwedge.scale, showscale: place === 0, ...(spec.z.range ? { cmin: spec.z.range[0], cmax: spec.z.range[1] } : {}), colorbar: nwedge.colourBar(theme, sheet.title || spec.z.title) }
        : { color: nwedge.colour(theme, sheet.colour ?? place) })
    }));
    return { data: [...data, ...(spec.lines || []).map(line => ({ type: "scatter3d", mode: "lines", x: line.x, y: line.y, z: line.z,
      name: line.name, line: { color: line.colour ? nwedge.colour(theme, line.colour) : theme.ink, width: 5 } }))],
    layout: nwedge.scene(theme, spec.x, spec.y, { ...spec.z, title: spec.sheets.some(sheet => sheet.intensity) ? "" : spec.z.title }, { aspectmode: spec.equal ? "data" : "manual", aspectratio: { x: 1, y: 1, z: 0.8 } }) };
  };
})();
