// Panels: one figure each, drawn when it comes into view, redrawn when the colours change, exported on request.
"use strict";
(() => {
  const { element } = nwedge;
  const panels = [];
  nwedge.panelList = panels;

  // A browser keeps about sixteen WebGL contexts; the oldest surfaces beyond this many become pictures.
  const liveSurfaces = 6;
  let live = [];

  // The modebar's own icons do not say which format they save.
  const label = text => ({ width: 34, height: 16, svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 34 16"><text x="17" y="12.5" ` +
    `text-anchor="middle" font-size="12.5" font-weight="600" font-family="sans-serif">${text}</text></svg>` });

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

  class Panel {
    constructor({ build, height = 340, three = false, name, title }) {
      this.build = build;
      this.three = three;
      this.name = name;
      this.height = height;
      this.plot = element("div", { class: "plot", style: `height:${height}px` });
      this.node = element("figure", { class: "panel", "data-state": "waiting", "data-figure": name },
        element("figcaption", { class: "panel-title" }, title || ""), this.plot);
      this.node.panel = this;
      panels.push(this);
      watcher.observe(this.node);
    }

    get state() { return this.node.dataset.state; }
    set state(value) { this.node.dataset.state = value; }

    figure(theme) {
      const { data, layout } = this.build(theme);
      const camera = layout.scene && layout.scene.camera;  // its field of view is an angle up and down: step back from a narrow panel
      if (camera) for (const axis of ["x", "y", "z"]) camera.eye[axis] *= Math.max(1, 1.1 * this.height / (this.plot.clientWidth || this.height));
      return { data, layout: { ...nwedge.layout(theme), ...layout, autosize: true } };
    }

    config() {
      const button = (format, click) => ({ name: `Save as ${format}`, title: `Save as ${format}`, icon: label(format), click });
      const own = [button("PNG", () => this.export("png")), button("SVG", () => this.export("svg")),
        button("CSV", () => save(`${this.name}.csv`, commaSeparated(this.figure(nwedge.theme()).data), "text/csv"))];
      const standard = this.three ? ["resetCameraDefault3d"] : ["resetScale2d"];
      return { responsive: true, displaylogo: false, modeBarButtons: [own, standard],
        displayModeBar: window.matchMedia("(hover: none)").matches ? true : "hover" };
    }

    /** Exports on white paper whatever the page's colours are. */
    export(format) {
      const { data, layout } = this.figure(nwedge.theme("paper"));
      const width = Math.max(560, this.plot.clientWidth);
      return Plotly.downloadImage({ data, layout: { ...layout, paper_bgcolor: "#ffffff" } },
        { format, width, height: Math.max(this.height, 400), scale: format === "png" ? 3 : 1, filename: this.name });
    }

    async draw() {
      if (this.state === "drawn") return;
      try {
        const { data, layout } = this.figure(nwedge.theme());
        this.node.dataset.traces = data.length;
        if (!data.length) return this.say("empty", "No finite values to draw.");
        this.plot.replaceChildren();
        if (this.three) makeRoom();
        if (this.camera) layout.scene.camera = this.camera;
        await Plotly.newPlot(this.plot, data, layout, this.config());
        if (this.three) live.push(this);
        this.state = "drawn";
      } catch (error) {
        console.error(`${this.name}: ${error && error.stack || error}`);
        this.say("failed", "This figure could not be drawn.");
      }
    }

    /** Takes the panel off the page for good. */
    remove() {
      watcher.unobserve(this.node);
      panels.splice(panels.indexOf(this), 1);
      live = live.filter(panel => panel !== this);
      if (this.state === "drawn") Plotly.purge(this.plot);
      this.state = "removed";
      this.node.remove();
    }

    say(state, text) {
      this.plot.replaceChildren(element("p", { class: "notice" }, text));
      this.state = state;
    }

    async retheme() {
      if (this.state === "drawn") {
        const { data, layout } = this.figure(nwedge.theme());
        const scene = this.plot.layout.scene;
        if (scene && scene.camera) layout.scene.camera = scene.camera;
        await Plotly.react(this.plot, data, layout, this.config());
      } else if (this.state === "picture") this.state = "waiting";
    }

    /** Replaces a turning surface by a still copy of what is drawn, which frees its WebGL context; a click brings it back. */
    freeze() {
      const scene = this.plot._fullLayout.scene, canvas = this.plot.querySelector(".gl-container canvas");
      const box = canvas.getBoundingClientRect(), frame = this.plot.getBoundingClientRect();
      const still = element("img", { src: scene._scene.toImage("png"), alt: this.name, class: "picture",
        style: `left:${box.left - frame.left}px;top:${box.top - frame.top}px;width:${box.width}px;height:${box.height}px` });
      const legends = [...this.plot.querySelectorAll(".main-svg")].map(svg => svg.cloneNode(true));  // titles, colour bars
      this.camera = this.plot.layout.scene && this.plot.layout.scene.camera;
      const context = canvas.getContext("webgl"), lose = context && context.getExtension("WEBGL_lose_context");
      Plotly.purge(this.plot);
      if (lose) lose.loseContext();
      const copy = element("div", { class: "still", title: "click to turn" }, still, legends);
      copy.addEventListener("click", () => { this.state = "waiting"; this.draw(); });
      this.plot.replaceChildren(copy);
      this.state = "picture";
    }
  }
  nwedge.Panel = Panel;

  function makeRoom() {
    live = live.filter(panel => panel.state === "drawn");
    while (live.length >= liveSurfaces) {
      const middle = window.innerHeight / 2;
      const distance = panel => { const box = panel.node.getBoundingClientRect(); return Math.abs(box.top + box.height / 2 - middle); };
      const farthest = live.reduce((a, b) => distance(b) > distance(a) ? b : a);
      live = live.filter(panel => panel !== farthest);
      farthest.freeze();
    }
  }

  // One panel at a time, with a frame in between, so that the page scrolls while figures appear.
  const queue = [];
  let busy = false;
  const nextFrame = () => new Promise(done => setTimeout(done, 0));
  async function work() {
    if (busy) return;
    busy = true;
    while (queue.length) {
      const panel = queue.shift();
      if (panel.state === "waiting") await panel.draw();
      await nextFrame();
    }
    busy = false;
  }

  const watcher = new IntersectionObserver(entries => {
    if (!window.Plotly) return;
    for (const entry of entries)
      if (entry.isIntersecting && (entry.target.panel.state === "waiting" || entry.target.panel.state === "picture")) {
        if (entry.target.panel.state === "picture") entry.target.panel.state = "waiting";
        queue.push(entry.target.panel);
      }
    work();
  }, { rootMargin: "300px 0px" });

  /** Draws every panel of the page, wherever it is; resolves when all are drawn. */
  nwedge.drawAll = async () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
    for (const panel of panels)
      if (panel.state === "waiting") { await panel.draw(); await nextFrame(); }
    const count = state => panels.filter(panel => panel.state === state).length;
    Object.assign(document.documentElement.dataset, { panels: panels.length, drawn: count("drawn") + count("picture"),
      empty: count("empty"), failed: count("failed"), done: "yes" });
  };

  nwedge.retheme = async () => { for (const panel of panels) await panel.retheme(); };

  nwedge.watchAgain = () => {
    for (const panel of panels) { watcher.unobserve(panel.node); watcher.observe(panel.node); }
  };

  window.addEventListener("beforeprint", () => {
    document.documentElement.dataset.theme = "light";
    for (const details of document.querySelectorAll("details.print")) details.open = true;
    for (const panel of panels) if (panel.state === "waiting") panel.draw(); else panel.retheme();
  });
})();
