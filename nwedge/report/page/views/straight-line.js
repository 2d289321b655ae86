// The loss on the straight line from the initial point to the optimum, and along the trajectory that training took.
"use strict";
nwedge.view("straight-line", {
  draw(section, records) {
    const shares = landscape => landscape.records.map(cell => cell.result["gap-share"]);
    section.story({
      done: `The loss was computed at ${nwedge.optionText(records, "points")} points of that line for every seed, and at the recorded points of the trajectory. ` +
        "The gap is the largest rise above the lowest loss met before; it is given as a share of the whole drop."
    });
    const position = { title: "position t on the line (0 initial point, 1 optimum)" };
    const curves = (landscape, x, y) => landscape.records.filter(cell => cell.has(y)).map(cell => ({ seed: cell.seed, x: cell.values(x), y: cell.values(y) }));
    const splits = (landscape, x, what) => ["train", "test"].map(split => ({ name: nwedge.hasAccuracy(landscape) ? split : "",
      dash: split === "test" ? "dot" : "solid", runs: curves(landscape, x, `${what}-${split}`) })).filter(group => group.runs.length);
    const predicted = landscape => {
      const runs = curves(landscape, "t", "predicted-loss");
      return runs.length ? nwedge.meanCurve(runs) : undefined;
    };
    section.sideBySide(records, (column, landscape) => column.lines({
      title: "loss", x: position, y: { title: landscape.kind === "wedge" ? "loss" : "loss (nats)", fromZero: true },
      groups: splits(landscape, "t", "loss"), prediction: predicted(landscape)
    }, ...(nwedge.hasAccuracy(landscape) ? [{ title: "accuracy", x: position, y: { title: "accuracy", percent: true }, groups: splits(landscape, "t", "accuracy") }] : [])), "On the straight line");
    section.sideBySide(records.only(landscape => landscape.records.some(cell => cell.has("trajectory-loss-train"))), (column, landscape) => column.lines({
      title: "loss", x: { title: "distance from the initial point" }, y: { title: landscape.kind === "wedge" ? "loss" : "loss (nats)", fromZero: true },
      groups: splits(landscape, "trajectory-distance", "trajectory-loss"), mean: false
    }), "Along the trajectory");
    section.table({
      columns: [{ title: "landscape", text: true }, "seeds", "gap", "gap / drop", "gap on the trajectory", "lowest loss on the line", "at t"],
      rows: records.landscapes.map(landscape => {
        const over = read => nwedge.spread(landscape.records.map(cell => read(cell.result)));
        return [nwedge.landscapeName(landscape), landscape.records.length, over(r => r.gap), nwedge.spread(shares(landscape), nwedge.percent),
          over(r => r["trajectory-gap"]), over(r => r.train.least), over(r => r.train["least-at"])];
      })
    });
    section.caption(records, "Thin lines: seeds; thick line and band: mean ± one standard deviation over seeds; dotted: test split.",
      `${nwedge.examplesText(records)} Table: mean ± standard deviation over seeds, training split.`);
  }
});
