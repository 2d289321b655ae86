// The same landscape's dimension by every estimator, and what its spectrum predicts for random sections.
"use strict";
nwedge.view("intrinsic-dimension", {
  draw(section, records) {
    const names = { sections: "random sections", hessian: "effective, Hessian", "gauss-newton": "effective, Gauss–Newton", exit: "exit radii", rank: "effective rank", count: "large eigenvalues" };
    const estimators = Object.keys(names), optima = landscape => landscape.records.flatMap(cell => cell.result.optima);
    const value = quantity => quantity && Number.isFinite(quantity.value) ? quantity.value : NaN;
    const measured = (landscape, name) => optima(landscape).map(optimum => optimum.estimates[name]).filter(quantity => Number.isFinite(value(quantity)));
    const estimates = (landscape, name) => measured(landscape, name).map(value);
    const predicted = landscape => value(landscape.records[0].result["short-directions"]);
    section.story({
      done: `For every optimum the dimension was estimated by ${nwedge.list(Object.values(names))}, each with random vectors of its own. An effective dimension also predicts the loss of random sections of every dimension.`
    });
    section.sideBySide(records, (column, landscape) => {
      const known = estimators.filter(name => estimates(landscape, name).length), places = known.map((_, i) => i), all = known.flatMap(name => estimates(landscape, name)).filter(v => v > 0);
      column.scatter({ title: "dimension by estimator", x: { title: "estimator", ticks: { values: places, text: known.map(name => names[name]) } }, y: nwedge.most(all) > 8 * nwedge.least(all) ? { title: "dimension", log: true } : { title: "dimension", fromZero: true },
        groups: [{ name: "each optimum, ± error of its probes", size: 6, colour: 3, x: known.flatMap((name, i) => estimates(landscape, name).map((_, j) => i + 0.12 + 0.06 * j)), y: known.flatMap(name => estimates(landscape, name)),
          yError: known.flatMap(name => measured(landscape, name).map(quantity => quantity["standard-error"] ?? NaN)) },
          { name: "mean ± standard deviation", colour: landscape, size: 10, x: places, y: known.map(name => nwedge.mean(estimates(landscape, name))), yError: known.map(name => nwedge.deviation(estimates(landscape, name))) }],
        prediction: predicted(landscape) > 0 ? { x: [-0.4, known.length - 0.4], y: [predicted(landscape), predicted(landscape)] } : undefined });
    });
    section.sideBySide(records.only(landscape => landscape.records.some(cell => cell.has("tried-d"))), (column, landscape) => {
      const cell = landscape.records.find(record => record.has("tried-d"));
      const curve = array => cell.has(array) ? nwedge.meanCurve(cell.rows(array).map(y => ({ x: cell.values("d"), y }))) : {};
      const tried = cell.rows("tried-d"), losses = cell.rows("tried-loss");
      const runs = tried.map((x, i) => ({ seed: cell.result.optima[i].seed, x: Array.from(x).filter(Number.isFinite), y: Array.from(losses[i]).filter((_, k) => Number.isFinite(x[k])) }));
      const prediction = [["predicted-hessian", "Hessian"], ["predicted-gauss-newton", "Gauss–Newton"]].map(([array, name]) => ({ name, ...curve(array) })).filter(one => one.x);
      column.lines({ title: "loss of random sections", x: { title: "dimension d of the section", log: true }, y: { title: nwedge.lossTitle(landscape), log: true },
        groups: [{ name: "measured", markers: true, runs }], prediction });
    }, "Predicted over measured");
    const interval = landscape => nwedge.list(optima(landscape).map(optimum => Number.isFinite(optimum.reaching) ? `${nwedge.format(optimum.reaching)} in [${nwedge.format(optimum.failing)}, ${nwedge.format(optimum.reaching)}]` : `above ${nwedge.format(optimum.failing)}`));
    section.table({
      columns: [{ title: "landscape", text: true }, "D", ...Object.values(names), "loss above the optimum's", { title: "sections, least d", text: true }, "predicted"],
      rows: records.landscapes.map(landscape => [nwedge.landscapeName(landscape), landscape.records[0].result.dimension,
        ...estimators.map(name => estimates(landscape, name).length ? nwedge.spread(estimates(landscape, name)) : null),
        nwedge.spread(optima(landscape).map(optimum => optimum.excess ?? NaN)), interval(landscape), Number.isFinite(predicted(landscape)) ? predicted(landscape) : null])
    });
    section.caption(records, `Spectra over ${nwedge.examplesUsed(records)} training examples on networks. Numbers: mean ± standard deviation over optima; a dash is an estimator that found no number.`,
      "Dashed curves: the loss at which the effective dimension of the quadratic well equals d, mean over optima.");
  }
});
