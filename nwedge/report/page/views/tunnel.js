// Straight lines and trained paths between optima.
"use strict";
nwedge.view("tunnel", {
  draw(section, records) {
    const { options } = records;
    const names = { straight: "straight line", chain: "chain", quadratic: "quadratic Bézier", cubic: "cubic Bézier", "auto-neb": "elastic band (AutoNEB)" };
    const pairs = landscape => landscape.records.flatMap(cell => cell.result.pairs.filter(pair => !pair.coincide).map(pair => ({ ...pair, cell })));
    const key = pair => `${pair.first}-${pair.second}`, title = pair => `seeds ${pair.seeds[0]}–${pair.seeds[1]}`;
    const kinds = landscape => ["straight", ...new Set(pairs(landscape).flatMap(pair => pair.tunnels.map(tunnel => tunnel.kind)))];
    const of = (pair, kind) => kind === "straight" ? pair.straight : pair.tunnels.find(tunnel => tunnel.kind === kind);
    const barrier = (pair, kind) => ((of(pair, kind) || {}).train || {}).barrier ?? NaN;
    const lowest = pair => barrier(pair, pair.lowest);
    const same = landscape => landscape.records.flatMap(cell => cell.result.pairs).filter(pair => pair.coincide).length;
    section.story({
      done: `Pairs of optima were joined by trained paths (${nwedge.list(options.paths.map(kind => names[kind] || kind))}), each evaluated at ${nwedge.optionText(records, "points")} points; ` +
        `for contrast ${nwedge.optionText(records, "random-paths")} random paths a pair, of the length of its lowest tunnel.`
    });
    const curves = (landscape, kind, what) => pairs(landscape).filter(pair => pair.cell.has(`${key(pair)}.${kind}.${what}`)).map(pair =>
      ({ name: title(pair), x: pair.cell.values(`${key(pair)}.${kind}.t`), y: pair.cell.values(`${key(pair)}.${kind}.${what}`) }));
    const groups = (landscape, what) => kinds(landscape).map((kind, i) => ({ name: names[kind] || kind, colour: kind === "straight" ? 3 : landscape, dash: ["solid", "solid", "dot", "dashdot", "longdash"][i % 5],
      runs: curves(landscape, kind, what) })).filter(group => group.runs.length);
    const position = { title: "position t on the path" };
    section.sideBySide(records, (column, landscape) => column.lines({ title: "loss", x: position, y: { title: nwedge.lossTitle(landscape), fromZero: true }, groups: groups(landscape, "loss-train") },
      ...(nwedge.hasAccuracy(landscape) ? [{ title: "accuracy", x: position, y: { title: "test accuracy", percent: true }, groups: groups(landscape, "accuracy-test") }] : [])), "Along the paths");
    section.sideBySide(records.only(landscape => landscape.records[0].has("plane.loss")), (column, landscape) => {
      const cell = landscape.records[0], plane = cell.result.plane, x = cell.values("plane.x"), y = cell.values("plane.y");
      column.map({ title: `plane of two optima and the middle of the ${names[plane.kind] || plane.kind}`, equal: true, x: { title: "along the straight line", values: x }, y: { title: "across", values: y },
        z: { title: nwedge.lossTitle(landscape), values: nwedge.transposed(cell.values("plane.loss"), x.length, y.length) },
        points: [...plane.optima.map(at => ({ x: at[0], y: at[1], kind: "optimum" })), { x: plane.middle[0], y: plane.middle[1], kind: "bend", label: "middle of the path" }],
        paths: [{ name: "path", x: cell.values("plane.path-x"), y: cell.values("plane.path-y") }] });
    }, "The tunnel in its plane");
    section.sideBySide(records.only(landscape => pairs(landscape).some(pair => pair.thickness)), (column, landscape) => column.lines({
      title: "thickness of the lowest tunnel", x: position, y: { title: "median exit radius", fromZero: true }, groups: [{ name: "", markers: true, runs: pairs(landscape).filter(pair => pair.thickness).map(pair =>
        ({ name: title(pair), x: pair.cell.values(`${key(pair)}.${pair.lowest}.radii-t`), y: pair.thickness["median-radius"].map(r => r ?? NaN) })) }] }));
    section.table({
      columns: [{ title: "landscape", text: true }, { title: "path", text: true }, "pairs", "barrier", "share of the straight one", "error-rate barrier", "test barrier", "length / straight line", "predicted barrier"],
      rows: records.landscapes.flatMap(landscape => kinds(landscape).map(kind => {
        const over = (read, write) => {
          const values = pairs(landscape).map(pair => of(pair, kind)).filter(Boolean).map(read).filter(Number.isFinite);
          return values.length ? nwedge.spread(values, write) : null;
        };
        const predicted = pairs(landscape).map(pair => ((pair.prediction || {})[kind === "straight" ? "straight-barrier" : "tunnel-barrier"] || {}).value).filter(Number.isFinite);
        return [nwedge.landscapeName(landscape), names[kind] || kind, pairs(landscape).filter(pair => of(pair, kind)).length, over(path => (path.train || {}).barrier),
          kind === "straight" ? null : over(path => path["share-of-straight"], nwedge.percent), over(path => (path.train || {})["error-barrier"], nwedge.percent), over(path => (path.test || {}).barrier),
          over(path => path["length-ratio"]), predicted.length ? nwedge.spread(predicted) : null];
      })), caption: "Training split unless said otherwise; mean ± standard deviation over pairs"
    });
    section.table({
      columns: [{ title: "landscape", text: true }, { title: "pair", text: true }, "random paths", "of them low", "interval (95 %)", "their barrier", "low lies below their mean by"],
      rows: records.landscapes.flatMap(landscape => pairs(landscape).filter(pair => pair["random-paths"]).map(pair => {
        const random = pair["random-paths"];
        return [nwedge.landscapeName(landscape), title(pair), random.paths, random.low, `${nwedge.percent(random["low-end"], 2)} to ${nwedge.percent(random["high-end"], 2)}`, random.barrier.value, Number.isFinite(random.tail) ? `${nwedge.format(random.tail, 2)} deviations` : null];
      })), caption: "Random paths of the length of the lowest tunnel"
    });
    section.caption(records, "Thin lines: pairs of optima; thick line and band: mean ± one standard deviation over pairs. The map shows the first pair. " + nwedge.list(records.landscapes.filter(same).map(landscape => `On ${landscape.inText} ${nwedge.count(same(landscape), "pair coincides", "pairs coincide")}.`)), `${nwedge.examplesText(records, true)} Random paths, planes and thickness: ${nwedge.optionText(records, "examples")} training examples.`);
  }
});
