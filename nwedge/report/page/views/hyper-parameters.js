// How training shapes the radial tunnel.
"use strict";
nwedge.view("hyper-parameters", {
  draw(section, records) {
    const runs = landscape => landscape.records.flatMap(cell => cell.result.runs).filter(run => !run.diverged);
    const factors = [["learning-rate", "learning rate", true], ["batch-size", "batch size", true], ["weight-decay", "L2 penalty", false], ["dropout", "dropout", false], ["model", "dimension of the model", true]];
    const criterion = landscape => nwedge.hasAccuracy(landscape) ? "accuracy" : "rise";
    const trend = (landscape, factor, quantity) => landscape.records[0].result.trends?.[factor]?.[quantity];
    const value = run => typeof run.value === "number" ? run.value : run.dimension;
    const clear = landscapes => landscapes.flatMap(landscape => factors.flatMap(([factor, name]) => {
      const r = trend(landscape, factor, "half-angle");
      return r && Number.isFinite(r.low) && (r.low > 0 || r.high < 0) ? [`${name} ${r.value > 0 ? "widens" : "narrows"} it on ${landscape.inText}`] : [];
    }));
    const trends = clear(records.landscapes);
    section.story({
      claimed: "How a network is trained decides how wide the tunnel is that it ends in.",
      done: `One factor at a time was varied around each landscape's own training, ${nwedge.count(records.options.trainings, "training")} a value, and the radial tunnel measured at the new optimum.`,
      found: nwedge.sentence(trends.length ? nwedge.list(trends) : "no factor has a trend whose 95 % interval excludes zero")
    });
    for (const [factor, name, log] of factors) {
      // One value alone shows no trend; it is in the table.
      const varied = records.only(landscape => new Set(runs(landscape).filter(run => run.factor === factor).map(run => run.value)).size > 1);
      if (!varied.landscapes.length) continue;
      section.sideBySide(varied, (column, landscape) => {
        const of = runs(landscape).filter(run => run.factor === factor);
        for (const [title, y, read] of [
          ["half-angle on the origin plane", { title: "half-angle (degrees)", fromZero: true }, run => run["half-angle"].origin[criterion(landscape)]],
          ["distance from the initial point", { title: "distance", fromZero: true }, run => run.distance]])
          column.scatter({ title, height: 280, x: { title: name, log: log && of.every(run => value(run) > 0) }, y,
            groups: [{ name: "a training", x: of.map(value), y: of.map(read), labels: of.map(run => `${run.value}, seed ${run.seed}`) }] });
      }, `Varying the ${name}`);
    }
    for (const landscape of records.landscapes) {
      section.heading(landscape.label);
      const rows = [];
      for (const [factor] of factors) {
        const of = runs(landscape).filter(run => run.factor === factor);
        for (const v of [...new Set(of.map(run => run.value))]) {
          const same = of.filter(run => run.value === v);
          const spread = (read, write) => nwedge.spread(same.map(read).filter(Number.isFinite), write);
          rows.push([factor, `${v}`, same.length, spread(run => run.train.loss), same[0].test && nwedge.hasAccuracy(landscape) ? spread(run => run.test.accuracy, nwedge.percent) : null,
            spread(run => run.norm), spread(run => run.distance), spread(run => run["half-angle"].origin.rise), spread(run => run["half-angle"].origin.level),
            nwedge.hasAccuracy(landscape) ? spread(run => run["half-angle"].origin.accuracy) : null, spread(run => run["half-angle"].initial.rise)]);
        }
      }
      section.table({ columns: [{ title: "factor", text: true }, { title: "value", text: true }, "runs", "training loss", "test accuracy", "norm", "distance", "angle, rise", "angle, level", "angle, accuracy", "angle, rise, initial plane"], rows });
    }
    section.caption(records, "Half-angles in degrees at the optimum's distance, median over random planes; origin plane unless named. Mean ± standard deviation over seeds.");
  }
});
