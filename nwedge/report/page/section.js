// What a view draws into: a section with a story, rows of figures side by side, tables and captions.
"use strict";
(() => {
  const { element, figures } = nwedge;

  /** Anything figures can be added to. `colour` is the landscape's own where there is one. */
  class Canvas {
    constructor(body, name, colour) { Object.assign(this, { body, name, colour }); }

    add(kind, spec, options = {}) {
      const build = theme => figures[kind]({ colour: this.colour, ...spec }, theme);
      const name = nwedge.anchor(this.name, spec.title || kind);
      const panel = new nwedge.Panel({ build, name, title: spec.title, height: spec.height, ...options });
      this.body.append(panel.node);
      return this;
    }

    /** Curves over one axis, one thin line a seed, their mean and a band of one standard deviation. */
    lines(spec) { return this.add("lines", spec); }
    /** Points with error bars. */
    scatter(spec) { return this.add("scatter", spec); }
    histogram(spec) { return this.add("histogram", spec); }
    /** A matrix with labels. */
    heatmap(spec) { return this.add("heatmap", spec); }
    /** A plane of weight space from above. */
    contour(spec) { return this.add("contour", spec); }
    /** The same plane as a surface that can be turned. */
    surface(spec) { return this.add("surface", spec, { three: true }); }
    /** Surfaces of equal loss in a block of weight space. */
    block(spec) { return this.add("block", { height: 400, ...spec }, { three: true }); }
    /** Triangulated sheets in space. */
    mesh(spec) { return this.add("mesh", { height: 340, ...spec }, { three: true }); }

    /** A plane twice: from above and as a surface, beside each other where there is room. */
    map(spec) {
      const pair = new Canvas(element("div", { class: "pair" }), this.name, this.colour);
      pair.contour({ height: 370, ...spec, title: spec.title });
      pair.surface({ height: 340, ...spec, title: spec.title ? `${spec.title}, as a surface` : undefined });
      this.body.append(pair.body);
      return this;
    }

    /** Any other figure: build(theme) gives Plotly's {data, layout}; `three` says that it needs WebGL. */
    plot(spec, build) {
      const panel = new nwedge.Panel({ build, height: spec.height, three: spec.three, title: spec.title,
        name: nwedge.anchor(this.name, spec.title || "figure") });
      this.body.append(panel.node);
      return this;
    }

    /** {columns: [title or {title, text: true}], rows: [[number, text or node]], caption}. Numbers are formatted. */
    table(spec) {
      const columns = spec.columns.map(column => typeof column === "string" ? { title: column } : column);
      const write = cell => typeof cell === "number" ? nwedge.format(cell) : cell === null || cell === undefined ? "–" : cell;
      const head = element("tr", {}, columns.map(column => element("th", { scope: "col", class: column.text ? "text" : "number" }, column.title)));
      const rows = spec.rows.map(row => element("tr", {}, row.map((cell, i) =>
        element("td", { class: columns[i] && columns[i].text ? "text" : "number" }, write(cell)))));
      this.body.append(element("div", { class: "scroll" }, element("table", { class: "numbers" },
        spec.caption ? element("caption", {}, spec.caption) : null, element("thead", {}, head), element("tbody", {}, rows))));
      return this;
    }

    text(...words) { this.body.append(element("p", {}, ...words)); return this; }
    heading(words) { this.body.append(element("h4", {}, words)); return this; }
  }

  /** One landscape's place in a row. */
  class Column extends Canvas {}

  class Section extends Canvas {
    constructor(body, name, records, experiment) {
      super(body, name);
      this.records = records;
      this.experiment = experiment;
      this.captioned = false;
    }

    /** The three sentences that open a section: what is claimed, what was done, what came out. */
    story({ claimed, done, found }) {
      const line = (title, words) => words ? [element("dt", {}, title), element("dd", {}, words)] : [];
      this.body.append(element("dl", { class: "story" }, line("Claim", claimed), line("Done", done), line("Found", found)));
      return this;
    }

    /** A row with one column for each landscape that has records, the wedge model first: draw(column, landscape). */
    sideBySide(records, draw, title) {
      if (!records.landscapes.length) return this;
      if (title) this.heading(title);
      const all = this.records.landscapes;
      const row = element("div", { class: "row", "data-columns": records.landscapes.length, "data-of": all.length });
      for (const landscape of records.landscapes) {
        const place = all.findIndex(other => other.name === landscape.name) + 1;
        const body = element("div", { class: "column", style: `--place: ${place}` }, nwedge.landscapeName(landscape));
        draw(new Column(body, nwedge.anchor(this.name, landscape.name), landscape), landscape);
        row.append(body);
      }
      this.body.append(row);
      return this;
    }

    /** The same for figures of one record: draw(column, landscape, record), with buttons to choose among the seeds. */
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
        new Section(holder, this.name, this.records, this.experiment).sideBySide(records.only(landscape => landscape.records.some(record => key(record) === chosen)),
          (column, landscape) => draw(column, landscape, landscape.records.find(record => key(record) === chosen)));
      };
      const buttons = element("div", { class: "choice", role: "group", "aria-label": "Seed shown" }, element("span", {}, "seed"),
        keys.map(name => element("button", { type: "button", value: name, onclick: () => show(name) }, name)));
      if (keys.length > 1) this.body.append(buttons);
      this.body.append(holder);
      show(keys[0]);
      return this;
    }

    /** The caption of the figures above: seeds, then what the view adds (sizes, budget, meaning of the band). */
    caption(records, ...sentences) {
      const bySeeds = new Map();
      for (const landscape of records.landscapes) {
        const seeds = nwedge.seedList(landscape.records.flatMap(cell => cell.seeds));
        bySeeds.set(seeds, [...(bySeeds.get(seeds) || []), landscape.label]);
      }
      const seeds = [...bySeeds].map(([list, labels]) => `${bySeeds.size > 1 ? `${nwedge.list(labels)}: ` : ""}seeds ${list || "none"}`).join("; ");
      this.body.append(element("p", { class: "caption" }, `${nwedge.heading(seeds)}. `, sentences.filter(Boolean).join(" ")));
      this.captioned = true;
      return this;
    }
  }
  nwedge.Section = Section;

  nwedge.landscapeName = landscape => element("span", { class: "landscape", style: `--own: var(--landscape-${landscape.slot})` },
    element("span", { class: "swatch" }), landscape.label);

  const signs = { "reproduced": "✓", "not reproduced": "✗", "inconclusive": "?" };
  nwedge.chip = (verdict, title) => element("span", { class: `chip ${nwedge.anchor(verdict)}`, title },
    element("span", { "aria-hidden": "true" }, signs[verdict] || "?"), ` ${verdict}`);

  const short = value => Array.isArray(value) ? value.map(short).join(", ") : typeof value === "number" ? nwedge.format(value)
    : value !== null && typeof value === "object" ? JSON.stringify(value) : String(value);

  /** An object as a list of names and values. */
  nwedge.properties = object => element("dl", { class: "properties" },
    Object.entries(object || {}).map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, short(value)))));

  function optionsAndCells(section, records) {
    const cells = [...records.all, ...records.failed];
    const list = element("ul", { class: "cells" }, cells.map(cell => element("li", {}, element("code", {}, cell.id),
      Number.isFinite(cell.seconds) ? ` ${nwedge.duration(cell.seconds)}` : "", cell.failed ? " failed" : "")));
    section.body.append(element("details", { class: "more" }, element("summary", {}, "Options and cells"),
      nwedge.properties(records.options), list));
  }

  function failures(body, records) {
    for (const cell of records.failed)
      body.append(element("p", { class: "failure" }, element("strong", {}, `${cell.id} failed: `), cell.failure));
  }

  /** Findings that share a claim, a criterion and a prediction stand together. */
  function verdicts(body, findings) {
    const groups = new Map();
    for (const finding of findings) {
      const key = JSON.stringify([finding.claim, finding.criterion]);
      groups.set(key, [...(groups.get(key) || []), finding]);
    }
    const line = finding => element("li", {}, nwedge.landscapeName(nwedge.landscape(finding.landscape)), nwedge.chip(finding.verdict),
      element("span", {}, finding.measurement, finding.prediction ? element("span", { class: "criterion" }, `predicted: ${finding.prediction}`) : null,
        finding.reason ? element("span", { class: "criterion" }, finding.reason) : null));
    for (const [first, ...others] of groups.values())
      body.append(element("div", { class: "findings" }, element("p", {}, element("a", { href: `#claim-${first.claim}` }, nwedge.claimTitle(first.claim)),
        element("span", { class: "criterion" }, ` Criterion: ${first.criterion}.`)), element("ul", {}, [first, ...others].map(line))));
  }

  nwedge.landscape = name => nwedge.data.landscapes.find(landscape => landscape.name === name)
    || { name, label: name, kind: "network", slot: 3 };
  nwedge.claimTitle = key => (nwedge.data.claims.find(claim => claim.key === key) || { title: key }).title;

  /** The whole section of one experiment: verdicts, then each entry of the study. */
  nwedge.experimentSection = experiment => {
    const cells = nwedge.data.cells.filter(cell => cell.experiment === experiment.name);
    const names = [...new Set(cells.map(cell => cell.name))];
    const view = nwedge.views[experiment.name] || nwedge.genericView;
    const body = element("section", { id: experiment.name, class: "experiment" }, element("h2", {}, experiment.title));
    verdicts(body, nwedge.data.claims.flatMap(claim => claim.findings).filter(finding => finding.experiment === experiment.name));
    for (const name of names) {
      const records = new nwedge.Records(cells.filter(cell => cell.name === name), nwedge.data.landscapes);
      const entry = element("div", { class: "entry", id: nwedge.anchor(experiment.name, name) },
        names.length > 1 ? element("h3", {}, nwedge.heading(name)) : null);
      const section = new Section(entry, nwedge.anchor(name), records, experiment);
      body.append(entry);
      if (records.all.length) {
        try {
          view.draw(section, records);
        } catch (error) {
          console.error(`view ${experiment.name}: ${error && error.stack || error}`);
          nwedge.genericView.draw(section, records);
        }
        if (!section.captioned) section.caption(records);
      }
      failures(entry, records);
      optionsAndCells(section, records);
    }
    return body;
  };
})();
