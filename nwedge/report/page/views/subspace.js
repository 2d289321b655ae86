// How low one gets on random low-dimensional sections through the initial point.
"use strict";
nwedge.view("subspace", {
  draw(section, records) {
    const reached = landscape => landscape.records.map(cell => (cell.result["d-int"] || {}).reaching).filter(Number.isFinite);
    const other = landscape => landscape.records.map(cell => (cell.result.other || {}).reaching).filter(Number.isFinite);
    section.story({
      done: `On random sections of growing dimension d through each initial point the loss was minimised${records.landscapes.some(landscape => landscape.records[0].result.exact) ? " (on the wedge model exactly)" : ""}; ` +
        `d_int is the least d that reaches the target on the ${records.landscapes[0].records[0].result.target.split === "test" ? "test" : "training"} split, found by halving.`
    });
    const curves = (landscape, what) => landscape.records.filter(cell => cell.has(what)).map(cell => ({ seed: cell.seed, x: cell.values("d"), y: cell.rows(what).map(nwedge.mean) }));
    const splits = (landscape, what) => ["train", "test"].map(split => ({ name: nwedge.hasAccuracy(landscape) ? split : "", markers: true, dash: split === "test" ? "dot" : "solid",
      runs: curves(landscape, `${what}-${split}`) })).filter(group => group.runs.length);
    const dimension = { title: "dimension d of the section", log: true };
    const target = (landscape, kind) => {
      const goals = landscape.records.map(cell => cell.result.target).filter(goal => goal && goal.kind === kind).map(goal => goal.value);
      return goals.length ? [{ y: nwedge.mean(goals), text: "target" }] : [];
    };
    section.sideBySide(records, (column, landscape) => {
      const cell = landscape.records.find(record => record.has("predicted-loss"));
      column.lines({ title: "loss", x: dimension, y: { title: nwedge.lossUnit(landscape), fromZero: true }, groups: splits(landscape, "loss"),
        prediction: cell && { x: cell.values("d"), y: cell.values("predicted-loss") }, marks: target(landscape, "loss") },
      ...(nwedge.hasAccuracy(landscape) ? [{ title: "accuracy", x: dimension, y: { title: "accuracy", percent: true, fromZero: true }, groups: splits(landscape, "accuracy"), marks: target(landscape, "accuracy") }] : []));
    });
    section.table({
      columns: [{ title: "landscape", text: true }, "D", { title: "target", text: true }, "target value", "d_int", "seeds that reached it", "d_int on the other split", "predicted d_int"],
      rows: records.landscapes.map(landscape => {
        const predicted = landscape.records.map(cell => (cell.result.prediction || {})["d-int"]).filter(Number.isFinite);
        return [nwedge.landscapeName(landscape), landscape.records[0].result.dimension, landscape.records[0].result.target.kind, nwedge.spread(landscape.records.map(cell => cell.result.target.value)),
          reached(landscape).length ? nwedge.spread(reached(landscape)) : null, `${reached(landscape).length} of ${landscape.records.length}`, other(landscape).length ? nwedge.spread(other(landscape)) : null, predicted.length ? nwedge.spread(predicted) : null];
      })
    });
    section.caption(records, "Thin lines: seeds, a mean over the sections of each; thick line and band: mean ± one standard deviation over seeds; dotted line across: the target.", nwedge.examplesText(records));
  }
});
