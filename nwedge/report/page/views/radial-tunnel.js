// What an n-wedge looks like on planes through an optimum, and on sections through nothing in particular.
"use strict";
nwedge.view("radial-tunnel", {
  draw(section, records) {
    const { options } = records, planes = options.planes;
    const bases = { origin: "the origin", initial: "the initial point" };
    const criteria = { rise: `loss at most ${nwedge.format(options.rise)} above the axis`, level: `loss at most ${nwedge.format(options.level)}`,
      accuracy: `accuracy at least ${nwedge.percent(options["accuracy-share"])} of that on the axis` };
    const short = { rise: `loss + ${nwedge.format(options.rise)}`, level: `loss ${nwedge.format(options.level)}`, accuracy: `${nwedge.percent(options["accuracy-share"])} accuracy` };
    // Landscapes may have their own radii.
    const radiiOf = landscape => landscape.records[0].options.radii, nearest = radii => radii.reduce((best, radius, i) => Math.abs(radius - 1) < Math.abs(radii[best] - 1) ? i : best, 0);
    const atOptimum = landscape => nearest(radiiOf(landscape)), radiusText = nwedge.format(options.radii[nearest(options.radii)]);
    const main = landscape => nwedge.hasAccuracy(landscape) ? "accuracy" : "rise";
    const angles = (landscape, plane, criterion) => landscape.records.map(cell => ((cell.result.planes[plane] || { "half-angle": {} })["half-angle"][criterion] || [])[atOptimum(landscape)]);
    const lowShare = landscape => nwedge.most(landscape.records.map(cell => (cell.result.random || {})["low-share"] ?? NaN));
    const leading = planes[0];

    section.story({
      done: `On planes spanned by the direction from ${nwedge.list(planes.map(plane => bases[plane]))} to an optimum and by ${nwedge.optionText(records, "directions")} random directions each, ` +
        `half-width and half-angle of the low-loss set were measured at ${nwedge.optionText(records, "radii", radii => String(radii.length))} radii by these criteria: ${nwedge.list(Object.values(criteria))}. ` +
        "For contrast, planes and blocks along random directions were searched for any low point."
    });

    for (const plane of planes) {
      const unit = plane === "origin" ? "‖optimum‖" : "‖optimum − initial‖";
      section.eachSeed(records.only(landscape => landscape.records.some(cell => cell.has(`map-loss.${plane}`))), (column, landscape, cell) => {
        const along = { equal: true, x: { title: `along the optimum / ${unit}`, values: cell.values(`map-x.${plane}`) }, y: { title: "along a random direction", values: cell.values(`map-y.${plane}`) },
          points: [{ x: 0, y: 0, kind: plane === "origin" ? "origin" : "initial" }, { x: 1, y: 0, kind: "optimum" }] };
        const path = cell.has(`map-path.${plane}`) ? [{ name: "trajectory", x: cell.column(`map-path.${plane}`, 0), y: cell.column(`map-path.${plane}`, 1) }] : [];
        // Each map has the border of its own quantity, computed from this map.
        const map = (quantity, spec) => {
          const z = { title: spec.title, values: cell.values(`map-${quantity}.${plane}`) };
          column.map({ ...along, ...spec, title: quantity, z, paths: path, borders: [{ name: spec.border, level: spec.level, values: nwedge.besideAxis(along.x.values, along.y.values, z.values, spec.compare) }] });
        };
        map("loss", { title: nwedge.lossTitle(landscape), border: short.rise, level: options.rise, compare: (loss, axis) => loss - axis });
        if (cell.has(`map-accuracy.${plane}`)) map("accuracy", { title: "training accuracy", scale: "linear", border: short.accuracy, level: options["accuracy-share"], compare: (accuracy, axis) => accuracy / axis });
      }, `Planes through ${bases[plane]} and an optimum`);

      const predicted = (landscape, what, criterion) => landscape.records.map(cell => ((cell.result.prediction || {})[what] || {})[criterion]).filter(Boolean);
      const curves = (landscape, what, scaled) => {
        const radii = radiiOf(landscape), names = Object.keys(short).filter(criterion => landscape.records.some(cell => cell.result.planes[plane][what][criterion]));
        const scale = cell => scaled ? cell.result.planes[plane].distance : 1;
        const groups = names.map(criterion => ({ name: short[criterion], markers: true, runs: landscape.records.map(cell => ({ seed: cell.seed, x: radii,
          y: cell.result.planes[plane][what][criterion].map(value => value === null ? NaN : value / scale(cell)) })) }));
        const prediction = plane === "origin" ? names.filter(criterion => predicted(landscape, what, criterion).length).map(criterion => ({ name: short[criterion], x: radii,
          y: radii.map((_, i) => nwedge.mean(landscape.records.map(cell => cell.result.prediction[what][criterion][i] / scale(cell)))) })) : [];
        return { groups, prediction };
      };
      section.sideBySide(records, (column, landscape) => {
        const radius = { title: `radius R / ${unit}`, fromZero: true };
        column.lines({ title: "half-angle", x: radius, y: { title: "half-angle (degrees)", fromZero: true }, ...curves(landscape, "half-angle") },
          { title: "half-width", x: radius, y: { title: `half-width / ${unit}`, fromZero: true }, ...curves(landscape, "half-width", true) });
      });
    }

    section.eachSeed(records.only(landscape => landscape.records.some(cell => cell.has("random-plane-loss"))), (column, landscape, cell) => {
      const axis = cell.values("random-axis"), reference = planes.flatMap(plane => cell.values(`map-loss.${plane}`));
      column.map({ title: "a random plane", equal: true, x: { title: "random direction / ‖optimum‖", values: axis },
        y: { title: "another / ‖optimum‖", values: axis }, z: { title: nwedge.lossTitle(landscape), values: cell.values("random-plane-loss"), scaleWith: reference } });
      const block = cell.values("block-axis");
      if (block.length) column.block({ title: "a random block", x: { title: "first / ‖optimum‖", values: block }, y: { title: "second", values: block },
        z: { title: "third", values: block }, loss: { title: nwedge.lossTitle(landscape), values: cell.values("random-block-loss") } });
    }, "Sections through nothing in particular");

    section.table({
      columns: [{ title: "landscape", text: true }, { title: "plane through", text: true }, "distance to the optimum", ...Object.values(short).map(name => `half-angle by ${name}`), "low share of random sections", "lowest loss there"],
      rows: records.landscapes.flatMap(landscape => planes.map(plane => [nwedge.landscapeName(landscape), bases[plane],
        nwedge.spread(landscape.records.map(cell => cell.result.planes[plane].distance)),
        ...Object.keys(short).map(criterion => angles(landscape, plane, criterion).some(Number.isFinite) ? `${nwedge.spread(angles(landscape, plane, criterion))}°` : null),
        nwedge.percent(lowShare(landscape)), nwedge.spread(landscape.records.map(cell => (cell.result.random || {})["lowest-loss"] ?? NaN))])),
      caption: `Half-angles at R = ${radiusText}`
    });
    section.caption(records, `Maps: ${nwedge.optionText(records, "map-points", n => `${n} × ${n}`)} points, one random direction; white line: where the map's own quantity leaves the tunnel, compared with the axis at the same distance.`,
      "Curves: median over directions for each seed (thin), mean ± one standard deviation over seeds (thick, band); a gap is a tunnel that was never left.",
      "The random plane has the colours of the maps above it; points nearer to the origin than half the optimum's norm do not count as low.", nwedge.examplesText(records));
  }
});
