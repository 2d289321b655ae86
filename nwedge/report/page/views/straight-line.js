// The loss on the straight line from the initial point to the optimum, and along the trajectory that training took.
"use strict";
nwedge.view("straight-line", {
  draw(section, records) {
    const lines = landscape => landscape.records.flatMap(cell => cell.result.lines), shares = landscape => lines(landscape).map(line => line.train.gap / line.train.drop);
    section.story({
      done: `The loss was computed at ${nwedge.optionText(records, "points")} points of that line for every seed, and at the recorded points of the trajectory. ` +
        "The gap is the largest rise above the lowest loss met before; it is given as a share of the whole drop."
    });
    const position = { title: "position t on the line (0 initial point, 1 optimum)" };
    const curves = (landscape, x, y) => landscape.records.filter(cell => cell.has(y)).flatMap(cell => cell.rows(y).map((values, i) =>
      ({ seed: cell.result.lines[i].seed, x: x === "t" ? cell.values(x) : cell.rows(x)[i], y: values })));
    const splits = (landscape, x, what) => ["train", "test"].map(split => ({ name: nwedge.hasAccuracy(landscape) ? split : "",
      dash: split === "test" ? "dot" : "solid", runs: curves(landscape, x, `${what}-${split}`) })).filter(group => group.runs.length);
    const predicted = landscape => {
      const runs = curves(landscape, "t", "predicted-loss");
      return runs.length ? nwedge.meanCurve(runs) : undefined;
    };
    section.sideBySide(records, (column, landscape) => column.lines({
      title: "loss", x: position, y: { title: nwedge.lossUnit(landscape), fromZero: true },
      groups: splits(landscape, "t", "loss"), prediction: predicted(landscape)
    }, ...(nwedge.hasAccuracy(landscape) ? [{ title: "accuracy", x: position, y: { title: "accuracy", percent: true }, groups: splits(landscape, "t", "accuracy") }] : [])), "On the straight line");
    section.sideBySide(records.only(landscape => landscape.records.some(cell => cell.has("trajectory-loss-train"))), (column, landscape) => column.lines({
      title: "loss", x: { title: "distance from the initial point" }, y: { title: nwedge.lossUnit(landscape), fromZero: true },
      groups: splits(landscape, "trajectory-distance", "trajectory-loss"), mean: false
    }), "Along the trajectory");
    section.table({
      columns: [{ title: "landscape", text: true }, "seeds", "gap", "gap / drop", "gap on the trajectory", "made half way", "lowest loss on the line", "at t", "gap on the test split", "gap between optima"],
      rows: records.landscapes.map(landscape => {
        const over = (read, write) => nwedge.spread(lines(landscape).map(read), write), between = landscape.records.flatMap(cell => cell.result.controls.map(control => control.gap));
        return [nwedge.landscapeName(landscape), lines(landscape).length, over(line => line.train.gap), nwedge.spread(shares(landscape), nwedge.percent),
          over(line => line["trajectory-gap"] ?? NaN), over(line => line.train["drop-by-half"] / line.train.drop, nwedge.percent), over(line => line.train.least), over(line => line.train["least-at"]),
          lines(landscape).some(line => line.test) ? over(line => line.test.gap) : null, between.length ? nwedge.spread(between) : null];
      })
    });
    section.caption(records, "Thin lines: seeds; thick line and band: mean ± one standard deviation over seeds; dotted: test split.",
      `${nwedge.examplesText(records)} Control: the gap on lines from one optimum to another. Table: mean ± standard deviation over seeds, training split.`);
  }
});
