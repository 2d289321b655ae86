// Straight lines between independently trained optima.
"use strict";
nwedge.view("barriers", {
  draw(section, records) {
    const pairs = landscape => landscape.records.flatMap(cell => cell.result.pairs);
    const over = (landscape, key, write) => nwedge.spread(pairs(landscape).map(pair => pair[key]), write);
    const share = landscape => nwedge.mean(pairs(landscape).map(pair => pair.barrier)) / nwedge.mean(landscape.records.map(cell => cell.result.drop.value));
    section.story({
      claimed: "Optima reached from different initial points lie in different wedges: on the straight line between them the loss rises.",
      done: `Every pair of a landscape's optima was joined by a straight line of ${nwedge.optionText(records, "points")} points; ` +
        "the barrier is the largest height of the loss above the line between the two end losses.",
      found: nwedge.sentence(`the barrier is ${nwedge.list(records.landscapes.map(landscape => `${over(landscape, "barrier")} on ${landscape.inText} ` +
        `(${nwedge.percent(share(landscape), 2)} of the drop in training)`))}`)
    });
    const name = (cell, pair) => `seeds ${cell.seeds[pair.first]}–${cell.seeds[pair.second]}`;
    const curves = (landscape, y) => landscape.records.flatMap(cell => cell.rows(y).map((values, i) =>
      ({ name: name(cell, cell.result.pairs[i]), x: cell.values("t"), y: values })));
    const splits = (landscape, what) => ["train", "test"].map(split => ({ name: nwedge.hasAccuracy(landscape) ? split : "",
      dash: split === "test" ? "dot" : "solid", runs: curves(landscape, `${what}-${split}`) })).filter(group => group.runs.length);
    const position = { title: "position t between the two optima" };
    section.sideBySide(records, (column, landscape) => {
      const cell = landscape.records.find(record => record.has("predicted-loss"));
      column.lines({ title: "loss between two optima", x: position, y: { title: landscape.kind === "wedge" ? "loss" : "loss (nats)", fromZero: true },
        groups: splits(landscape, "loss"), prediction: cell && { x: cell.values("t"), y: cell.values("predicted-loss") } });
    });
    section.sideBySide(records.only(nwedge.hasAccuracy), (column, landscape) => column.lines({
      title: "accuracy between two optima", x: position, y: { title: "accuracy", percent: true, fromZero: true }, groups: splits(landscape, "accuracy") }));
    section.sideBySide(records, (column, landscape) => {
      const cell = landscape.records[0], labels = cell.seeds.map(seed => `seed ${seed}`);
      for (const [array, title, range] of [["barrier-matrix", landscape.kind === "wedge" ? "barrier" : "barrier (nats)"], ["cosine-matrix", "cosine between optima", [0, 1]]])
        if (cell.has(array)) column.heatmap({ title, height: 300, rows: labels, columns: labels, values: cell.rows(array), z: { title }, range, decimals: 2 });
    }, "Every pair");
    section.table({
      columns: [{ title: "landscape", text: true }, "pairs", "barrier", "predicted", "test barrier", "error-rate barrier", "distance", "cosine", "cosine of displacements"],
      rows: records.landscapes.map(landscape => {
        const predicted = pairs(landscape).map(pair => pair["predicted-barrier"]).filter(Number.isFinite);
        const has = key => pairs(landscape).some(pair => Number.isFinite(pair[key]));
        return [nwedge.landscapeName(landscape), pairs(landscape).length, over(landscape, "barrier"), predicted.length ? nwedge.spread(predicted) : null,
          has("test-barrier") ? over(landscape, "test-barrier") : null, has("error-barrier") ? over(landscape, "error-barrier", nwedge.percent) : null,
          over(landscape, "distance"), over(landscape, "cosine"), over(landscape, "displacement-cosine")];
      })
    });
    section.caption(records, "Thin lines: pairs of seeds; thick line and band: mean ± one standard deviation over pairs; dotted: test split.",
      `${nwedge.examplesText(records)} Table: mean ± standard deviation over pairs.`);
  }
});
