// Straight lines between independently trained optima.
"use strict";
nwedge.view("barriers", {
  draw(section, records) {
    const pairs = landscape => landscape.records.flatMap(cell => cell.result.pairs);
    const over = (landscape, key, write) => nwedge.spread(pairs(landscape).map(pair => pair[key]), write);
    const share = landscape => nwedge.mean(pairs(landscape).map(pair => pair.barrier)) / nwedge.mean(landscape.records.map(cell => cell.result.drop.value));
    section.story({
      done: `Every pair of a landscape's optima was joined by a straight line of ${nwedge.optionText(records, "points")} points; ` +
        "the barrier is the largest height of the loss above the line between the two end losses."
    });
    const name = (landscape, cell, pair) => [pair.first, pair.second].map(place => nwedge.optimumName(landscape, cell.seeds[place])).join(" to ");
    const curves = (landscape, y) => landscape.records.flatMap(cell => cell.rows(y).map((values, i) =>
      ({ name: name(landscape, cell, cell.result.pairs[i]), x: cell.values("t"), y: values })));
    const splits = (landscape, what) => ["train", "test"].map(split => ({ name: nwedge.hasAccuracy(landscape) ? split : "",
      dash: split === "test" ? "dot" : "solid", runs: curves(landscape, `${what}-${split}`) })).filter(group => group.runs.length);
    const position = { title: "position t between the two optima" };
    section.sideBySide(records, (column, landscape) => {
      const cell = landscape.records.find(record => record.has("predicted-loss"));
      column.lines({ title: "loss", x: position, y: { title: nwedge.lossUnit(landscape), fromZero: true },
        groups: splits(landscape, "loss"), prediction: cell && { x: cell.values("t"), y: cell.values("predicted-loss") } },
      ...(nwedge.hasAccuracy(landscape) ? [{ title: "accuracy", x: position, y: { title: "accuracy", percent: true, fromZero: true }, groups: splits(landscape, "accuracy") }] : []));
    });
    section.sideBySide(records, (column, landscape) => {
      const cell = landscape.records[0], labels = cell.seeds.map(seed => nwedge.optimumName(landscape, seed).replace(/^seed /, "")), given = nwedge.weightsOf(landscape, cell.seeds[0]), axis = { title: given ? "weights" : "seed" };
      const matrix = ([array, title, range]) => ({ title, rows: labels, columns: labels, values: cell.rows(array), x: axis, y: axis, z: { title }, range, decimals: 2 });
      const known = [["barrier-matrix", "barrier"], ["aligned-barrier-matrix", "barrier, units matched"], ["cosine-matrix", "cosine", [0, 1]]].filter(([array]) => cell.has(array));
      if (known.length) column.heatmap(...known.map(matrix));
    }, "Every pair");
    const matched = records.landscapes.some(landscape => pairs(landscape).some(pair => Number.isFinite(pair["aligned-barrier"])));
    section.table({
      columns: [{ title: "landscape", text: true }, "pairs", "barrier", ...(matched ? ["units matched", "and rescaled, middle"] : []), "predicted", "test barrier", "error-rate barrier", "distance", "cosine", "cosine of displacements"],
      rows: records.landscapes.map(landscape => {
        const predicted = pairs(landscape).map(pair => pair["predicted-barrier"]).filter(Number.isFinite);
        const has = key => pairs(landscape).some(pair => Number.isFinite(pair[key]));
        return [nwedge.landscapeName(landscape), pairs(landscape).length, over(landscape, "barrier"),
          ...(matched ? ["aligned-barrier", "repaired-barrier"].map(key => has(key) ? over(landscape, key) : null) : []), predicted.length ? nwedge.spread(predicted) : null,
          has("test-barrier") ? over(landscape, "test-barrier") : null, has("error-barrier") ? over(landscape, "error-barrier", nwedge.percent) : null,
          over(landscape, "distance"), over(landscape, "cosine"), over(landscape, "displacement-cosine")];
      })
    });
    section.caption(records, "Thin lines: pairs of seeds; thick line and band: mean ± one standard deviation over pairs; dotted: test split.",
      `${nwedge.examplesText(records)} Table: mean ± standard deviation over pairs.`);
  }
});
