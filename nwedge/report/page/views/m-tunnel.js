// Low-loss sets that join m optima at once, and how their short directions grow in number with m.
"use strict";
nwedge.view("m-tunnel", {
  draw(section, records) {
    const sets = (landscape, kind) => landscape.records.flatMap(cell => cell.result.sets.map((set, i) => ({ ...set, cell, place: i }))).filter(set => set.kind === kind && !set.diverged);
    const sizes = landscape => [...new Set(landscape.records.flatMap(cell => cell.result.sets.map(set => set.m)))].sort((a, b) => a - b);
    const value = entry => entry && Number.isFinite(entry.value) ? entry.value : NaN;
    const curve = (list, read) => {
      const known = [...new Set(list.filter(set => Number.isFinite(read(set))).map(set => set.m))].sort((a, b) => a - b);
      const of = m => list.filter(set => set.m === m).map(read);
      return { x: known, y: known.map(m => nwedge.mean(of(m))), yError: known.map(m => nwedge.deviation(of(m))) };
    };
    const worst = (landscape, m) => sets(landscape, "optima").filter(set => set.m === m).map(set => set.train["highest-loss"]);
    const most = landscape => Math.max(...sizes(landscape));
    const ratios = (landscape, kind) => sets(landscape, kind).filter(set => set.m === most(landscape)).map(set => value((set["effective-rank"] || {}).ratio));
    const grown = (landscape, kind) => nwedge.spread(ratios(landscape, kind)), ranked = records.landscapes.filter(landscape => ratios(landscape, "optima").some(Number.isFinite));
    section.story({
      done: `For sets of up to ${nwedge.optionText(records, "most-optima")} optima the centre with the lowest mean loss on the segments to them was found; the short directions there were counted` +
        `${records.options.control ? ", and the same was done for points of one wedge as a control" : ""}.`
    });
    const m = landscape => ({ title: "number of optima m", ticks: { values: sizes(landscape), text: sizes(landscape).map(String) } });
    const both = (landscape, read) => [["optima", "different optima", landscape], ["control", "control: one wedge", 3]].map(([kind, name, colour]) =>
      ({ name, colour, line: true, ...curve(sets(landscape, kind), read) })).filter(group => group.x.length);
    const expected = landscape => {
      const line = curve(sets(landscape, "optima").filter(set => set.prediction && Number.isFinite(value((set.count || {}).value))), set => set.prediction.union ?? NaN);
      return line.x.length ? line : undefined;
    };
    section.sideBySide(records, (column, landscape) => column.scatter({ title: "loss", x: m(landscape), y: { title: nwedge.lossTitle(landscape), fromZero: true },
      groups: [["at the mean of the optima", set => set["mean-loss"], 4], ["at the centre", set => set["centre-loss"], landscape], ["highest on the segments", set => set.train["highest-loss"], 3]].map(([name, read, colour]) =>
        ({ name, colour, line: true, ...curve(sets(landscape, "optima"), read) })) }));
    for (const [title, axis, read, predicted] of [["short directions: large eigenvalues", "eigenvalues above the threshold", set => value((set.count || {}).value), true],
      ["short directions: effective rank over that of the branches", "ratio of effective ranks", set => value((set["effective-rank"] || {}).ratio), false]])
      section.sideBySide(records.only(landscape => both(landscape, read).length), (column, landscape) => column.scatter({ title, x: m(landscape), y: { title: axis, fromZero: true },
        groups: both(landscape, read), prediction: predicted ? expected(landscape) : undefined }));
    section.sideBySide(records.only(landscape => landscape.records.some(cell => Object.keys(cell.result.unions || {}).length)), (column, landscape) => {
      const spaces = kind => landscape.records.flatMap(cell => ((cell.result.unions || {})[kind] || { spaces: [] }).spaces.map(space => ({ ...space, k: cell.result.unions[kind].k })));
      const groups = [["optima", "different optima", landscape], ["control", "control: one wedge", 3]].map(([kind, name, colour]) =>
        ({ name, colour, line: true, ...curve(spaces(kind), space => space["entropy-rank"] / space.k) })).filter(group => group.x.length);
      column.scatter({ title: "short directions: union of the top eigenspaces", x: m(landscape), y: { title: "entropy rank / that of one", fromZero: true }, groups,
        prediction: curve(spaces("optima"), space => space.predicted / space.k) });
    });
    section.sideBySide(records.only(landscape => landscape.records.some(cell => (cell.result.connector || []).length)), (column, landscape) => {
      const found = kind => landscape.records.flatMap(cell => cell.result.connector || []).filter(entry => entry.kind === kind);
      const predicted = curve(found("optima").filter(entry => Number.isFinite(value(entry.prediction))), entry => value(entry.prediction));
      column.scatter({ title: "short directions: least section with a centre", x: m(landscape), y: { title: "dimension d", fromZero: true },
        groups: [["optima", "different optima", landscape], ["control", "control: one wedge", 3]].map(([kind, name, colour]) =>
          ({ name, colour, line: true, ...curve(found(kind), entry => entry.dimension ?? NaN) })).filter(group => group.x.length),
        prediction: predicted.x.length ? predicted : undefined });
    });
    section.sideBySide(records.only(landscape => landscape.records[0].has("sheet.triangles")), (column, landscape) => {
      const cell = landscape.records[0], x = cell.values("sheet.x"), y = cell.values("sheet.y"), triangles = cell.rows("sheet.triangles");
      const sheet = array => ({ x, y, z: cell.values(array), triangles, intensity: cell.values(array) });
      // One scale of heights and colours: the deformed sheet lies at the bottom of what the flat one rises to.
      const range = [0, 1.02 * nwedge.most([...cell.values("sheet.loss"), ...(cell.has("sheet.flat-loss") ? cell.values("sheet.flat-loss") : [])])];
      const axes = { x: { title: "x (barycentric)" }, y: { title: "y (barycentric)" }, z: { title: nwedge.lossTitle(landscape), range } };
      column.mesh({ title: "deformed and flat (transparent)", ...axes, sheets: [sheet("sheet.loss"), ...(cell.has("sheet.flat-loss") ? [{ ...sheet("sheet.flat-loss"), opacity: 0.5 }] : [])] });
    }, "Three optima: loss over the sheet");
    const leastSection = (landscape, kind, m) => {
      const found = landscape.records.flatMap(cell => cell.result.connector || []).filter(entry => entry.kind === kind && entry.m === m);
      const known = found.map(entry => entry.dimension ?? NaN).filter(Number.isFinite), most = Math.max(...found.map(entry => entry["at-least"]));
      return known.length ? nwedge.spread(known) : found.length ? `above ${nwedge.format(most)}` : null;
    };
    section.table({
      columns: [{ title: "landscape", text: true }, { title: "set", text: true }, "m", "sets", "loss at the mean", "loss at the centre", "highest on the segments", "least accuracy there", "large eigenvalues", "effective rank / branches", "predicted", "least section", "largest eigenvalue at the centre", "trace there"],
      rows: records.landscapes.flatMap(landscape => ["optima", "control"].flatMap(kind => sizes(landscape).map(size => {
        const own = sets(landscape, kind).filter(set => set.m === size), over = (read, write) => own.map(read).some(Number.isFinite) ? nwedge.spread(own.map(read), write) : null;
        return own.length ? [nwedge.landscapeName(landscape), kind, size, own.length, over(set => set["mean-loss"]), over(set => set["centre-loss"]), over(set => set.train["highest-loss"]),
          over(set => set.train["least-accuracy"] ?? NaN, nwedge.percent), over(set => value((set.count || {}).value)), over(set => value((set["effective-rank"] || {}).ratio)), over(set => (set.prediction || {}).union ?? NaN), leastSection(landscape, kind, size),
          over(set => ((set["centre-spectrum"] || {}).top || [NaN])[0]), over(set => value((set["centre-spectrum"] || {}).trace))] : null;
      }).filter(Boolean)))
    });
    section.caption(records, "Points: mean ± one standard deviation over sets of m optima, which overlap. Control: points of one wedge, counted by the same threshold for all m; its curve must stay flat. " +
      "Dashed: the exact number of short directions of the union in the model, and on sections its share that has to be made.", nwedge.examplesText(records));
  }
});
