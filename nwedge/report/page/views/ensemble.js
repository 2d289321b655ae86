// Averaging weights and averaging predictions, against the barriers between the members.
"use strict";
nwedge.view("ensemble", {
  draw(section, records) {
    const all = landscape => landscape.records.flatMap(cell => cell.result.sets).filter(set => Number.isFinite(set.gain));
    const sets = landscape => all(landscape).filter(set => !set.lost);
    const kinds = { constant: "constant rate", cyclic: "cycles", restarts: "restarts", kick: "kicks", seeds: "independent seeds", given: "given weights", random: "random points" };
    const label = set => kinds[set.kind] + (set.height === null ? "" : set.kind === "kick" ? ` ρ = ${nwedge.format(set.height)}` : ` ${nwedge.format(set.height)}`) +
      (set["start-seed"] === null ? "" : `, seed ${set["start-seed"]}`);
    const gain = set => set["test-gain"].value;
    const lost = records.landscapes.flatMap(landscape => all(landscape).filter(set => set.lost).map(set => `${label(set)} on ${landscape.inText}`));
    const tolerance = landscape => landscape.records[0].result["same-wedge-barrier"];
    const continued = records.landscapes.some(landscape => landscape.records.some(cell => cell.result.continued));
    section.story({
      done: `${continued ? `From trained points the descent went on in several ways, ${nwedge.optionText(records, "snapshots")} snapshots each; for each set of snapshots, and for the optima themselves, ` : "For the given weights, from which nothing was trained, "}` +
        "the loss of the average weights is compared with the members' mean loss, and with the barriers on the straight lines between them."
    });
    section.sideBySide(records, (column, landscape) => {
      const loss = landscape.kind === "network" ? "nats" : "loss";
      column.scatter({
        title: "what averaging weights gains on the test split", x: { title: `largest barrier between members (${loss})`, near: tolerance(landscape) / 5 }, y: { title: `gain of averaging (${loss})`, near: tolerance(landscape) / 5 },
        groups: Object.keys(kinds).map((kind, i) => {
          const of = sets(landscape).filter(set => set.kind === kind);
          return { name: kinds[kind], colour: i, x: of.map(set => set["largest-barrier"]), y: of.map(gain), yError: of.map(set => 1.96 * set["test-gain"]["standard-error"]), labels: of.map(label) };
        }).filter(group => group.x.length),
        marks: [{ y: 0, text: "" }, ...(Number.isFinite(tolerance(landscape)) ? [{ x: tolerance(landscape), text: "same wedge" }] : [])]
      });
    });
    section.sideBySide(records, (column, landscape) => {
      const seeds = sets(landscape).filter(set => set.kind === "seeds" || set.kind === "given")[0];
      const other = sets(landscape).filter(set => set !== seeds && set.kind !== "random").sort((a, b) => b["largest-barrier"] - a["largest-barrier"])[0];
      for (const set of [other, seeds].filter(Boolean)) {
        const names = set.barriers.map((row, i) => `${i + 1}`);
        column.heatmap({ title: `barriers: ${label(set)}`, rows: names, columns: names, values: set.barriers,
          z: { title: landscape.kind === "network" ? "barrier (nats)" : "barrier" }, decimals: 2 });
      }
    }, "Barriers between the members");
    const quantity = q => !Number.isFinite(q.value) ? null : Number.isFinite(q["standard-error"]) && q["standard-error"] > 0 ? `${nwedge.format(q.value)} ± ${nwedge.format(q["standard-error"], 2)}` : nwedge.format(q.value);
    const columns = [{ title: "set", text: true }, "members", "largest barrier", "single loss", "loss of average weights", "gain on the test split"];
    for (const landscape of records.landscapes) {
      const network = sets(landscape).some(set => set["prediction-average"]);
      const predicted = sets(landscape).some(set => set.prediction);
      const number = (set, inner) => set.prediction && Number.isFinite(set.prediction[inner].value) ? set.prediction[inner].value : null;
      section.table({ caption: landscape.label,
        columns: [...columns, ...(network ? ["single accuracy", "of average weights", "of moving average", "of average predictions", "calibration: single", "calibration: average weights", "calibration: average predictions"] : []),
          ...(predicted ? ["predicted loss of average", "switched", "predicted"] : [])],
        rows: all(landscape).map(set => [label(set), set.members, set["largest-barrier"], set.single.train.loss, set["weight-average"].train.loss, quantity(set["test-gain"]),
          ...(network ? [nwedge.percent(set.single.test.accuracy), nwedge.percent(set["weight-average"].test.accuracy),
            set["exponential-average"] ? nwedge.percent(set["exponential-average"].test.accuracy) : null, nwedge.percent(set["prediction-average"].accuracy),
            nwedge.percent(set["single-prediction"]["calibration-error"]), nwedge.percent(set["weight-average-prediction"]["calibration-error"]),
            nwedge.percent(set["prediction-average"]["calibration-error"])] : []),
          ...(predicted ? [number(set, "weight-average-loss"),
            Number.isFinite(set["switched-share"]) ? nwedge.percent(set["switched-share"]) : null,
            number(set, "switch-probability") === null ? null : nwedge.percent(number(set, "switch-probability"))] : [])])
      });
    }
    section.caption(records, "Gain: mean loss of the members less that of their average weights, example by example; bars: 95 % over test examples, for seeds also over members.",
      "For two members the gain on the training split is minus the barrier at the midpoint, and averaged predictions always have a lower cross-entropy than their members' mean: both are identities. What may fail is the gain on the test split, and accuracy.",
      lost.length ? `Left out, because the rate led out of the low-loss set without end: ${nwedge.list(lost)}.` : "");
  }
});
