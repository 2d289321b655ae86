// The page's namespace, the records, and small tools that every other file uses.
"use strict";
const nwedge = {};

(() => {
  /** An element: attributes by name ("class", "data-…", "onclick" as a function), children as nodes or text. */
  nwedge.element = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === undefined || value === null || value === false) continue;
      if (typeof value === "function") node.addEventListener(name.replace(/^on/, ""), value);
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat().filter(child => child !== null && child !== undefined && child !== ""));
    return node;
  };

  /** "radial-tunnel" -> "Radial tunnel". */
  nwedge.heading = name => {
    const words = String(name).replace(/[-_]/g, " ");
    return words.charAt(0).toUpperCase() + words.slice(1);
  };

  nwedge.anchor = (...parts) => parts.join("-").toLowerCase().replace(/[^a-z0-9]+/g, "-");

  function decode(base64) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return new Float32Array(bytes.buffer);
  }

  /** One finished or failed cell of the study. */
  class Cell {
    constructor(raw) {
      Object.assign(this, raw);
      this.seeds = raw.seeds || [];
      this.lostSeeds = raw.lost_seeds || [];
      this.seed = this.seeds[0];
      this.options = raw.options || {};
      this.result = raw.result || {};
      this.packed = raw.arrays || {};
      this.decoded = {};
    }

    get failed() { return Boolean(this.failure); }

    /** Names of the arrays that were packed for drawing. */
    get arrayNames() { return Object.keys(this.packed); }

    has(name) { return Boolean(this.packed[name] && this.packed[name].data !== undefined); }

    /** {shape, values}: the array thinned for drawing, row-major float32; undefined when the record has none. */
    array(name) {
      if (!this.has(name)) return undefined;
      if (!this.decoded[name])
        this.decoded[name] = { shape: this.packed[name].shape, values: decode(this.packed[name].data) };
      return this.decoded[name];
    }

    /** The array's numbers in one flat list (NaN where the measurement was not finite); [] when there is none. */
    values(name) {
      const array = this.array(name);
      return array ? Array.from(array.values) : [];
    }

    /** A two-dimensional array as a list of rows. */
    rows(name) {
      const array = this.array(name);
      if (!array) return [];
      const [count, width] = array.shape.length > 1 ? array.shape : [1, array.shape[0]];
      return Array.from({ length: count }, (_, i) => Array.from(array.values.subarray(i * width, (i + 1) * width)));
    }

    /** Column `index` of a two-dimensional array. */
    column(name, index) { return this.rows(name).map(row => row[index]); }
  }

  /** The cells that one view draws: all landscapes, all seeds of one entry of the study. */
  class Records {
    constructor(cells, landscapes) {
      this.all = cells.filter(cell => !cell.failed);
      this.failed = cells.filter(cell => cell.failed);
      this.landscapes = landscapes
        .map(landscape => ({ ...landscape, records: this.all.filter(cell => cell.landscape === landscape.name) }))
        .filter(landscape => landscape.records.length > 0);
    }

    /** Options of the first cell: what all cells of one entry share. */
    get options() { return (this.all[0] || this.failed[0] || { options: {} }).options; }

    /** The same for the landscapes that satisfy a condition. */
    only(condition) {
      const kept = Object.create(Records.prototype);
      return Object.assign(kept, { ...this, landscapes: this.landscapes.filter(condition) });
    }

    get seeds() { return [...new Set(this.all.flatMap(cell => cell.seeds))].sort((a, b) => a - b); }
  }

  const data = JSON.parse(document.getElementById("records").textContent);
  data.cells = data.cells.map(raw => new Cell(raw));
  const rank = landscape => (landscape.control ? 2 : 0) + (landscape.kind === "wedge" ? 0 : 1);  // models, networks, then the controls of each
  data.landscapes.sort((a, b) => rank(a) - rank(b));
  for (const landscape of data.landscapes)
    landscape.inText = landscape.label === "Wedge model" ? "the wedge model" : landscape.label;
  /** The file that the optimum of a seed was read from; undefined where it was trained. */
  nwedge.weightsOf = (landscape, seed) => {
    const cell = data.cells.find(one => one.experiment === "train" && one.landscape === landscape.name && one.seed === seed);
    return cell && cell.result.weights ? String(cell.result.weights) : undefined;
  };
  /** "seed 3", or the name of the file that was given. */
  nwedge.optimumName = (landscape, seed) => (nwedge.weightsOf(landscape, seed) || `seed ${seed}`).split("/").pop();
  /** "loss (nats)" of a network; the wedge model's loss has no unit, and that of a function is not known. */
  nwedge.lossUnit = landscape => landscape.kind === "network" ? "loss (nats)" : "loss";
  /** "training loss (nats)" on a network; the wedge model has no splits. */
  nwedge.lossTitle = (landscape, split = "training") => landscape.kind === "wedge" ? "loss" : `${split} ${nwedge.lossUnit(landscape)}`;
  /** What a landscape from outside, of functions or of another program, said of itself; undefined of any other. */
  nwedge.outside = landscape => landscape.kind === "given" ? landscape.options
    : landscape.kind === "command" ? { description: landscape.options.command, ...landscape.outside } : undefined;
  /** Whether a landscape classifies examples, and so has an accuracy. */
  nwedge.hasAccuracy = landscape => landscape.kind === "network" || (nwedge.outside(landscape) || {}).accuracy === true;
  nwedge.data = data;
  nwedge.Records = Records;
  nwedge.Cell = Cell;

  nwedge.views = {};
  /** Registers how the section of the experiment `name` is drawn: {draw(section, records)}. */
  nwedge.view = (name, view) => { nwedge.views[name] = view; };
})();
