// The view of an experiment that has none of its own: every number in a table, every array as curves or maps.
"use strict";
(() => {
  /** Scalars of a result, nested ones under "outer.inner". */
  function scalars(object, prefix = "") {
    const found = {};
    for (const [name, value] of Object.entries(object || {})) {
      if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") found[prefix + name] = value;
      else if (value && typeof value === "object" && !Array.isArray(value)) Object.assign(found, scalars(value, `${prefix}${name}.`));
    }
    return found;
  }

  const numeric = value => Array.isArray(value) && value.length > 1 && value.every(item => typeof item === "number" || item === null);

  /** Lists of numbers among a record's results and arrays: {name: values}. */
  function curves(record) {
    const found = {};
    for (const [name, value] of Object.entries(record.result)) if (numeric(value)) found[name] = value;
    for (const name of record.arrayNames) if (record.has(name) && record.array(name).shape.length === 1) found[name] = record.values(name);
    return found;
  }

  const tables = record => record.arrayNames.filter(name => record.has(name) && record.array(name).shape.length === 2 && record.array(name).values.length);
  const isMap = array => Math.min(...array.shape) > 4;  // narrower ones read better as curves

  nwedge.genericView = {
    draw(section, records) {
      const written = records.all.map(record => scalars(record.result));
      const names = [...new Set(written.flatMap(Object.keys))];
      section.story({
      done: `${nwedge.count(records.all.length, "cell")} ran on ${nwedge.list(records.landscapes.map(landscape => landscape.inText))}.`
    });
      if (names.length) section.table({
        columns: [{ title: "number", text: true }, ...records.landscapes.map(landscape => landscape.label)],
        rows: names.map(name => [name, ...records.landscapes.map(landscape => {
          const values = landscape.records.map(record => scalars(record.result)[name]).filter(value => value !== undefined);
          return values.every(value => typeof value === "number") ? (values.length ? nwedge.spread(values) : null) : [...new Set(values)].join(", ");
        })])
      });
      section.sideBySide(records, (column, landscape) => {
        const all = landscape.records.map(curves);
        for (const name of [...new Set(all.flatMap(Object.keys))])
          column.lines({ title: name, height: 260, x: { title: "index" }, y: { title: name }, runs: landscape.records.map((record, i) =>
            ({ seed: record.seed, x: (all[i][name] || []).map((_, k) => k), y: all[i][name] || [] })) });
        const first = landscape.records[0];
        for (const name of tables(first)) {
          if (!isMap(first.array(name))) {
            const [count, length] = first.array(name).shape, turned = count > length;
            const lines = turned ? Array.from({ length }, (_, j) => first.column(name, j)) : first.rows(name);
            column.lines({ title: `${name}, seed ${first.seed}`, height: 260, mean: false, x: { title: "index" }, y: { title: name },
              runs: lines.map((y, i) => ({ name: `${turned ? "column" : "row"} ${i}`, x: y.map((_, k) => k), y })) });
            continue;
          }
          const [rows, width] = first.array(name).shape;
          column.map({ title: `${name}, seed ${first.seed}`, height: 300, x: { title: "column", values: Array.from({ length: width }, (_, i) => i) },
            y: { title: "row", values: Array.from({ length: rows }, (_, i) => i) }, z: { title: name, values: first.values(name) } });
        }
      });
      section.caption(records, "Numbers: mean ± standard deviation over seeds.");
    }
  };

  /** An option in words where landscapes may have their own: "31" or "31 (cnn 15)"; `write` says how. */
  nwedge.optionText = (records, name, write = nwedge.format) => {
    const own = records.landscapes.map(landscape => [landscape.label, write(landscape.records[0].options[name])]);
    const common = own.length ? own[0][1] : write(records.options[name]), others = own.filter(([, text]) => text !== common);
    return others.length ? `${common} (${others.map(([label, text]) => `${label} ${text}`).join(", ")})` : common;
  };

  /** How many examples a loss is a mean over, for captions; "" without networks. `all`: whatever the option `examples` says. */
  nwedge.examplesText = (records, all = false) => {
    const networks = records.landscapes.filter(landscape => landscape.examples && landscape.examples.train > 0);
    if (!networks.length) return "";
    const most = landscape => !all && landscape.records[0].options.examples || Infinity;
    const size = landscape => ["train", "test"].map(split => nwedge.format(Math.min(landscape.examples[split], most(landscape)))).join(" training, ") + " test";
    const same = networks.every(landscape => size(landscape) === size(networks[0]));
    return `Losses are means over ${same ? size(networks[0]) : networks.map(landscape => `${landscape.label} ${size(landscape)}`).join("; ")} examples.`;
  };

  /** "2 000" or "mlp 2 000, cnn 600": how many examples the records say were used, networks only. */
  nwedge.examplesUsed = records => {
    const used = records.landscapes.filter(nwedge.hasAccuracy).map(landscape => [landscape.label, nwedge.format(landscape.records[0].result.examples)]);
    return new Set(used.map(([, count]) => count)).size < 2 ? (used[0] || ["", "no"])[1] : used.map(([label, count]) => `${label} ${count}`).join(", ");
  };
})();
