// How training shapes the radial tunnel.
"use strict";
nwedge.view("hyper-parameters", {
  draw(section, records) {
    const all = landscape => landscape.records.flatMap(cell => cell.result.runs), runs = landscape => all(landscape).filter(run => run.trained);
    const factors = [["learning-rate", "learning rate", true], ["batch-size", "1 / batch size", true], ["weight-decay", "L2 penalty", false], ["dropout", "dropout", false], ["model", "dimension of the model", true]];
    const planes = { origin: "the origin", initial: "the initial point" };
    const names = { loss: "loss", accuracy: "accuracy", temperature: "loss at the best temperature" };
    const measures = landscape => Object.keys(names).filter(measure => runs(landscape).some(run => measure in ((run["half-angle"] || {}).origin || {})));
    const trends = (landscape, factor) => (landscape.records[0].result.trends || {})[factor];
    const trend = (landscape, factor, plane, measure) => (((trends(landscape, factor) || {})["half-angle"] || {})[plane] || {})[measure];
    section.story({
      done: `One factor at a time was varied, ${nwedge.count(records.options.trainings, "training")} a value, and the radial tunnel measured where each training reached ` +
        `${records.options["match-loss"] ? "the loss that all trainings of its factor reach" : "its optimum"}.`
    });
    // Each landscape has factors of its own, so its figures stand together. One value alone shows no trend; it is in the table.
    for (const landscape of records.landscapes)
      section.grid(landscape, column => {
        for (const [factor, name, log] of factors) {
          const of = runs(landscape).filter(run => run.factor === factor);
          if (new Set(of.map(run => run.level)).size < 2) continue;
          for (const plane of Object.keys(planes))
            column.scatter({ title: `half-angle, planes through ${planes[plane]}`, height: 230, x: { title: name, log: log && of.every(run => run.level > 0) }, y: { title: "half-angle (degrees)", fromZero: true },
              groups: measures(landscape).map(measure => ({ name: measures(landscape).length > 1 ? names[measure] : undefined, x: of.map(run => run.level), y: of.map(run => run["half-angle"][plane][measure] ?? NaN), labels: of.map(run => `${run.value}, seed ${run.seed}`) })) });
        }
      });
    const interval = r => r.within && Number.isFinite(r.within.value) ? `${nwedge.format(r.within.value, 2)}${r.within["standard-error"] > 0 ? ` ± ${nwedge.format(r.within["standard-error"], 2)}` : ""}` : null;
    section.table({
      columns: [{ title: "landscape", text: true }, { title: "factor", text: true }, { title: "plane through", text: true }, { title: "half-angle by", text: true }, "rank correlation", "within seeds", "p", "p after Holm", { title: "levels exchanged", text: true }, "trainings", { title: "training losses matched", text: true }],
      rows: records.landscapes.flatMap(landscape => factors.filter(([factor]) => trends(landscape, factor)).flatMap(([factor, name]) => Object.keys(planes).flatMap(plane => measures(landscape).flatMap(measure => {
        const r = trend(landscape, factor, plane, measure);
        return r ? [[nwedge.landscapeName(landscape), name, planes[plane], names[measure], Number.isFinite(r.correlation) ? nwedge.format(r.correlation, 2) : null, interval(r),
          Number.isFinite(r["p-value"]) ? nwedge.format(r["p-value"], 2) : null, Number.isFinite(r.adjusted) ? nwedge.format(r.adjusted, 2) : null, r.exchanged, r.runs, trends(landscape, factor).matched ? "yes" : "no"]] : [];
      })))),
      caption: "Trends of the half-angle"
    });
    for (const landscape of records.landscapes) {
      const rows = [];
      for (const [factor] of factors) {
        const of = runs(landscape).filter(run => run.factor === factor);
        for (const v of [...new Set(of.map(run => run.value))]) {
          const same = of.filter(run => run.value === v);
          const spread = (read, write) => nwedge.spread(same.map(read).filter(Number.isFinite), write);
          rows.push([factor, `${v}`, same.length, spread(run => run["final-loss"]), spread(run => run.loss), Number.isFinite(same[0]["test-accuracy"]) ? spread(run => run["test-accuracy"], nwedge.percent) : null,
            spread(run => run.norm), spread(run => run.distance), ...measures(landscape).map(measure => spread(run => run["half-angle"].origin[measure] ?? NaN)), spread(run => run["half-angle"].initial.loss ?? NaN)]);
        }
      }
      const left = all(landscape).length - runs(landscape).length;
      section.table({ caption: `${landscape.label}${left ? `; ${nwedge.count(left, "training")} left out (diverged, or half the drop of the best not made)` : ""}`,
        columns: [{ title: "factor", text: true }, { title: "value", text: true }, "runs", "final training loss", "training loss where measured", "test accuracy", "norm", "distance",
          ...measures(landscape).map(measure => `angle, ${names[measure]}`), "angle, loss, initial plane"], rows });
    }
    section.caption(records, "Half-angles in degrees, median over random planes; origin plane unless named. Mean ± standard deviation over seeds. p: exact permutation test, two-sided; Holm's correction over factors and measures of one plane.");
  }
});
