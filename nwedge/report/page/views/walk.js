// Long walks at low loss along the long directions.
"use strict";
nwedge.view("walk", {
  draw(section, records) {
    const { options } = records;
    const over = (landscape, key, write) => nwedge.spread(landscape.records.map(cell => cell.result[key]), write);
    section.story({
      claimed: "An optimum has many long directions: one can walk far from it at low loss.",
      done: `From every optimum ${nwedge.optionText(records, "walk-steps")} steps of ${nwedge.format(options.length)} of its norm were walked straight on, ` +
        `each followed by ${nwedge.optionText(records, "descent-steps")} steps of training; control: the same training without steps.`,
      found: nwedge.sentence(`of the way walked the end is away by ${nwedge.list(records.landscapes.map(landscape =>
        `${over(landscape, "efficiency", nwedge.percent)} on ${landscape.inText}`))}`)
    });
    const runs = (landscape, y, scale = () => 1) => landscape.records.filter(cell => cell.has(y)).map(cell =>
      ({ seed: cell.seed, x: cell.values("step"), y: cell.values(y).map(value => value / scale(cell)) }));
    const x = { title: "steps walked" }, unit = cell => cell.result.norm;
    section.sideBySide(records, (column, landscape) => column.lines({ title: "distance from the optimum", x,
      y: { title: "distance / norm of the optimum", fromZero: true },
      groups: [{ name: "walk", runs: runs(landscape, "distance", unit) }, { name: "without steps", runs: runs(landscape, "idle-distance", unit), colour: 3 }] }));
    section.sideBySide(records, (column, landscape) => column.lines({ title: "loss along the walk", x, y: { title: nwedge.lossTitle(landscape, "train"), fromZero: true },
      groups: ["train", "test"].map(split => ({ name: nwedge.hasAccuracy(landscape) ? split : "", dash: split === "test" ? "dot" : "solid",
        runs: runs(landscape, `loss-${split}`) })).filter(group => group.runs.length) }));
    section.table({
      columns: [{ title: "landscape", text: true }, "distance / way walked", "predicted", "without steps", "highest rise", "cosine with the optimum"],
      rows: records.landscapes.map(landscape => [nwedge.landscapeName(landscape), over(landscape, "efficiency"),
        landscape.records.some(cell => Number.isFinite(cell.result["predicted-efficiency"])) ? over(landscape, "predicted-efficiency") : null,
        over(landscape, "drift"), over(landscape, "highest-rise"), over(landscape, "cosine")])
    });
    section.caption(records, "Thin lines: seeds. The loss is taken after each descent.");
  }
});
