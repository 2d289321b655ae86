// How far one can walk from an optimum along different directions.
"use strict";
nwedge.view("directions", {
  draw(section, records) {
    const { options } = records;
    const names = { random: "random", gradient: "gradient", trajectory: "trajectory", initial: "to the initial point", optima: "to other optima", long: "long directions", top: "top eigenvectors", bottom: "most negative eigenvectors" };
    const kinds = Object.keys(names), group = (landscape, kind) => landscape.records.map(cell => cell.result.groups[kind]).find(entry => entry && entry.count > 0);
    const radii = (landscape, kind) => landscape.records.flatMap(cell => cell.result.optima.flatMap(optimum => optimum.radii[kind] || []));
    section.story({
      done: `From every optimum the loss was followed along ${nwedge.optionText(records, "random")} random directions, the gradient, the trajectory, the ways to the initial point and to the other optima, ` +
        `the ${nwedge.optionText(records, "eigenvectors")} eigenvectors of the Hessian at either end, and directions in which the Gauss–Newton matrix is all but 0, until it had risen by ${nwedge.format(options.threshold)}.`
    });
    section.sideBySide(records, (column, landscape) => {
      const known = kinds.filter(kind => group(landscape, kind)), reach = nwedge.mean(landscape.records.flatMap(cell => cell.result.optima.map(optimum => optimum.reach)));
      const predicted = (landscape.records[0].result.prediction || {});
      const places = known.map((_, i) => i), line = (kind, level) => level > 0 ? [{ x: [known.indexOf(kind) - 0.35, known.indexOf(kind) + 0.35], y: [level, level] }] : [];
      const prediction = [...line("random", predicted.median && predicted.median.value), ...line("top", predicted.top && predicted.top.value)];
      const points = inside => known.flatMap((kind, i) => radii(landscape, kind).filter(r => (r === null) === inside).map((r, j) => ({ x: i + ((j * 0.618) % 1 - 0.5) * 0.5, y: r ?? reach, kind })));
      const drawn = (name, list, colour) => ({ name, x: list.map(p => p.x), y: list.map(p => p.y), labels: list.map(p => names[p.kind]), size: 6, colour });
      column.scatter({ title: "exit radius of each direction", height: 400, x: { title: "direction", ticks: { values: places, text: known.map(kind => names[kind]) } }, y: { title: "exit radius", log: true },
        groups: [drawn("left", points(false), landscape), drawn("still inside at the end of the scan", points(true), 3)], prediction });
    });
    section.sideBySide(records, (column, landscape) => column.histogram({ title: "random directions", height: 300, x: { title: "exit radius" },
      groups: [{ name: "measured", values: radii(landscape, "random").map(r => r ?? NaN) }] }));
    section.table({
      columns: [{ title: "landscape", text: true }, { title: "directions", text: true }, "count", "never left", "median", "least", "most"],
      rows: records.landscapes.flatMap(landscape => kinds.filter(kind => group(landscape, kind)).map(kind => {
        const entry = group(landscape, kind);
        return [nwedge.landscapeName(landscape), names[kind], entry.count, entry.beyond, entry.median ?? null, entry.least ?? null, entry.most ?? null];
      }))
    });
    section.caption(records, `Exit: the loss has risen by ${nwedge.format(options.threshold)} above the optimum's; on networks over ${nwedge.examplesUsed(records)} training examples.`,
      "A point is one direction of one optimum; dashed: the model's closed form (median along random directions, along a short one).");
  }
});
