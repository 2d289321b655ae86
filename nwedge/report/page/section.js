// What a view draws into: rows of figures side by side, then one caption, then tables.
"use strict";
(() => {
  const { element, figures } = nwedge;

  /** Anything figures can be added to. `colour` is the landscape's own where there is one; `row` is shared by the columns of a row. */
  class Canvas {
    constructor(body, name, colour, row = []) { Object.assign(this, { body, name, colour, row, maps: 0 }); }

    panel(spec, views, fallback) {
      const panel = new nwedge.Panel({ views, height: spec.height, field: spec.field, title: spec.title, name: nwedge.anchor(this.name, spec.title || fallback) });
      this.body.append(panel.node);
      return this;
    }

    /** A figure of one kind; of several specs one is shown at a time, chosen by its title. */
    add(kind, specs, { three = false, ...options } = {}) {
      return this.panel({ ...options, ...specs[0] }, specs.map(spec => ({ name: nwedge.heading(spec.title || kind), title: specs.length > 1 ? spec.title : undefined, three, build: theme => figures[kind]({ colour: this.colour, ...spec }, theme) })), kind);
    }

    /** Curves over one axis, one thin line a seed, their mean and a band of one standard deviation. */
    lines(...specs) { return this.add("lines", specs); }
    /** Points with error bars. */
    scatter(...specs) { return this.add("scatter", specs); }
    histogram(...specs) { return this.add("histogram", specs); }
    /** A matrix with labels. */
    heatmap(...specs) { return this.add("heatmap", specs, { height: width => 70 + (width - 60) * Math.min(1.5, specs[0].rows.length / specs[0].columns.length), field: "small" }); }
    /** Surfaces of equal loss in a block of weight space. */
    block(...specs) { return this.add("block", specs, { three: true, height: 300, field: true }); }
    /** Triangulated sheets in space. */
    mesh(...specs) { return this.add("mesh", specs, { three: true, height: 300, field: true }); }

    /** A plane of weight space from above, or as a surface that can be turned; of further quantities on the same plane one is shown at a time.
     *  Maps at the same place of a row share the kind of scale. */
    map(spec, ...others) {
      const maps = this.row[this.maps] = this.row[this.maps++] || [];
      maps.push(spec.z);
      const first = theme => [{ colour: this.colour, scale: nwedge.commonScale(maps), ...spec }, theme];
      return this.panel({ height: nwedge.fieldHeight(nwedge.mapShape(spec)), field: true, ...spec }, [{ name: others.length ? nwedge.heading(spec.title) : "Map", title: others.length ? spec.title : undefined, build: theme => figures.contour(...first(theme)) },
        ...others.map(other => ({ name: nwedge.heading(other.title), build: theme => figures.contour({ colour: this.colour, ...spec, ...other }, theme) })),
        { name: "Surface", three: true, build: theme => figures.surface(...first(theme)) }], "map");
    }

    /** Any other figure: build(theme) gives Plotly's {data, layout}; `three` says that it needs WebGL. */
    plot(spec, build) { return this.panel(spec, [{ name: "figure", three: spec.three, build }], "figure"); }

    text(...words) { this.body.append(element("p", {}, ...words)); return this; }
    heading(words) { this.body.append(element(this.level || "h3", {}, words)); return this; }
  }

  class Section extends Canvas {
    constructor(body, name, records, experiment, level) {
      super(body, name);
      Object.assign(this, { records, experiment, level, tables: [], words: null });
    }

    /** What was done, in a sentence or two; it opens the caption. */
    story({ done }) { this.done = done; return this; }

    /** A row with one column for each landscape that has records, the wedge model first: draw(column, landscape). */
    sideBySide(records, draw, title) {
      if (!records.landscapes.length) return this;
      if (title) this.heading(title);
      const all = this.records.landscapes, row = [], shown = list => list.filter(landscape => !landscape.control).length || list.length;
      const node = element("div", { class: "row", "data-columns": shown(records.landscapes), "data-of": shown(all) });
      for (const landscape of records.landscapes) {
        const place = all.findIndex(other => other.name === landscape.name) + 1;
        const body = element("div", { class: landscape.control ? "column control" : "column", style: `--place: ${place}` }, nwedge.landscapeName(landscape));
        draw(new Canvas(body, nwedge.anchor(this.name, landscape.name), landscape, row), landscape);
        node.append(body);
      }
      this.body.append(node);
      return this;
    }

    /** Figures of one landscape alone, as many beside each other as there is room for: draw(column). */
    grid(landscape, draw) {
      const body = element("div", { class: landscape.control ? "column tight control" : "column tight" }, nwedge.landscapeName(landscape));
      draw(new Canvas(body, nwedge.anchor(this.name, landscape.name), landscape));
      this.body.append(element("div", { class: "row", "data-columns": 1 }, body));
      return this;
    }

    /** The same as `sideBySide` for figures of one record: draw(column, landscape, record), with buttons to choose among the seeds. */
    eachSeed(records, draw, title) {
      const key = record => nwedge.seedList(record.seeds);
      const keys = [...new Set(records.landscapes.flatMap(landscape => landscape.records.map(key)))];
      if (!keys.length) return this;
      if (title) this.heading(title);
      const holder = element("div");
      const show = chosen => {
        holder.querySelectorAll(".panel").forEach(node => node.panel.remove());
        holder.replaceChildren();
        buttons.querySelectorAll("button").forEach(button => button.setAttribute("aria-pressed", button.value === chosen));
        new Section(holder, this.name, this.records, this.experiment, this.level).sideBySide(records.only(landscape => landscape.records.some(record => key(record) === chosen)),
          (column, landscape) => draw(column, landscape, landscape.records.find(record => key(record) === chosen)));
      };
      const buttons = element("div", { class: "choice", role: "group", "aria-label": `Seed shown${title ? `: ${title}` : ""}` }, element("span", {}, "seed"),
        keys.map(name => element("button", { type: "button", value: name, onclick: () => show(name) }, name)));
      if (keys.length > 1) this.body.append(buttons);
      this.body.append(holder);
      show(keys[0]);
      return this;
    }

    /** Numbers, below the caption: {columns: [title or {title, text: true}], rows: [[number, text or node]], caption}. Numbers are formatted. */
    table(spec) { this.tables.push(spec); return this; }

    /** The caption of the figures: what was done, the seeds, then what the view adds (sizes, budget, meaning of the band). */
    caption(records, ...sentences) { this.words = sentences.filter(Boolean).join(" "); return this; }

    /** Called after the view: the caption, then the tables. */
    finish() {
      const bySeeds = new Map();
      for (const landscape of this.records.landscapes) {
        const seeds = landscape.records.flatMap(cell => cell.seeds), given = seeds.length && nwedge.weightsOf(landscape, seeds[0]), list = nwedge.seedList(seeds);
        const words = given ? `weights ${nwedge.list([...new Set(seeds)].map(seed => nwedge.optimumName(landscape, seed)))}` : `${new Set(seeds).size > 1 ? "seeds" : "seed"} ${list || "none"}`;
        bySeeds.set(words, [...(bySeeds.get(words) || []), landscape.label]);
      }
      const seeds = [...bySeeds].map(([words, labels]) => `${bySeeds.size > 1 ? `${nwedge.list(labels)}: ` : ""}${words}`).join("; ");
      this.body.append(element("p", { class: "caption" }, this.done ? `${this.done} ` : "", this.seedless ? "" : `${nwedge.sentence(seeds)} `, this.words || ""));
      for (const spec of this.tables) this.body.append(nwedge.table(spec, this.experiment.title));
    }
  }
  nwedge.Section = Section;

  /** A table; one that is wider than long stands on its side, so that it fits. Columns without a number are left out. */
  nwedge.table = (spec, name) => {
    let columns = spec.columns.map(column => typeof column === "string" ? { title: column } : column), rows = spec.rows;
    const known = columns.map((column, i) => column.text || rows.some(row => row[i] !== null && row[i] !== undefined));
    columns = columns.filter((_, i) => known[i]);
    rows = rows.map(row => row.filter((_, i) => known[i]));
    if (columns.length > 6 && columns.length > rows.length && columns.filter(column => column.text).length === 1) {
      const names = columns.map(column => column.title);
      columns = [{ title: "", text: true }, ...rows.map(row => ({ title: row[0] }))];
      rows = names.slice(1).map((title, i) => [title, ...rows.map(row => row[i + 1])]);
    }
    const write = cell => typeof cell === "number" ? nwedge.format(cell) : cell === null || cell === undefined ? "–" : cell;
    const kind = i => ({ class: columns[i] && columns[i].text ? "text" : "number" });
    const head = element("tr", {}, columns.map((column, i) => column.title ? element("th", { scope: "col", ...kind(i) }, column.title) : element("td")));
    const body = rows.map(row => element("tr", {}, row.map((cell, i) => element(i ? "td" : "th", { scope: i ? null : "row", ...kind(i) }, write(cell)))));
    const node = nwedge.scrolling(element("table", { class: `numbers${columns.length > 6 ? " dense" : ""}` }, spec.caption && rows.length <= 9 ? element("caption", {}, spec.caption) : null,
      element("thead", {}, head), element("tbody", {}, body)), `Numbers: ${spec.caption || name}`);
    return rows.length <= 9 ? node : element("details", { class: "more print" }, element("summary", {}, `Numbers${spec.caption ? `: ${spec.caption}` : ""} (${rows.length} rows)`), node);
  };

  /** What may be wider than a phone scrolls in a box of its own, by keys too. */
  nwedge.scrolling = (node, label) => element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": label }, node);

  nwedge.landscapeName = landscape => element("span", { class: "landscape", style: `--own: var(--landscape-${landscape.slot})` },
    element("span", { class: "swatch" }), landscape.label, landscape.control ? element("span", { class: "tag" }, "control") : null);

  const short = value => Array.isArray(value) ? value.map(short).join(", ") : typeof value === "number" ? nwedge.format(value)
    : value !== null && typeof value === "object" ? JSON.stringify(value) : String(value);

  /** An object as a list of names and values. */
  nwedge.properties = object => element("dl", { class: "properties" },
    Object.entries(object || {}).map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, short(value)))));

  function options(body, records) {
    const own = records.landscapes.map(landscape => [landscape, landscape.records[0].options]);
    const common = records.options, differing = ([, other]) => Object.fromEntries(Object.entries(other).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(common[name])));
    body.append(element("details", { class: "more" }, element("summary", {}, "Options"), nwedge.properties(common),
      own.filter(entry => Object.keys(differing(entry)).length).map(entry => element("div", {}, nwedge.landscapeName(entry[0]), nwedge.properties(differing(entry))))));
  }

  function failures(body, records) {
    for (const cell of records.failed)
      body.append(element("p", { class: "failure" }, element("strong", {}, `${cell.id} failed: `), cell.failure));
  }

  nwedge.landscape = name => nwedge.data.landscapes.find(landscape => landscape.name === name)
    || { name, label: name, kind: "network", slot: 3 };

  /** The whole section of one experiment: the claims it bears on, then each entry of the study. */
  nwedge.experimentSection = experiment => {
    const cells = nwedge.data.cells.filter(cell => cell.experiment === experiment.name);
    const names = [...new Set(cells.map(cell => cell.name))];
    const view = nwedge.views[experiment.name] || nwedge.genericView;
    const body = element("section", { id: experiment.name, class: "experiment" }, element("h2", {}, experiment.title), nwedge.claimLine(experiment.name));
    // The figures of the controls are shown on request; what came out of them stands with the claims.
    const controls = nwedge.data.landscapes.filter(landscape => landscape.control && cells.some(cell => cell.landscape === landscape.name));
    if (controls.length && nwedge.data.landscapes.some(landscape => !landscape.control && cells.some(cell => cell.landscape === landscape.name))) {
      body.classList.add("without-controls");
      body.append(element("div", { class: "choice" }, element("button", { type: "button", "aria-pressed": "false", onclick: event => {
        const hidden = body.classList.toggle("without-controls");
        event.target.setAttribute("aria-pressed", String(!hidden));
        for (const node of body.querySelectorAll(".panel")) if (node.panel.state === "drawn") node.panel.again();
      } }, `Figures of the controls: ${nwedge.list(controls.map(landscape => landscape.label))}`)));
    }
    for (const name of names) {
      const records = new nwedge.Records(cells.filter(cell => cell.name === name), nwedge.data.landscapes);
      const entry = element("div", { class: "entry", id: nwedge.anchor(experiment.name, name) },
        names.length > 1 ? element("h3", {}, nwedge.heading(name)) : null);
      body.append(entry);
      failures(entry, records);
      if (!records.all.length) continue;
      const place = element("div"), draw = which => {
        const section = new Section(place, nwedge.anchor(name), records, experiment, names.length > 1 ? "h4" : "h3");
        which.draw(section, records);
        section.finish();
      };
      try {
        draw(view);
      } catch (error) {
        console.error(`view ${experiment.name}: ${error && error.stack || error}`);
        place.querySelectorAll(".panel").forEach(node => node.panel.remove());
        place.replaceChildren();
        draw(nwedge.genericView);
      }
      entry.append(place);
      options(entry, records);
    }
    return body;
  };
})();
