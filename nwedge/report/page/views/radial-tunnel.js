// What an n-wedge looks like on planes through an optimum, and on sections through nothing in particular.
"use strict";
nwedge.view("radial-tunnel", {
  draw(section, records) {
    const { options } = records, planes = options.planes;
    const bases = { origin: "the origin", initial: "the initial point" };
    const rise = nwedge.format(options.rise), share = nwedge.percent(options["accuracy-share"]);
    const measures = { loss: `loss at most ${rise} above the optimum's`, accuracy: `accuracy at least ${share} of the optimum's`,
      temperature: `loss after the best temperature at most ${rise} above the optimum's` };
    const short = { loss: `loss + ${rise}`, accuracy: `${share} accuracy`, temperature: `loss + ${rise} at the best temperature` };
    const titles = landscape => ({ loss: nwedge.lossTitle(landscape), accuracy: "training accuracy", temperature: "loss at the best temperature" });
    // Landscapes may have their own radii.
    const radiiOf = landscape => landscape.records[0].options.radii, nearest = radii => radii.reduce((best, radius, i) => Math.abs(radius - 1) < Math.abs(radii[best] - 1) ? i : best, 0);
    const atOptimum = landscape => nearest(radiiOf(landscape)), radiusText = nwedge.format(options.radii[nearest(options.radii)]);
    const shape = (cell, plane, what, measure) => ((cell.result.planes[plane] || {})[what] || {})[measure] || [];
    const has = (landscape, measure) => landscape.records.some(cell => measure in cell.result.bound);
    const own = landscape => Object.keys(measures).filter(measure => has(landscape, measure));
    const angles = (landscape, plane, measure) => landscape.records.map(cell => shape(cell, plane, "half-angle", measure)[atOptimum(landscape)] ?? NaN);
    const curvature = landscape => landscape.records.map(cell => (cell.result["curvature-angle"] || {}).value ?? NaN);
    const lowShare = landscape => nwedge.most(landscape.records.map(cell => (cell.result.random || {})["low-share"] ?? NaN));
    const used = Object.keys(measures).filter(measure => records.landscapes.some(landscape => has(landscape, measure)));

    section.story({
      done: `On planes spanned by the direction from ${nwedge.list(planes.map(plane => bases[plane]))} to an optimum and by ${nwedge.optionText(records, "directions")} random directions each, ` +
        `half-width and half-angle of the optimum's low-loss set were measured at ${nwedge.optionText(records, "radii", radii => String(radii.length))} radii: ${nwedge.list(used.map(measure => measures[measure]))}. ` +
        "The same sets were looked for around random points of equal norms, and low points along random directions."
    });

    for (const plane of planes) {
      const unit = plane === "origin" ? "‖optimum‖" : "‖optimum − initial‖";
      section.eachSeed(records.only(landscape => landscape.records.some(cell => cell.has(`map-loss.${plane}`))), (column, landscape, cell) => {
        const along = { equal: true, x: { title: `along the optimum / ${unit}`, values: cell.values(`map-x.${plane}`) }, y: { title: "along a random direction", values: cell.values(`map-y.${plane}`) },
          points: [{ x: 0, y: 0, kind: plane === "origin" ? "origin" : "initial" }, { x: 1, y: 0, kind: "optimum" }],
          paths: cell.has(`map-path.${plane}`) ? [{ name: "trajectory", x: cell.column(`map-path.${plane}`, 0), y: cell.column(`map-path.${plane}`, 1) }] : [] };
        // Each map has the border of its own set.
        for (const measure of own(landscape)) {
          const values = cell.values(`map-${measure}.${plane}`);
          column.map({ ...along, title: measure === "temperature" ? "loss at the best temperature" : measure, ...(measure === "accuracy" ? { scale: "linear" } : {}), z: { title: titles(landscape)[measure], values },
            borders: [{ name: short[measure], level: cell.result.bound[measure], values: Array.from(values) }] });
        }
      }, `Planes through ${bases[plane]} and an optimum`);

      const curves = (landscape, what, scaled) => {
        const radii = radiiOf(landscape), scale = cell => scaled ? cell.result.planes[plane].distance : 1;
        const runs = measure => landscape.records.map(cell => ({ seed: cell.seed, x: radii, y: shape(cell, plane, what, measure).map(value => value === null ? NaN : value / scale(cell)) }));
        const groups = own(landscape).filter(measure => runs(measure).some(run => run.y.length)).map(measure => ({ name: short[measure], markers: true, runs: runs(measure).filter(run => run.y.length) }));
        const predicted = cell => (cell.result.prediction || {})[what];
        const known = plane === "origin" ? landscape.records.filter(predicted) : [];
        const prediction = known.length ? [{ name: `${short.loss} (${known[0].result.prediction.source || "none"})`, x: radii, y: radii.map((_, i) => nwedge.mean(known.map(cell => (predicted(cell)[i].value ?? NaN) / scale(cell)))) }] : [];
        const trace = nwedge.mean(curvature(landscape));
        if (plane === "origin" && what === "half-angle" && Number.isFinite(trace)) prediction.push({ name: "curvature at the optimum", x: [1], y: [trace] });
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

    const control = (landscape, measure) => landscape.records.map(cell => (((cell.result.control || {})["half-angle"] || {})[measure] || [])[atOptimum(landscape)] ?? NaN);
    const needed = landscape => landscape.records.map(cell => (cell.result.random || {})["planes-needed"] ?? NaN);
    const degrees = values => values.some(Number.isFinite) ? `${nwedge.spread(values)}°` : null;
    section.table({
      columns: [{ title: "landscape", text: true }, { title: "plane through", text: true }, "distance to the optimum", ...used.map(measure => `half-angle by ${short[measure]}`), "by curvature",
        "by loss around a random point of equal norms", "low share of random sections", "random planes for one low point"],
      rows: records.landscapes.flatMap(landscape => planes.map(plane => [nwedge.landscapeName(landscape), bases[plane],
        nwedge.spread(landscape.records.map(cell => (cell.result.planes[plane] || {}).distance ?? NaN)),
        ...used.map(measure => degrees(angles(landscape, plane, measure))),
        plane === "origin" ? degrees(curvature(landscape)) : null, plane === "origin" ? degrees(control(landscape, "loss")) : null,
        nwedge.percent(lowShare(landscape)), needed(landscape).some(Number.isFinite) ? nwedge.format(nwedge.median(needed(landscape)), 1) : null])),
      caption: `Half-angles at R = ${radiusText}`
    });
    section.caption(records, `Maps: ${nwedge.optionText(records, "map-points", n => `${n} × ${n}`)} points, one random direction; white line: the border of the map's own set.`,
      "Curves: median over directions for each seed (thin), mean ± one standard deviation over seeds (thick, band); 180° or a gap is a tunnel that was never left.",
      "The random plane has the colours of the maps above it; points nearer to the origin than half the optimum's norm do not count as low. That none is low says nothing of wedges: it is so around a bowl.", nwedge.examplesText(records));
  }
});
