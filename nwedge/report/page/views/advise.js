// Which checkpoints to average, which to ensemble: the answer, the barriers that it rests on, the plane through three of them.
"use strict";
(() => {
  const { element } = nwedge;
  const points = 100, signed = value => `${value < 0 ? "−" : "+"}${nwedge.fixed(Math.abs(value), 1)}`;
  const interval = (estimate, unit, digits, write = nwedge.fixed) => estimate && Number.isFinite(estimate.value)
    ? `${write(unit * estimate.value, digits)} ± ${nwedge.fixed(unit * (estimate.high - estimate.low) / 2, digits)}` : null;

  /** Two checkpoints join at the height of the greatest barrier on the best way between them: [{members, height, parts}], the last holds all. */
  function clusters(count, barrier) {
    const all = Array.from({ length: count }, (_, k) => ({ members: [k], height: 0, parts: [] })), alive = [...all];
    while (alive.length > 1) {
      let best = null;
      alive.forEach((a, i) => alive.slice(i + 1).forEach(b => {
        const height = nwedge.least(a.members.flatMap(m => b.members.map(n => barrier(m, n))).map(v => Number.isFinite(v) ? v : Infinity));
        if (!best || height < best.height) best = { a, b, height };
      }));
      const joined = { members: [...best.a.members, ...best.b.members], height: best.height, parts: [best.a, best.b] };
      alive.splice(alive.indexOf(best.b), 1);
      alive[alive.indexOf(best.a)] = joined;
      all.push(joined);
    }
    return all;
  }

  function dendrogram(names, barrier, tolerance, colour) {
    return theme => {
      const all = clusters(names.length, barrier), order = all[all.length - 1].members, place = new Map();
      const x = [], y = [];
      // Barriers differ by factors: heights go by their roots.
      const root = height => Math.sqrt(Math.max(0, height));
      for (const cluster of all) {
        place.set(cluster, cluster.parts.length ? (place.get(cluster.parts[0]) + place.get(cluster.parts[1])) / 2 : order.indexOf(cluster.members[0]));
        if (!cluster.parts.length) continue;
        const [a, b] = cluster.parts, top = root(cluster.height);
        x.push(place.get(a), place.get(a), place.get(b), place.get(b), null);
        y.push(root(a.height), top, top, root(b.height), null);
      }
      const most = Math.max(...all.map(cluster => root(cluster.height)).filter(Number.isFinite), 1.5 * root(tolerance));
      const heights = [0, tolerance, ...[0.1, 0.3, 1, 3, 10].filter(v => root(v) < most && v > 3 * tolerance)];
      return { data: [
        { type: "scatter", mode: "lines", x, y, line: { color: nwedge.colour(theme, colour), width: 2 }, hoverinfo: "skip", showlegend: false },
        { type: "scatter", mode: "lines", x: [-0.5, names.length - 0.5], y: [root(tolerance), root(tolerance)], line: { color: theme.muted, width: 1.4, dash: "dash" }, name: `one wedge: below ${nwedge.format(tolerance)} nats` }],
      layout: { xaxis: { ...nwedge.axis(theme, { title: "", ticks: { values: order.map((_, k) => k), text: order.map(k => names[k]) } }), showgrid: false, range: [-0.5, names.length - 0.5] },
        yaxis: { ...nwedge.axis(theme, { title: "barrier, nats (root scale)", ticks: { values: heights.map(root), text: heights.map(v => nwedge.format(v)) } }), range: [0, 1.05 * most] }, showlegend: true } };
    };
  }

  nwedge.view("advise", {
    draw(section, records) {
      const cell = records.all[0], advice = cell.result, names = advice.checkpoints, { recommendation } = advice;
      const landscape = records.landscapes[0], tolerance = advice.tolerance;
      const group = members => `{${members.map(k => names[k]).join(", ")}}`;
      section.body.append(element("p", { class: "lead" }, element("strong", {}, recommendation.sentence)));
      const wedges = advice.wedges.filter(wedge => wedge.length > 1), alone = advice.wedges.filter(wedge => wedge.length === 1).map(wedge => names[wedge[0]]);
      if (names.length > 1) section.text(wedges.length ? `In one n-wedge, with no barrier above ${nwedge.format(tolerance)} nats between neighbours: ${wedges.map(group).join(" and ")}. ${alone.length ? `Alone: ${alone.join(", ")}.` : ""}`
        : "No two of them lie in one n-wedge: there is a barrier on every straight line between them.",
      JSON.stringify(advice["aligned-wedges"]) !== JSON.stringify(advice.wedges) ? ` With units matched: ${advice["aligned-wedges"].map(group).join(" ")}.` : "");
      for (const note of advice.notes) section.text(note);

      const candidates = nwedge.table({
        caption: "Candidates",
        columns: [{ title: "candidate", text: true }, "cost", "accuracy, %", "forecast, %", "loss, nats", "forecast, nats", "calibration error, %", "gain, points"],
        rows: advice.candidates.map(candidate => {
          const forecast = candidate.forecast || {}, name = candidate.name === recommendation.candidate ? element("strong", {}, `${candidate.name} ←`) : candidate.name;
          return [name, candidate.cost, interval(candidate.accuracy, points, 1), interval(forecast.accuracy, points, 1), interval(candidate.loss, 1, 3), interval(forecast.loss, 1, 3),
            interval(candidate["calibration-error"], points, 1), interval(candidate.gain, points, 1, signed)];
        })
      }, section.experiment.title);
      candidates.open = true;
      section.body.append(candidates);

      const barrier = aligned => (m, n) => {
        const pair = advice.pairs.find(one => Math.min(m, n) === one.first && Math.max(m, n) === one.second);
        return pair ? ((aligned && pair["aligned-barrier"]) || pair.barrier).value : 0;
      };
      const matrix = aligned => names.map((_, m) => names.map((_, n) => m === n ? 0 : barrier(aligned)(m, n)));
      const matched = advice.pairs.some(pair => pair["aligned-barrier"]);
      if (names.length > 1) section.sideBySide(records, column => {
        const spec = (aligned, title) => ({ title, rows: names, columns: names, values: matrix(aligned), x: { title: "" }, y: { title: "" }, z: { title: "barrier, nats" }, decimals: 2 });
        column.heatmap(spec(false, "barriers"), ...matched ? [spec(true, "with units matched")] : []);
        column.plot({ title: "who shares a wedge", height: 320 }, dendrogram(names, barrier(false), tolerance, landscape));
        if (matched) column.plot({ title: "who shares a wedge, units matched", height: 320 }, dendrogram(names, barrier(true), tolerance, landscape));
      }, "Barriers between checkpoints");

      const { plane } = advice;
      if (plane) section.sideBySide(records, column => {
        const span = [`${plane.through[0]} (0) to ${plane.through[1]} (1)`, plane.through.length > 2 ? `towards ${plane.through[2]}` : ""];
        const loss = `${plane.split === "test" ? "test" : "training"} loss (nats)`;
        if (!cell.has("axis-2")) {
          column.lines({ title: "loss on the line", x: { title: span[0] }, y: { title: loss }, mean: false,
            runs: [{ name: "loss", x: cell.values("axis-1"), y: cell.values("plane-loss") }],
            marks: plane.points.filter(point => !point.distance).map(point => ({ x: point.coordinates[0], text: point.name })) });
          return;
        }
        const x = { title: span[0], values: cell.values("axis-1") }, y = { title: span[1], values: cell.values("axis-2") };
        const turned = name => nwedge.transposed(cell.values(name), x.values.length, y.values.length);
        const marks = plane.points.map(point => ({ x: point.coordinates[0], y: point.coordinates[1], kind: point.kind === "checkpoint" ? "checkpoint" : "average", beside: point.distance, label: point.name }));
        column.map({ title: "loss", x, y, z: { title: loss, values: turned("plane-loss") }, points: marks, equal: true },
          ...cell.has("plane-accuracy") ? [{ title: "accuracy", scale: "linear", z: { title: "accuracy", values: turned("plane-accuracy") } }] : []);
      }, plane.through.length > 2 ? "The plane through three of them" : "The line through them");

      section.seedless = true;
      section.caption(records, `± is half of a 95 % interval; ${nwedge.format(advice["judging-examples"])} test examples judge, ${nwedge.format(advice["deciding-examples"])} others decide.`,
        plane ? `A unit of the plane is the distance from ${plane.through[0]} to ${plane.through[1]}, ${nwedge.format(plane.unit)}; the loss there is a mean over ${nwedge.format(plane.examples)} ${plane.split === "test" ? "test" : "training"} examples. Hollow marks lie beside the plane and are drawn where they are projected to.` : "",
        "Cost: networks at inference. Gain: accuracy above that of the best checkpoint, example by example.");
    }
  });
})();
