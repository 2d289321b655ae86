// Figures in words, for those who do not see them: what is drawn over what, and between which values.
"use strict";
(() => {
  const plain = text => String(text || "").replace(/<[^>]*>/g, " ").trim();
  const finite = values => (values || []).flat().filter(Number.isFinite);
  const range = values => {
    const kept = finite(values);
    return kept.length ? `from ${nwedge.format(nwedge.least(kept))} to ${nwedge.format(nwedge.most(kept))}` : "without finite values";
  };
  const title = axis => plain(axis && axis.title && axis.title.text);

  /** "predicted: 1.2 at 0 to 0 at 1". */
  function curve(trace) {
    const known = (trace.y || []).map((y, i) => [trace.x[i], y]).filter(([, y]) => Number.isFinite(y));
    if (!known.length) return "";
    const [first, last] = [known[0], known[known.length - 1]], write = ([x, y]) => `${nwedge.format(y)} at ${typeof x === "number" ? nwedge.format(x) : x}`;
    return `${trace.name || "curve"}: ${known.length > 1 ? `${write(first)} to ${write(last)}, ${range(trace.y)}` : write(first)}`;
  }

  /** Named traces; where there are none, thin ones. */
  const named = data => {
    const all = data.filter(trace => trace.type === "scatter" && trace.hoverinfo !== "skip"), shown = all.filter(trace => trace.showlegend !== false);
    return (shown.length ? shown : all).map(curve).filter(Boolean);
  };

  /** One or two sentences about a figure: `data` and `layout` are Plotly's. */
  nwedge.describe = (name, data, layout) => {
    const field = data.find(trace => ["contour", "heatmap", "surface", "isosurface", "mesh3d"].includes(trace.type));
    const axes = layout.scene ? [layout.scene.xaxis, layout.scene.yaxis] : [layout.xaxis, layout.yaxis];
    if (field) {
      const values = field.customdata || field.surfacecolor || field.value || field.intensity || field.z;
      const kind = { contour: "Map", heatmap: "Matrix", surface: "Surface", isosurface: "Surfaces of equal value", mesh3d: "Sheets in space" }[field.type];
      const marked = [...new Set(data.filter(trace => trace !== field && trace.name).map(trace => trace.name))];
      return `${name}. ${kind} over ${axes.map(title).filter(Boolean).join(" and ") || "two axes"}, values ${range(values)}${marked.length ? `; marked: ${nwedge.list(marked)}` : ""}.`;
    }
    const curves = named(data), most = 6;
    return `${name}. ${title(axes[1])} against ${title(axes[0])}. ${curves.slice(0, most).join("; ")}${curves.length > most ? `; and ${curves.length - most} more` : ""}.`;
  };
})();
