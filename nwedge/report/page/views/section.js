// Lines, planes and blocks through weight space.
"use strict";
nwedge.view("section", {
  draw(section, records) {
    const { options } = records, rank = options.grid.length, split = options.splits[0];
    const around = options.centre === "optimum" ? "an optimum" : options.centre === "initial" ? "an initial point" : `the ${options.centre}`;
    const kinds = {
      random: `random directions around ${around}`, filter: `random directions with the norm of each filter, around ${around}`,
      eigenvectors: `the eigenvectors of the Hessian's largest eigenvalues at ${around}`,
      gradient: `steepest descent and random directions around ${around}`, points: "the directions between optima", components: "the principal components of the trajectory"
    };
    const axisTitles = { random: "random direction", filter: "filter-normalised direction", eigenvectors: "eigenvector", gradient: "direction", points: "direction", components: "principal component" };
    const number = ["1", "2", "3"], title = j => options.directions === "gradient" && j === 0 ? "steepest descent" :
      options.directions === "points" && j === 0 ? "first optimum (0) to second (1)" : `${axisTitles[options.directions] || "direction"} ${number[j]}`;
    const least = landscape => landscape.records.map(cell => (cell.result[split] || cell.result.train).least);
    const explained = landscape => landscape.records.flatMap(cell => cell.result["explained-variance"] || []).filter(Number.isFinite);
    const shares = records.landscapes.filter(landscape => explained(landscape).length);

    section.story({
      done: `The loss on a grid of ${nwedge.optionText(records, "grid", grid => grid.join(" × "))} points spanned by ${kinds[options.directions] || options.directions}.`
    });

    const lossOf = cell => cell.has(`loss-${split}`) ? `loss-${split}` : "loss-train";
    // A trajectory that runs across the section would be drawn as a dot on its optimum.
    const shown = cell => nwedge.mean((cell.result["explained-variance"] || []).map(share => share ?? NaN)) >= 0.1;
    // A point that lies beside the section is drawn where it is projected to, hollow, with its distance.
    const beside = (cell, distance) => distance > 0.02 * nwedge.mean(cell.result["direction-lengths"]) ? distance : 0;
    const points = cell => (shown(cell) ? ["optima", "initial"] : ["optima"]).flatMap(name => cell.rows(name).map((at, i) => ({ at, kind: name === "optima" ? "optimum" : "initial",
      beside: beside(cell, cell.values(`${name}-distance`)[i]), label: cell.result.weights ? cell.result.weights[i] : `${name === "optima" ? "optimum" : "initial point"} of seed ${cell.seeds[i]}` })));
    const paths = cell => {
      const array = cell.array("trajectory");
      if (!array || !shown(cell)) return [];
      const [count, steps, width] = array.shape;
      return Array.from({ length: count }, (_, m) => [0, 1].map(j => Array.from({ length: steps }, (_, t) => array.values[(m * steps + t) * width + j])))
        .map(([x, y]) => ({ name: "trajectory", x, y }));
    };
    const axis = (cell, j) => ({ title: cell.result.eigenvalues ? `${title(j)}, λ = ${nwedge.format(cell.result.eigenvalues[j])}` : title(j), values: cell.values(`axis-${j + 1}`) });
    const splitName = { train: "training", test: "test" }[split];

    if (rank === 1)
      section.sideBySide(records, (column, landscape) => column.lines({ title: "loss", x: { title: title(0) }, y: { title: nwedge.lossTitle(landscape, splitName) },
        groups: ["train", "test"].filter(name => landscape.records.some(cell => cell.has(`loss-${name}`))).map(name => ({ name: nwedge.hasAccuracy(landscape) ? name : "",
          dash: name === "test" ? "dot" : "solid", runs: landscape.records.map(cell => ({ seed: nwedge.seedList(cell.seeds), x: cell.values("axis-1"), y: cell.values(`loss-${name}`) })) })) }));
    else
      section.eachSeed(records, (column, landscape, cell) => {
        if (rank === 3) {
          const [bx, by, bz] = [0, 1, 2].map(j => ({ ...axis(cell, j), title: `direction ${j + 1}` }));
          column.block({ title: "surfaces of equal loss", x: bx, y: by, z: bz, loss: { title: nwedge.lossTitle(landscape, splitName), values: cell.values(lossOf(cell)) } });
          return;
        }
        const x = axis(cell, 0), y = axis(cell, 1), turned = name => nwedge.transposed(cell.values(name), x.values.length, y.values.length);
        const marks = { points: points(cell).map(point => ({ ...point, x: point.at[0], y: point.at[1] })), paths: paths(cell), equal: options.directions !== "filter" };
        const accuracy = cell.has(`accuracy-${split}`) ? [{ title: "accuracy", scale: "linear", z: { title: `${splitName} accuracy`, values: turned(`accuracy-${split}`) } }] : [];
        column.map({ title: "loss", x, y, z: { title: nwedge.lossTitle(landscape, splitName), values: turned(lossOf(cell)) }, ...marks }, ...accuracy);
      });

    section.table({
      columns: [{ title: "landscape", text: true }, "lowest loss", "loss at the centre", "lengths of the directions", "trajectory's variance in the section", "optima off the section"],
      rows: records.landscapes.map(landscape => [nwedge.landscapeName(landscape), nwedge.spread(least(landscape)),
        nwedge.spread(landscape.records.map(cell => (cell.result[split] || cell.result.train)["at-centre"])),
        [...new Set(Array.from({ length: rank }, (_, j) => nwedge.spread(landscape.records.map(cell => cell.result["direction-lengths"][j]))))].join("; "),
        explained(landscape).length ? nwedge.spread(explained(landscape), nwedge.percent) : null, nwedge.spread(landscape.records.flatMap(cell => cell.values("optima-distance")))])
    });
    const sizes = records.landscapes.filter(landscape => nwedge.hasAccuracy(landscape)).map(landscape => {
      const count = (landscape.records[0].result.examples || {})[split];
      return count ? `${landscape.label} ${nwedge.format(count)}` : "";
    }).filter(Boolean);
    const auto = options.range === "auto" ? "Along each direction the range is half as long again as what it takes to double the loss at the centre." : "";
    section.caption(records, "Directions count in units of their length.", auto, sizes.length ? `Losses: means over ${splitName} examples (${sizes.join(", ")}).` : "");
  }
});
