// How many directions are short, and how stiff they are: the spectrum of the Hessian.
"use strict";
nwedge.view("spectrum", {
  draw(section, records) {
    const at = (cell, where) => cell.result.points.find(point => point.where === where) || cell.result.points[cell.result.points.length - 1];
    const optimum = (landscape, read) => landscape.records.map(cell => read(at(cell, "optimum"), cell));
    const value = entry => entry && entry.value !== undefined && entry.value !== null ? entry.value : NaN;
    const words = { initial: "initial point", trajectory: "on the trajectory", optimum: "optimum" };
    const { options } = records;
    const matrix = { "gauss-newton": "Gauss–Newton matrix", fisher: "Fisher matrix", "empirical-fisher": "empirical Fisher matrix" }[options.matrix] || "Hessian";
    const letter = { "gauss-newton": "G", fisher: "F", "empirical-fisher": "F" }[options.matrix] || "H";
    const chosen = (options.parameters || []).length ? `, its diagonal block of the parameters ${options.parameters.join(", ")}` : "";
    section.story({
      done: `At the initial point, on the trajectory and at the optimum of each seed: the ${nwedge.optionText(records, "top")} largest and ${nwedge.optionText(records, "bottom")} smallest eigenvalues of the ${matrix}${chosen} (Lanczos), ` +
        `its trace (${nwedge.optionText(records, "trace-probes")} random probes) and the density of its spectrum (stochastic Lanczos quadrature).`
    });
    section.sideBySide(records, (column, landscape) => {
      const prediction = (landscape.records[0].result.prediction || {}).top;
      const count = Math.max(...landscape.records.map(cell => at(cell, "optimum").top.length)), step = Math.ceil(count / 10);
      const ranks = Array.from({ length: count }, (_, i) => i + 1).filter(rank => (rank - 1) % step === 0);
      column.lines({ title: "largest eigenvalues at the optimum", x: { title: "rank", ticks: { values: ranks, text: ranks.map(String) } }, y: { title: "eigenvalue", fromZero: true },
        groups: [{ name: "", markers: true, runs: landscape.records.map(cell => ({ seed: cell.seed, x: at(cell, "optimum").top.map((_, i) => i + 1), y: at(cell, "optimum").top })) }],
        prediction: prediction && { x: prediction.map((_, i) => i + 1), y: prediction } });
    });
    section.sideBySide(records.only(landscape => landscape.records.some(cell => (cell.result.zone || []).length)), (column, landscape) => column.lines({
      title: "convexity along the ray to the initial point", x: { title: "radius over the initial point's", log: true }, y: { title: `tr ${letter} / ‖${letter}‖` },
      groups: [{ name: "", markers: true, runs: landscape.records.map(cell => ({ seed: cell.seed, x: cell.result.zone.map(zone => zone.radius), y: cell.result.zone.map(zone => value(zone.ratio)) })) }], marks: [{ x: 1, text: "initial point" }] }));
    section.eachSeed(records.only(landscape => landscape.records.some(cell => cell.has("density"))), (column, landscape, cell) => {
      const nodes = cell.rows("eigenvalue"), density = cell.rows("density");
      const most = nwedge.most(density.flat());
      const groups = cell.result.points.map((point, i) => ({ name: words[point.where] + (point.step ? `, step ${nwedge.format(point.step)}` : ""), colour: i === cell.result.points.length - 1 ? landscape : [3, 4, 5][i % 3],
        runs: [{ seed: cell.seed, x: nodes[i], y: density[i].map(d => d > 1e-6 * most ? d : NaN) }] }));
      column.lines({ title: "density of the spectrum", x: { title: "eigenvalue" }, y: { title: "share of eigenvalues per unit", log: true }, groups });
    });
    const table = where => section.table({
      caption: `At the ${words[where]}`,
      columns: [{ title: "landscape", text: true }, "D", "loss", "largest eigenvalue", "its residual", "smallest", "trace", "trace of the square", "effective rank", `above ${nwedge.percent(options["count-share"])} of the largest`],
      rows: records.landscapes.map(landscape => {
        const over = read => nwedge.spread(landscape.records.map(cell => read(at(cell, where))));
        return [nwedge.landscapeName(landscape), landscape.records[0].result.dimension, over(p => p.loss), over(p => p.top[0]), over(p => p["top-residuals"][0]), over(p => (p.bottom || [])[0] ?? NaN),
          over(p => value(p.trace)), over(p => value(p["trace-of-square"])), over(p => value(p["effective-rank"])), over(p => value(p["count-above"]))];
      })
    });
    table("initial");
    table("optimum");
    const withBlocks = records.only(landscape => landscape.records.some(cell => (cell.result.blocks || []).length));
    const blocksOf = landscape => landscape.records[0].result.blocks.map(block => block.name);
    const over = (landscape, name, read) => landscape.records.map(cell => read((cell.result.blocks || []).find(block => block.name === name) || {}));
    section.sideBySide(withBlocks, (column, landscape) => {
      const names = blocksOf(landscape), ticks = { values: names.map((_, i) => i + 1), text: names };
      const tops = landscape.records.flatMap(cell => cell.result.blocks.map(block => block.top)).filter(top => top > 0);
      const runs = read => landscape.records.map(cell => ({ seed: cell.seed, x: names.map((_, i) => i + 1), y: names.map(name => read(cell.result.blocks.find(block => block.name === name))) }));
      column.lines({ title: "blocks at the optimum: largest eigenvalue", x: { title: "block", ticks: names.length > 12 ? undefined : ticks }, y: { title: "largest eigenvalue", ...nwedge.most(tops) > 30 * nwedge.least(tops) ? { log: true } : { fromZero: true } },
        groups: [{ name: "", markers: true, runs: runs(block => block.top) }] });
      column.lines({ title: "blocks at the optimum: share of the trace", x: { title: "block", ticks: names.length > 12 ? undefined : ticks }, y: { title: "share of the trace", fromZero: true },
        groups: [{ name: "", markers: true, runs: runs(block => value(block.share)) }] });
    });
    for (const landscape of withBlocks.landscapes) section.table({
      caption: `Blocks at the optimum${withBlocks.landscapes.length > 1 ? `, ${landscape.label}` : ""}`,
      columns: [{ title: "block", text: true }, "entries", "largest eigenvalue", "its residual", "trace", "standard error", "share of the trace"],
      rows: blocksOf(landscape).map((name, i) => [blocksOf(landscape).length > 12 ? `${i + 1}. ${name}` : name, over(landscape, name, block => block.size)[0], nwedge.spread(over(landscape, name, block => block.top)), nwedge.spread(over(landscape, name, block => block["top-residual"])),
        nwedge.spread(over(landscape, name, block => value(block.trace))), nwedge.spread(over(landscape, name, block => (block.trace || {})["standard-error"] ?? NaN)), nwedge.spread(over(landscape, name, block => value(block.share)), nwedge.percent)])
    });
    section.caption(records, `${matrix} of the training loss, exact over ${nwedge.examplesUsed(records)} examples on networks.`,
      "Largest eigenvalues: one line a seed, mean ± one standard deviation. Density: one seed, a Gaussian kernel; below a millionth of its peak it is not drawn. Tables: mean ± standard deviation over seeds.");
  }
});
