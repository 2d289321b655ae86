// Optima as trained and with their units permuted.
"use strict";
nwedge.view("alignment", {
  draw(section, records) {
    const words = { "as-trained": "as trained", pairwise: "pairs matched", universe: "all matched at once", random: "permuted at random", shuffled: "matched to shuffled weights" };
    const kinds = landscape => landscape.records[0].result.arrangements.map(own => own.kind);
    const of = (landscape, kind) => landscape.records[0].result.arrangements.find(own => own.kind === kind);
    const quantity = (number, write = nwedge.format) => !number || number.value === null ? null
      : number["standard-error"] === null ? write(number.value) : `${write(number.value)} ± ${write(number["standard-error"])}`;
    const moved = records.landscapes.filter(landscape => of(landscape, "pairwise"));
    section.story({
      claimed: "Much of what separates independently trained networks is the numbering of their hidden units.",
      done: "Straight lines between all pairs of optima were measured as trained, with units matched by their weights in pairs and all at once, " +
        "and, as controls, with units permuted at random and with the permutation that matches to shuffled weights.",
      found: nwedge.sentence(moved.length ? `matching pairs removes ${nwedge.list(moved.map(landscape =>
        `${quantity(of(landscape, "pairwise").removed, nwedge.percent)} of the barrier on ${landscape.inText}`))}` : "no landscape has units that are known to be permutable")
    });
    const colours = { "as-trained": 0, pairwise: 1, universe: 2, random: 3, shuffled: 4 };
    const dashes = { random: "dot", shuffled: "longdash" };  // controls lie upon what they control
    section.sideBySide(records, (column, landscape) => {
      const cell = landscape.records[0];
      column.lines({ title: "loss on the lines", x: { title: "position t between the two optima" }, y: { title: nwedge.lossTitle(landscape, "train"), fromZero: true },
        groups: kinds(landscape).map(kind => ({ name: words[kind], colour: colours[kind], dash: dashes[kind],
          runs: cell.rows(`loss-train.${kind}`).map(values => ({ x: cell.values("t"), y: values })) })) });
    });
    section.sideBySide(records, (column, landscape) => {
      const cell = landscape.records[0], axis = { title: "seed" };
      const labels = cell.seeds.map(seed => nwedge.optimumName(landscape, seed).replace(/^seed /, ""));
      column.heatmap(...kinds(landscape).slice(0, 3).map(kind => ({ title: `barrier, ${words[kind]}`, rows: labels, columns: labels,
        values: cell.rows(`barrier-matrix.${kind}`), x: axis, y: axis, z: { title: "barrier" }, decimals: 2 })));
    }, "Every pair");
    section.table({
      columns: [{ title: "landscape", text: true }, { title: "units", text: true }, "barrier", "share removed", "rescaled, middle", "test barrier", "distance", "loss of the mean of all",
        "its test accuracy", "overlap of top eigenspaces", "tunnel barrier", "m-tunnel, mean as centre", "centre trained"],
      rows: records.landscapes.flatMap(landscape => landscape.records[0].result.arrangements.map(own => [nwedge.landscapeName(landscape), words[own.kind],
        quantity(own.barrier), quantity(own.removed, nwedge.percent), quantity(own.repaired), quantity(own["test-barrier"]), quantity(own.distance), nwedge.format(own["average-loss"]),
        Number.isFinite(own["average-test-accuracy"]) ? nwedge.percent(own["average-test-accuracy"]) : null, quantity(own.overlap), quantity(own.tunnel),
        Number.isFinite(own["star-loss"]) ? nwedge.format(own["star-loss"]) : null, Number.isFinite(own["trained-star-loss"]) ? nwedge.format(own["trained-star-loss"]) : null]))
    });
    const wide = records.landscapes.filter(landscape => landscape.records[0].result.widths.length);
    if (wide.length) {
      const lines = [["barrier", "as trained", 0], ["aligned", "matched", 1], ["repaired", "matched and rescaled, middle", 2], ["random", "permuted at random", 3]];
      section.sideBySide(records, (column, landscape) => {
        const widths = landscape.records[0].result.widths;
        if (!widths.length) return;
        column.lines({ title: "barrier against width", x: { title: "units that may be permuted", log: true }, y: { title: "barrier, nats", fromZero: true },
          groups: lines.filter(([key]) => widths.every(width => width[key].value !== null)).map(([key, name, colour]) => ({ name, colour,
            runs: [{ x: widths.map(width => width.units), y: widths.map(width => width[key].value) }] })) });
      });
      section.table({
        columns: [{ title: "network", text: true }, "units", "training loss", "barrier", "matched", "matched and rescaled", "permuted at random"],
        rows: wide.flatMap(landscape => landscape.records[0].result.widths.map(width => [width.model, width.units, nwedge.format(width.loss),
          ...["barrier", "aligned", "repaired", "random"].map(key => quantity(width[key]))]))
      });
    }
    section.caption(records, "Thin lines: pairs of seeds. ± are standard errors, over seeds where pairs share seeds.", nwedge.examplesText(records));
  }
});
