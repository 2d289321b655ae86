// Panels: one figure each, drawn when it comes into view, redrawn when the colours change, saved on request.
"use strict";
(() => {
  const { element } = nwedge;
  const root = document.documentElement;
  const panels = [];

  // A browser keeps about sixteen WebGL contexts; the farthest figures in space beyond this many become still pictures.
  const liveScenes = 8;
  let live = [];

  function save(name, text, type) {
    const link = element("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
    document.body.append(link);
    link.click();
    link.remove();
  }

  /** The drawn numbers of every trace as lines "trace,x,y,z". */
  function commaSeparated(traces) {
    const lines = ["trace,x,y,z"];
    const cell = value => value === undefined || value === null ? "" : value;
    for (const trace of traces) {
      const name = JSON.stringify(trace.name || trace.type);
      if (Array.isArray(trace.z) && Array.isArray(trace.z[0])) {
        const shown = trace.customdata || trace.z;
        trace.z.forEach((row, i) => row.forEach((_, j) =>
          lines.push([name, cell((trace.x || [])[j] ?? j), cell((trace.y || [])[i] ?? i), cell(shown[i][j])].join(","))));
      } else {
        const x = trace.x || [], y = trace.y || [];
        const count = Math.max(x.length, y.length);
        for (let i = 0; i < count; i++) lines.push([name, cell(x[i]), cell(y[i]), cell((trace.z || [])[i])].join(","));
      }
    }
    return lines.join("\n") + "\n";
  }

  /** The names that the legend above a figure shows. */
  const legend = (data, layout) => layout.showlegend === false ? [] : data.filter(trace => trace.name && (trace.showlegend ?? data.length > 1)).map(trace => trace.name);

  /** How many lines they take in this width: in columns of one width, as Plotly sets them, where they do not fit into one. */
  function legendRows(names, width) {
    const own = names.map(name => 45 + 6.2 * name.length), most = Math.max(0, ...own);
    return own.reduce((a, b) => a + b, 0) <= width ? Math.min(1, names.length) : Math.ceil(names.length / Math.max(1, Math.floor(width / most)));
  }

  /** A figure with a title, buttons and a drawing. `views` are ways to show the same numbers, [{name, title, three, build(theme)}]; one is shown at a time.
   *  `height` is in pixels, or a function of the width; a `field` does not grow wide. */
  class Panel {
    constructor({ views, height = 270, name, title, field }) {
      Object.assign(this, { views, name, height, view: views[0], title: title || nwedge.heading(name) });
      this.plot = element("div", { class: "plot", role: "img", "aria-label": this.title });
      this.node = element("figure", { class: `panel ${field === true ? "field" : field || ""}`, "data-state": "waiting", "data-figure": name },
        element("figcaption", { class: "panel-title" }, element("span", {}, views.some(view => view.title) ? "" : this.title, this.choice()), this.saving()), this.plot);
      this.plot.addEventListener("keydown", event => this.turn(event));
      if (typeof height === "number") this.plot.style.height = `${height}px`;
      else this.plot.style.minHeight = "260px";
      this.node.panel = this;
      panels.push(this);
      watcher.observe(this.node);
    }

    get state() { return this.node.dataset.state; }
    set state(value) { this.node.dataset.state = value; }

    /** Buttons for the views; where these have titles of their own they are the figure's title. */
    choice() {
      if (this.views.length < 2) return null;
      const choose = view => event => {
        this.view = view;
        for (const other of event.target.parentNode.children) other.setAttribute("aria-pressed", other === event.target);
        this.again();
      };
      return element("span", { class: "buttons", role: "group", "aria-label": `Shown: ${this.title}` }, this.views.map(view =>
        element("button", { type: "button", "aria-pressed": String(view === this.view), onclick: choose(view) }, view.name)));
    }

    saving() {
      const button = (format, click) => element("button", { type: "button", "data-label": format, "aria-label": `Save as ${format}: ${this.title}`, onclick: click });
      return element("span", { class: "buttons saving" }, button("PNG", () => this.export("png")), button("SVG", () => this.export("svg")),
        button("CSV", () => save(`${this.name}.csv`, commaSeparated(this.figure(nwedge.theme()).data), "text/csv")));
    }

    figure(theme) {
      const { data, layout } = this.view.build(theme);
      const width = this.plot.clientWidth || 400, keys = legend(data, layout), rows = legendRows(keys, width - (data.some(trace => trace.colorbar) ? 165 : 72));
      const height = (typeof this.height === "function" ? this.height(width) : this.height) + 19 * Math.max(0, rows - 1);
      const camera = layout.scene && layout.scene.camera;  // its field of view is an angle up and down: step back from a narrow panel
      if (camera) for (const axis of ["x", "y", "z"]) camera.eye[axis] *= Math.max(1, 0.95 * height / width);
      const start = nwedge.layout(theme);
      start.margin.t = 12 + 19 * rows;
      return { data, layout: { ...start, ...layout, showlegend: rows > 0, width, height } };
    }

    /** Saves on white paper whatever the page's colours are. */
    export(format) {
      const { data, layout } = this.figure(nwedge.theme("paper"));
      return Plotly.downloadImage({ data, layout: { ...layout, paper_bgcolor: "#ffffff" } },
        { format, width: Math.max(560, layout.width), height: Math.max(layout.height, 400), scale: format === "png" ? 3 : 1, filename: this.name });
    }

    draw() {
      if (this.state === "drawn") return;
      try {
        const { data, layout } = this.figure(nwedge.theme());
        this.node.dataset.traces = data.length;
        if (!data.length) return this.say("empty", "No finite values to draw.");
        this.drawing = element("div", { class: "drawing" });
        this.plot.replaceChildren(this.drawing);
        this.plot.style.height = `${layout.height}px`;
        this.plot.setAttribute("aria-label", nwedge.describe(this.view.title || this.title, data, layout) + (this.view.three ? " The arrow keys turn it." : ""));
        this.plot.toggleAttribute("tabindex", this.view.three);
        if (this.view.three) this.plot.tabIndex = 0;
        if (this.view.three) makeRoom();
        if (this.camera) layout.scene.camera = this.camera;
        this.settled = Plotly.newPlot(this.drawing, data, layout, { displayModeBar: false, doubleClick: "reset" });
        if (this.view.three) live.push(this);
        this.state = "drawn";
      } catch (error) {
        console.error(`${this.name}: ${error && error.stack || error}`);
        this.say("failed", "This figure could not be drawn.");
      }
    }

    /** Arrow keys turn a figure in space. */
    turn(event) {
      const step = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, 0.15], ArrowDown: [0, -0.15] }[event.key];
      if (!step || this.state !== "drawn" || !this.view.three) return;
      event.preventDefault();
      const { eye, ...camera } = this.drawing.layout.scene.camera, far = Math.hypot(eye.x, eye.y, eye.z);
      const angle = Math.atan2(eye.y, eye.x) + step[0], tilt = Math.max(-1.5, Math.min(1.5, Math.asin(eye.z / far) + step[1]));
      Plotly.relayout(this.drawing, { "scene.camera": { ...camera, eye: { x: far * Math.cos(tilt) * Math.cos(angle), y: far * Math.cos(tilt) * Math.sin(angle), z: far * Math.sin(tilt) } } });
    }

    /** Draws anew, at the size and in the colours of now. */
    again() {
      this.clear();
      this.draw();
    }

    clear() {
      if (this.state === "drawn") {
        const { drawing, settled } = this, canvas = drawing.querySelector(".gl-container canvas");
        const context = canvas && canvas.getContext("webgl"), lose = context && context.getExtension("WEBGL_lose_context");
        this.camera = this.view.three && canvas ? drawing.layout.scene.camera : undefined;
        drawing.remove();
        settled.finally(() => { Plotly.purge(drawing); if (lose) lose.loseContext(); });  // Plotly goes on for a moment after it has drawn
      }
      live = live.filter(panel => panel !== this);
      if (this.state !== "empty" && this.state !== "failed") this.state = "waiting";
    }

    /** Takes the panel off the page for good. */
    remove() {
      watcher.unobserve(this.node);
      panels.splice(panels.indexOf(this), 1);
      this.clear();
      this.state = "removed";
      this.node.remove();
    }

    say(state, text) {
      this.plot.replaceChildren(element("p", { class: "notice" }, text));
      this.plot.removeAttribute("role");
      this.plot.removeAttribute("aria-label");
      this.plot.removeAttribute("tabindex");
      this.plot.style.height = "auto";
      this.state = state;
    }

    /** Puts a still copy in the place of a figure in space, which frees its WebGL context; it is drawn anew when it comes into view again. */
    freeze() {
      if (this.state !== "drawn" || !this.view.three) return;
      const canvas = this.plot.querySelector(".gl-container canvas"), box = canvas.getBoundingClientRect(), frame = this.plot.getBoundingClientRect();
      if (!(canvas.width > 0 && canvas.height > 0)) return this.clear();
      const still = element("canvas", { class: "picture", width: canvas.width, height: canvas.height,
        style: `left:${box.left - frame.left}px;top:${box.top - frame.top}px;width:${box.width}px;height:${box.height}px` });
      this.drawing._fullLayout.scene._scene.glplot.redraw();  // its pixels last until the end of this task
      still.getContext("2d").drawImage(canvas, 0, 0);
      const legends = [...this.plot.querySelectorAll(".main-svg")].map(svg => svg.cloneNode(true));  // titles, colour bars
      this.clear();
      this.plot.replaceChildren(element("div", { class: "still" }, still, legends));
      this.state = "picture";
    }
  }
  nwedge.Panel = Panel;

  function makeRoom() {
    while (live.length >= liveScenes) {
      const middle = window.innerHeight / 2;
      const distance = panel => { const box = panel.node.getBoundingClientRect(); return Math.abs(box.top + box.height / 2 - middle); };
      live.reduce((a, b) => distance(b) > distance(a) ? b : a).freeze();
    }
  }

  // One panel at a time, with a pause in between, so that the page scrolls while figures appear.
  const queue = [];
  let busy = false;
  const pause = () => new Promise(done => setTimeout(done, 0));
  async function work() {
    if (busy) return;
    busy = true;
    while (queue.length) {
      const panel = queue.shift();
      if (panel.state === "picture") panel.clear();
      if (panel.state === "waiting") panel.draw();
      await pause();
    }
    busy = false;
  }

  const watcher = new IntersectionObserver(entries => {
    if (!window.Plotly) return;
    for (const entry of entries)
      if (entry.isIntersecting && ["waiting", "picture"].includes(entry.target.panel.state)) queue.push(entry.target.panel);
    work();
  }, { rootMargin: "300px" });

  /** Draws every panel of the page, wherever it is; resolves when all are drawn. */
  nwedge.drawAll = async () => {
    for (let next; (next = panels.find(panel => panel.state === "waiting" && panel.node.isConnected)); await pause()) next.draw();
    const count = state => panels.filter(panel => panel.state === state).length;
    Object.assign(root.dataset, { panels: panels.length, drawn: count("drawn") + count("picture"),
      empty: count("empty"), failed: count("failed"), height: Math.ceil(document.getElementById("page").getBoundingClientRect().height), done: "yes" });
  };

  /** Draws anew, with the colours and the size of now, what is in view, and the rest when it comes into view. */
  nwedge.redraw = () => {
    for (const panel of panels) panel.clear();
    nwedge.watchAgain();
  };

  nwedge.watchAgain = () => {
    for (const panel of panels) { watcher.unobserve(panel.node); watcher.observe(panel.node); }
  };

  let width = window.innerWidth, resizing;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width || root.classList.contains("printing")) return;
    width = window.innerWidth;
    clearTimeout(resizing);
    resizing = setTimeout(nwedge.redraw, 200);
  });

  // The browser prints what this leaves, at once: everything is drawn within the handler, at the paper's width, and figures in space as still pictures.
  let before;
  window.addEventListener("beforeprint", () => {
    before = { theme: root.dataset.theme, closed: [...document.querySelectorAll("details.print:not([open])")] };
    root.dataset.theme = "light";
    root.classList.add("printing");
    for (const details of before.closed) details.open = true;
    for (const panel of panels) { panel.again(); panel.freeze(); }
  });
  window.addEventListener("afterprint", () => {
    root.classList.remove("printing");
    if (before.theme) root.dataset.theme = before.theme;
    else delete root.dataset.theme;
    for (const details of before.closed) details.open = false;
    nwedge.redraw();
  });
})();
