// How training shapes the radial tunnel.
"use strict";
nwedge.view("hyper-parameters", {
  draw(section, records) {
    const runs = landscape => landscape.records.flatMap(cell => cell.result.runs).filter(run => !run.diverged);
    const factors = [["learning-rate", "learning rate", true], ["batch-size", "batch size", true], ["weight-decay", "L2 penalty", false], ["dropout", "dropout", false], ["model", "dimension of the model", true]];
    const criterion = landscape => nwedge.hasAccuracy(landscape) ? "accuracy" : "rise";
    const value = run => typeof run.value === "number" ? run.value : run.dimension;
    section.story({
      done: `One factor at a time was varied around each landscape's own training, ${nwedge.count(records.options.trainings, "training")} a value, and the radial tunnel measured at the new optimum.`
    });
    // Each landscape has factors of its own, so its figures stand together. One value alone shows no trend; it is in the table.
    for (const landscape of records.landscapes)
      section.grid(landscape, column => {
        for (const [factor, name, log] of factors) {
          const of = runs(landscape).filter(run => run.factor === factor);
          if (new Set(of.map(run => run.value)).size < 2) continue;
          for (const [title, y, read] of [
            ["half-angle", { title: "half-angle (degrees)", fromZero: true }, run => run["half-angle"].origin[criterion(landscape)]],
            ["distance", { title: "distance", fromZero: true }, run => run.distance]])
            column.scatter({ title, height: 230, x: { title: name, log: log && of.every(run => value(run) > 0) }, y,
              groups: [{ x: of.map(value), y: of.map(read), labels: of.map(run => `${run.value}, seed ${run.seed}`) }] });
        }
      });
    for (const landscape of records.landscapes) {
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
      section.table({ caption: landscape.label, columns: [{ title: "factor", text: true }, { title: "value", text: true }, "runs", "training loss", "test accuracy", "norm", "distance", "angle, rise", "angle, level", "angle, accuracy", "angle, rise, initial plane"], rows });
    }
    section.caption(records, "Half-angles in degrees at the optimum's distance, median over random planes; origin plane unless named. Mean ± standard deviation over seeds.");
  }
});
