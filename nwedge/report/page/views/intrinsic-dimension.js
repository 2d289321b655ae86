// The same landscape's dimension by every estimator.
"use strict";
nwedge.view("intrinsic-dimension", {
  draw(section, records) {
    const names = { sections: "random sections", exit: "exit radii", rank: "effective rank", count: "large eigenvalues", "m-tunnel": "1-tunnel" };
    const estimators = Object.keys(names), estimates = (landscape, name) => landscape.records.flatMap(cell => cell.result.optima.map(optimum => optimum.estimates[name])).filter(Number.isFinite);
    const ratio = landscape => nwedge.mean(landscape.records.map(cell => cell.result["largest-ratio"] ?? NaN));
    section.story({
      done: `For every optimum the dimension was estimated by ${nwedge.list(Object.values(names))}.`
    });
    section.sideBySide(records, (column, landscape) => {
      const known = estimators.filter(name => estimates(landscape, name).length), places = known.map((_, i) => i);
      const predicted = (landscape.records[0].result.prediction || {})["short-directions"];
      column.scatter({ title: "dimension by estimator", x: { title: "estimator", ticks: { values: places, text: known.map(name => names[name]) } }, y: ratio(landscape) > 8 ? { title: "dimension", log: true } : { title: "dimension", fromZero: true },
        groups: [{ name: "each optimum", size: 6, colour: 3, x: known.flatMap((name, i) => estimates(landscape, name).map((_, j) => i + 0.12 + 0.06 * j)), y: known.flatMap(name => estimates(landscape, name)) },
          { name: "mean ± standard deviation", colour: landscape, size: 10, x: places, y: known.map(name => nwedge.mean(estimates(landscape, name))), yError: known.map(name => nwedge.deviation(estimates(landscape, name))) }],
        prediction: predicted ? { x: [-0.4, known.length - 0.4], y: [predicted, predicted] } : undefined });
    });
    section.table({
      columns: [{ title: "landscape", text: true }, "D", ...Object.values(names), "largest / least", "predicted"],
      rows: records.landscapes.map(landscape => [nwedge.landscapeName(landscape), landscape.records[0].result.dimension,
        ...estimators.map(name => estimates(landscape, name).length ? nwedge.spread(estimates(landscape, name)) : null),
        Number.isFinite(ratio(landscape)) ? ratio(landscape) : null, (landscape.records[0].result.prediction || {})["short-directions"] ?? null])
    });
    section.caption(records, `Hessians over ${nwedge.examplesUsed(records)} training examples on networks. Numbers: mean ± standard deviation over optima; a dash is an estimator that found no number.`);
  }
});
