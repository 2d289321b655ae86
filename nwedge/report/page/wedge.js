// The wedge model in three dimensions, where it can be seen: sheets, and their cuts with a sphere and with a plane.
"use strict";
(() => {
  const { element } = nwedge;

  const around = 72;  // vertices on a circle

  /** The core of wedge k inside the sphere, a solid of revolution: two faces that part with the distance from the origin, and the rim between them. */
  function core(profile, k, name) {
    const outline = [...profile, ...profile.slice().reverse().map(([radius, width]) => [radius, -width])];
    const places = [[], [], []], triangles = [];
    for (const [radius, width] of outline)
      for (let j = 0; j < around; j++) {
        const angle = 2 * Math.PI * j / around;
        places[k].push(width);
        places[(k + 1) % 3].push(radius * Math.cos(angle));
        places[(k + 2) % 3].push(radius * Math.sin(angle));
      }
    for (let i = 0; i + 1 < outline.length; i++)
      for (let j = 0; j < around; j++) {
        const next = (j + 1) % around, [a, b, c, d] = [i * around + j, i * around + next, (i + 1) * around + j, (i + 1) * around + next];
        triangles.push([a, b, c], [b, d, c]);
      }
    return { name, x: places[0], y: places[1], z: places[2], triangles };
  }

  /** Each wedge in its own colour, with the plane that the right figure shows. */
  function sheets(figure, arrays) {
    const profile = arrays.rows("core"), h = figure.height;
    const plane = { name: `weight 3 = ${nwedge.format(h)}`, x: [-1, 1, -1, 1], y: [-1, -1, 1, 1], z: [h, h, h, h], triangles: [[0, 1, 2], [1, 3, 2]], colour: 3, opacity: 0.3 };
    return { ...weights, sheets: [...[0, 2, 4].map((colour, k) => ({ ...core(profile, k, `wedge ${k + 1}`), colour })), plane] };
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

  const weights = { x: { title: "weight 1" }, y: { title: "weight 2" }, z: { title: "weight 3" }, equal: true };
  const scene = theme => nwedge.scene(theme, weights.x, weights.y, weights.z, { aspectratio: { x: 0.95, y: 0.95, z: 0.95 } });

  /** The section near the top; null for a run without a wedge model. */
  nwedge.wedgeSection = () => {
    const figure = nwedge.data.wedge_figure;
    if (!figure) return null;
    const arrays = new nwedge.Cell({ arrays: figure.arrays }), body = element("section", { id: "wedge-model" }, element("h2", {}, "The wedge model"));
    const row = element("div", { class: "row", "data-columns": 3 });
    body.append(element("p", { class: "summary" }, "An n-wedge has n long directions, along which the loss stays low, and s = D − n short ones, along which it rises at once. " +
      "The loss of a point is its energy in the nearest wedge. In many dimensions no figure shows this; in three, a 2-wedge is a sheet, and three of them cross at the origin and grow thicker with the distance from it. " +
      "A sphere around the origin meets them in bands, a plane in strips: what one sees depends on the cut."), row);
    const canvas = () => {
      const column = element("div", { class: "column" });
      row.append(column);
      return new nwedge.Section(column, "wedge-model");
    };
    canvas().mesh({ title: `where the loss is 0: ${figure.wedges} wedges`, height: 380, ...sheets(figure, arrays) });
    canvas().plot({ title: `loss on a sphere, radius ${nwedge.format(figure.radius)}`, three: true, height: 380 }, ball(figure, arrays));
    const axis = arrays.values("plane-axis");
    canvas().map({ title: `loss on a plane, weight 3 = ${nwedge.format(figure.height)}`, height: 380, equal: true, x: { title: "weight 1", values: axis },
      y: { title: "weight 2", values: axis }, z: { title: "loss", values: arrays.values("plane") }, scale: "log" });
    body.append(element("p", { class: "caption" }, `Evaluated with the program's own wedge model: D = ${figure.dimension}, K = ${figure.wedges}, s = ${figure.short_directions}, ` +
      `half-width ε = ${nwedge.format(figure.half_width)}, opening κ = ${nwedge.format(figure.opening)}, each weight the short direction of one wedge. ` +
      `Left: the points of loss 0 up to the radius ${nwedge.format(figure.radius)}, and the plane of the right figure. Colours of losses are logarithmic; dark is low.`));
    return body;
  };
})();
