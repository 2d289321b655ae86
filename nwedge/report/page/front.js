// The top of the page: title, summary, table of claims, the landscapes; and its end: where the numbers come from.
"use strict";
(() => {
  const { element, data } = nwedge;
  const studied = data.experiments.filter(experiment => experiment.name !== "train");
  const alone = studied.length === 1;

  /** The landscapes in a line each, in their colours; and what is missing. */
  function summary() {
    const count = (verdict, list) => list.filter(claim => claim.verdict === verdict).length;
    const tally = nwedge.verdictNames.map(verdict => [verdict, count(verdict, nwedge.claims)]).filter(([, number]) => number);
    const failed = data.cells.filter(cell => cell.failed).length, notes = [
      failed ? `${nwedge.count(failed, "cell")} failed and ${failed === 1 ? "is" : "are"} shown with the reason.` : "",
      data.missing.length ? `${nwedge.count(data.missing.length, "cell")} ${data.missing.length === 1 ? "is" : "are"} not computed yet.` : ""].filter(Boolean);
    return element("div", { class: "summary" },
      element("ul", { class: "landscapes" }, data.landscapes.map(landscape => element("li", {}, nwedge.landscapeName(landscape), " ", brief(landscape)))),
      nwedge.claims.length && !alone ? element("p", { class: "tally" }, `${nwedge.count(nwedge.claims.length, "claim")}: `, tally.map(([verdict, number]) => element("span", {}, `${number} `, nwedge.chip(verdict)))) : null,
      notes.length ? element("p", { class: "notice" }, notes.join(" ")) : null);
  }

  /** What a landscape is, in a few words. */
  function brief(landscape) {
    const { options = {} } = landscape, outside = nwedge.outside(landscape), dimension = landscape.dimension ? `D = ${nwedge.format(landscape.dimension)}` : "";
    const opening = options.opening ? `opening κ = ${nwedge.format(options.opening)}` : "", width = options["half-width"] ? `half-width ε = ${nwedge.format(options["half-width"])}` : "";
    const words = landscape.kind === "wedge" ? [dimension, nwedge.count(options.wedges, "wedge"), nwedge.count(options["short-directions"], "short direction"), width, opening]
      : outside ? [outside.name || outside.description, outside.dimension ? `D = ${nwedge.format(outside.dimension)}` : ""]
      : [options.model, dimension, options.data, (landscape.optima || []).length ? "weights given" : ""];
    return words.filter(Boolean).join(", ");
  }

  /** What of a landscape's options tells one from another at a glance. */
  function essentials(landscape) {
    const { options = {}, examples = {} } = landscape, outside = nwedge.outside(landscape);
    const shown = { "dimension D": landscape.dimension };
    if (landscape.kind === "wedge")
      Object.assign(shown, { "wedges K": options.wedges, "short directions s": options["short-directions"], frames: options.frames,
        "half-width ε": options["half-width"], "opening κ": options.opening, "gradient noise": options["gradient-noise"] || undefined });
    else if (outside)
      Object.assign(shown, { "dimension D": outside.dimension, landscape: outside.description, name: outside.name || undefined,
        "Hessian products": outside.curvature, "same bits each time": outside.deterministic ? "promised" : "not promised",
        notes: (outside.notes || []).join("; ") || undefined });
    else Object.assign(shown, { model: options.model, activation: options.activation, dropout: options.dropout || undefined, data: options.data,
      "training examples": examples.train, "test examples": examples.test });
    return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined));
  }

  /** The training options in words. */
  nwedge.trainingText = training => {
    if (!training) return "";
    const method = { sgd: "SGD", adam: "Adam", adamw: "AdamW" }[training.method];
    const share = training.decay === "weights" ? " of weights alone" : "";
    const decay = training["weight-decay"]
      ? `, ${training.method === "adamw" ? "weight decay" : "L2"} ${nwedge.format(training["weight-decay"])}${share}` : "";
    const warmup = training.warmup >= 1 ? `, warm-up of ${nwedge.count(training.warmup, "step")}`
      : training.warmup ? `, warm-up over ${nwedge.format(100 * training.warmup)} % of the steps` : "";
    const length = training.epochs ? nwedge.count(training.epochs, "epoch") : nwedge.count(training.steps, "step");
    return `${method}, learning rate ${nwedge.format(training["learning-rate"])} (${training.schedule}${warmup})` +
      `, momentum ${nwedge.format(training.momentum)}${decay}, batches of ${nwedge.format(training["batch-size"])}, ${length}`;
  };

  /** The file that a cell's optimum was read from, and the digest of its content where the plan has it. */
  nwedge.weightsText = cell => {
    const landscape = nwedge.landscape(cell.landscape), digest = (landscape.files || {})[cell.result.weights];
    return nwedge.optimumName(landscape, cell.seed) + (digest ? ` (digest ${String(digest).slice(0, 12)})` : "");
  };

  /** Where a landscape's optima come from: training, or files. */
  function origin(landscape) {
    const given = data.cells.filter(cell => cell.experiment === "train" && cell.landscape === landscape.name && cell.result.weights);
    const training = nwedge.trainingText(landscape.training);
    if (!given.length) return training ? { training } : {};
    return { weights: `given: ${given.map(nwedge.weightsText).join(", ")}` };
  }

  /** How batch normalisation is measured on a landscape; null where there is none. */
  function normalisation({ statistics }) {
    if (!statistics) return null;
    const policy = statistics.policy === "stored"
      ? "the statistics of one set of weights, at every point. Between and around weights they are those of others, which understates the accuracy of averages; statistics = recompute measures them at each point."
      : `statistics recomputed at each point from the first ${nwedge.count(statistics.examples, "training example")}.`;
    return element("p", {}, `Batch normalisation: ${policy}`);
  }

  function landscapes() {
    if (!data.landscapes.length) return null;
    const card = landscape => element("div", { class: "card" }, nwedge.landscapeName(landscape), nwedge.properties({ ...essentials(landscape), ...origin(landscape) }), normalisation(landscape),
      element("details", { class: "more" }, element("summary", {}, "All options"), nwedge.properties(landscape.options), origin(landscape).weights ? null : nwedge.properties(landscape.training)));
    return element("section", { id: "landscapes" }, element("h2", {}, "Landscapes"), element("div", { class: "cards" }, data.landscapes.map(card)));
  }

  function cellTable() {
    const line = cell => element("tr", { class: cell.failed ? "failed" : null }, [cell.id, nwedge.experimentTitle(cell.experiment), cell.landscape,
      nwedge.seedList(cell.seeds), nwedge.duration(cell.seconds), cell.failed ? cell.failure : "finished"].map(text => element("td", {}, text)));
    const titles = ["cell", "experiment", "landscape", "seeds", "duration", "state"];
    return element("details", { class: "more" }, element("summary", {}, `All ${nwedge.count(data.cells.length, "cell")}`),
      nwedge.scrolling(element("table", { class: "numbers left" }, element("thead", {}, element("tr", {}, titles.map(title =>
        element("th", { scope: "col" }, title)))), element("tbody", {}, data.cells.map(line))), "All cells"));
  }

  function origins() {
    const { version, processor, threads, started, seconds } = data.provenance;
    return { "nwedge": version, processor, threads, "first cell began": started && started.replace("T", " ").replace("Z", " UTC"),
      "time in cells": nwedge.duration(seconds) };
  }

  function provenance() {
    const gaps = [...data.missing.map(id => element("p", { class: "notice" }, element("code", {}, id), " is not computed yet.")),
      ...data.problems.map(text => element("p", { class: "failure" }, text))];
    return element("section", { id: "provenance" }, element("h2", {}, "Where the numbers come from"),
      element("p", {}, `Made from the run's records alone; figures draw at most ${nwedge.format(data.drawing.axis_limit)} values along an axis. A cell is one experiment on one landscape.`),
      nwedge.properties(origins()), gaps, cellTable(),
      data.study ? element("details", { class: "more" }, element("summary", {}, `Study file ${data.study.name}`), element("pre", { tabindex: "0" }, data.study.text)) : null);
  }

  /** The contents, beside the page or in a bar above it that stays in view. */
  function navigation(sections) {
    const worst = name => {
      const verdicts = nwedge.claims.flatMap(claim => claim.findings).filter(finding => finding.experiment === name && !nwedge.landscape(finding.landscape).control).map(finding => finding.verdict);
      return ["not reproduced", "inconclusive", "illustration", "reproduced"].find(verdict => verdicts.includes(verdict)) || "none";
    };
    const link = section => element("li", {}, element("a", { href: `#${section.id}` }, element("span", { class: `dot ${nwedge.anchor(worst(section.id))}` }), section.querySelector("h2").textContent));
    const here = element("span", { class: "here" }), narrow = window.matchMedia("(max-width: 1100px)");
    const contents = element("details", { class: "contents" }, element("summary", {}, "Contents ", here), element("ul", {}, sections.map(link)));
    const settle = () => { contents.open = !narrow.matches; };
    settle();
    narrow.addEventListener("change", settle);
    contents.addEventListener("click", event => { if (narrow.matches && event.target.closest("a")) contents.open = false; });
    const links = [...contents.querySelectorAll("a")];
    window.addEventListener("scroll", () => {
      const above = sections.filter(section => section.getBoundingClientRect().top < 140), current = above.length ? above[above.length - 1] : null;
      for (const one of links) one.toggleAttribute("aria-current", Boolean(current) && one.hash === `#${current.id}`);
      here.textContent = current ? current.querySelector("h2").textContent : "";
    }, { passive: true });
    return element("nav", { "aria-label": "Contents" }, contents);
  }

  function themeButton() {
    return element("button", { class: "theme", type: "button", title: "Switch between light and dark", "aria-label": "Switch between light and dark",
      onclick: () => { document.documentElement.dataset.theme = nwedge.isDark() ? "light" : "dark"; nwedge.redraw(); } }, "◐");
  }

  /** The page's sections in order. A study of one experiment begins with its figures; "?only=a,b" leaves out all but those, and "&row=2" all but
   *  their third row of figures: for pictures of them. */
  function sectionsInOrder() {
    const own = experiments => experiments.map(experiment => [experiment.name, () => nwedge.experimentSection(experiment)]);
    const front = [["claims", nwedge.claimsSection], ["wedge-model", nwedge.wedgeSection]], back = [...own(data.experiments.filter(experiment => !studied.includes(experiment))), ["landscapes", landscapes], ["provenance", provenance]];
    const only = new URLSearchParams(location.search).get("only"), wanted = only ? only.split(",") : null;
    const built = ([id, build]) => {
      try {
        return build();
      } catch (error) {
        console.error(`${id}: ${error && error.stack || error}`);
        return element("section", { id }, element("h2", {}, nwedge.heading(id)), element("p", { class: "failure" }, "This section could not be built from the records."));
      }
    };
    return [...(alone ? [...own(studied), ...front] : [...front, ...own(studied)]), ...back].filter(([id]) => !wanted || wanted.includes(id)).map(built).filter(Boolean);
  }

  /** Builds the page's text; figures follow when they come into view, or at once with ?all or #all. */
  nwedge.build = () => {
    const sections = sectionsInOrder(), only = new URLSearchParams(location.search).has("only");
    document.getElementById("page").append(
      element("header", {}, element("div", {}, element("p", { class: "kicker" }, "Large-scale structure of loss landscapes"), element("h1", {}, data.title)), themeButton()),
      navigation(sections),
      element("main", {}, only || alone ? null : summary(), sections[0], alone && !only ? summary() : null, sections.slice(1),
        element("footer", {}, `Made by nwedge ${data.version}. The wedge model and its claims: S. Fort and S. Jastrzębski, Large Scale Structure of Neural Network Loss Landscapes, `,
          element("a", { href: "https://arxiv.org/abs/1906.04724" }, "arXiv 1906.04724"), ". Figures: Plotly.js, MIT licence.")));
    document.documentElement.classList.toggle("only", only);
    const row = new URLSearchParams(location.search).get("row");
    if (only && row !== null) document.querySelector("main").replaceChildren([...document.querySelectorAll(".row")].at(Number(row)));
  };

  nwedge.begin = () => {
    nwedge.watchAgain();
    if (location.hash === "#all" || new URLSearchParams(location.search).has("all")) return nwedge.drawAll();
    if (location.hash.length > 1) {
      const target = document.getElementById(location.hash.slice(1));
      if (target) target.scrollIntoView();
    }
    return undefined;
  };
})();
