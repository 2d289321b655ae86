// The wedge model in three dimensions, where it can be seen: sheets, and their cuts with a sphere and with a plane.
"use strict";
(() => {
  const { element } = nwedge;

  /** Each wedge in its own colour: the set where its excess is at most one grid step. */
  function sheets(figure, arrays, theme) {
    const axis = arrays.values("axis"), excess = arrays.array("excess"), size = axis.length ** 3;
    const x = [], y = [], z = [];
    for (const a of axis) for (const b of axis) for (const c of axis) { x.push(a); y.push(b); z.push(c); }
    const level = axis[1] - axis[0];
    const data = Array.from({ length: figure.wedges }, (_, k) => {
      const colour = theme.landscape[[0, 5, 4][k % 3]];
      return { type: "isosurface", x, y, z, value: Array.from(excess.values.subarray(k * size, (k + 1) * size)), isomin: -1, isomax: level,
        surface: { count: 2 }, colorscale: [[0, colour], [1, colour]], showscale: false, name: `wedge ${k + 1}`, opacity: 0.92,
        caps: { x: { show: true }, y: { show: true }, z: { show: true } }, lighting: { ambient: 0.6, diffuse: 0.7, specular: 0.15 }, flatshading: false,
        hovertemplate: `wedge ${k + 1}<extra></extra>` };
    });
    return { data, layout: scene(theme) };
  }

  function ball(figure, arrays) {
    const { shape, values } = arrays.array("sphere"), [rows, columns] = shape;
    const place = read => Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) =>
      figure.radius * read(Math.PI * i / (rows - 1), 2 * Math.PI * j / (columns - 1))));
    const scale = nwedge.lossScale(Array.from(values), "log");
    const loss = Array.from({ length: rows }, (_, i) => Array.from(values.subarray(i * columns, (i + 1) * columns)));
    return theme => ({ data: [{
      type: "surface", x: place((a, b) => Math.sin(a) * Math.cos(b)), y: place((a, b) => Math.sin(a) * Math.sin(b)), z: place(a => Math.cos(a)),
      surfacecolor: loss.map(row => row.map(scale.forward)), customdata: loss, colorscale: nwedge.scale, colorbar: nwedge.colourBar(theme, "loss", scale.ticks),
      hovertemplate: "loss %{customdata:.3~g}<extra></extra>", lighting: { ambient: 0.8, diffuse: 0.3, specular: 0.05 }
    }], layout: scene(theme) });
  }

  const scene = theme => nwedge.scene(theme, { title: "weight 1" }, { title: "weight 2" }, { title: "weight 3" },
    { aspectratio: { x: 1, y: 1, z: 1 }, camera: { eye: { x: 1.5, y: -1.6, z: 0.9 }, center: { x: 0, y: 0, z: -0.08 } } });

  /** The section near the top; null for a run without a wedge model. */
  nwedge.wedgeSection = () => {
    const figure = nwedge.data.wedge_figure;
    if (!figure) return null;
    const arrays = new nwedge.Cell({ arrays: figure.arrays }), body = element("section", { id: "wedge-model" }, element("h2", {}, "The wedge model"));
    const row = element("div", { class: "row", "data-columns": 3 });
    body.append(element("p", { class: "summary" }, "An n-wedge has n long directions, along which the loss stays low, and s = D − n short ones, along which it rises at once. " +
      "The loss of a point is its energy in the nearest wedge. In many dimensions no figure shows this; in three, 2-wedges are sheets that cross at the origin and open with the distance from it. " +
      "A sphere around the origin meets them in bands, a plane meets them in strips: what one sees depends on the cut."), row);
    const canvas = () => {
      const column = element("div", { class: "column" });
      row.append(column);
      return new nwedge.Section(column, "wedge-model");
    };
    canvas().plot({ title: `${figure.wedges} wedges with 2 long directions and 1 short one`, three: true, height: 380 }, theme => sheets(figure, arrays, theme));
    canvas().plot({ title: `loss on a sphere, radius ${nwedge.format(figure.radius)}`, three: true, height: 380 }, ball(figure, arrays));
    const axis = arrays.values("plane-axis");
    canvas().contour({ title: `loss on a plane, weight 3 = ${nwedge.format(figure.height)}`, height: 380, equal: true, x: { title: "weight 1", values: axis },
      y: { title: "weight 2", values: axis }, z: { title: "loss", values: arrays.values("plane") }, scale: "log" });
    body.append(element("p", { class: "caption" }, `Evaluated with the program's own wedge model: D = ${figure.dimension}, K = ${figure.wedges}, s = ${figure.short_directions}, ` +
      `half-width ε = ${nwedge.format(figure.half_width)}, opening κ = ${nwedge.format(figure.opening)}, each weight the short direction of one wedge. Left: where the square root of twice a wedge's energy is below ` +
      `${nwedge.format(arrays.values("axis")[1] - arrays.values("axis")[0], 2)}. Colours of losses are logarithmic; dark is low.`));
    return body;
  };
})();
