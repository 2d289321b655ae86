// The top of the page: title, summary, table of claims, the landscapes; and its end: where the numbers come from.
"use strict";
(() => {
  const { element, data } = nwedge;
  const verdictNames = ["reproduced", "not reproduced", "inconclusive"];

  function summary() {
    const experiments = new Set(data.cells.map(cell => cell.experiment).filter(name => name !== "train"));
    const seeds = nwedge.seedList(data.cells.flatMap(cell => cell.seeds));
    const failed = data.cells.filter(cell => cell.failed).length;
    const measured = data.claims.filter(claim => claim.findings.length);
    const said = verdictNames.map(verdict => [verdict, measured.filter(claim => claim.verdict === verdict).length]).filter(([, count]) => count)
      .map(([verdict, count]) => `${count} ${count === 1 ? "is" : "are"} ${verdict}`);
    return element("p", { class: "summary" },
      `The wedge model says that the low-loss set of a neural network is made of high-dimensional wedges that cross. `,
      `This study ran ${nwedge.count(experiments.size, "experiment")} on ${nwedge.list(data.landscapes.map(landscape => landscape.inText))} `,
      `(seeds ${seeds || "none"}), each written once and run on the explicit model and on trained networks alike. `,
      measured.length ? `Of the ${nwedge.count(measured.length, "claim")} that it bears on, ${nwedge.list(said)}; each verdict is computed from the records by the criterion stated with it.` : "",
      failed ? ` ${nwedge.count(failed, "cell")} failed and ${failed === 1 ? "is" : "are"} shown with the reason.` : "",
      data.missing.length ? ` ${nwedge.count(data.missing.length, "cell")} ${data.missing.length === 1 ? "is" : "are"} not computed yet.` : "");
  }

  function tally() {
    return element("p", { class: "tally" }, verdictNames.map(verdict => {
      const count = data.claims.filter(claim => claim.verdict === verdict).length;
      return count ? element("span", {}, nwedge.chip(verdict), ` ${count}`) : null;
    }));
  }

  const measurements = (findings, empty) => findings.length ? findings.map(finding => element("div", { class: "measurement" },
    nwedge.chip(finding.verdict), " ", element("span", {}, nwedge.tidy(finding.measurement || finding.reason)))) : element("span", { class: "none" }, empty);

  function details(claim) {
    const item = finding => element("li", {}, nwedge.landscapeName(nwedge.landscape(finding.landscape)), " ", nwedge.chip(finding.verdict),
      nwedge.properties(Object.fromEntries([["criterion", finding.criterion], ["prediction", finding.prediction],
        ["measured", finding.measurement], ["reason", finding.reason]].filter(([, text]) => text).map(([name, text]) => [name, nwedge.tidy(text)]))),
      finding.experiment ? element("a", { href: `#${finding.experiment}` }, `figures: ${nwedge.experimentTitle(finding.experiment)}`) : null);
    const stated = claim.summary ? [claim.summary.criterion] : [...new Set(claim.findings.map(finding => finding.criterion).filter(Boolean))];
    const links = [...new Set(claim.findings.map(finding => finding.experiment).filter(Boolean))];
    const figures = claim.summary ? element("p", { class: "stated" }, "Figures: ", links.flatMap((name, i) => [i ? " · " : "", element("a", { href: `#${name}` }, nwedge.experimentTitle(name))])) : null;
    return [...stated.map(text => element("p", { class: "stated" }, `Criterion: ${nwedge.tidy(text)}.`)), figures,
      element("details", { class: "criteria print" }, element("summary", {}, "Each finding"), element("ul", {}, claim.findings.map(item)))];
  }

  nwedge.experimentTitle = name => (data.experiments.find(experiment => experiment.name === name) || { title: name }).title;

  /** What the model predicts for a claim; a prediction for one network says for which. */
  function predictionsOf(claim) {
    if (claim.summary) return [claim.summary.prediction];
    const said = new Map();
    for (const finding of claim.findings.filter(one => one.prediction))
      said.set(finding.prediction, [...(said.get(finding.prediction) || []), nwedge.landscape(finding.landscape)]);
    return [...said].map(([text, landscapes]) => landscapes.length === 1 && landscapes[0].kind !== "wedge" ? `${landscapes[0].label}: ${text}` : text);
  }

  function claimRows(claim) {
    const predictions = predictionsOf(claim);
    const links = [...new Set(claim.findings.map(finding => finding.experiment).filter(Boolean))];
    const shown = landscape => {
      const brief = claim.summary && claim.summary.landscapes[landscape.name];
      return brief ? [brief] : claim.findings.filter(finding => finding.landscape === landscape.name);
    };
    const cell = (label, ...children) => element("td", { "data-label": label }, ...children);
    const row = element("tr", { class: `claim${claim.findings.length ? "" : " bare"}`, id: `claim-${claim.key}` },
      element("th", { scope: "row" }, element("span", { class: "key" }, nwedge.heading(claim.key)), claim.title,
        element("p", {}, claim.statement)),
      cell("Prediction of the model", predictions.length ? predictions.map(text => element("div", { class: "prediction" }, nwedge.tidy(text))) : element("span", { class: "none" }, "none")),
      data.landscapes.map(landscape => cell(landscape.label,
        measurements(shown(landscape), claim.summary ? "about the model alone" : "not measured"))),
      cell("Verdict", nwedge.chip(claim.verdict), claim.findings.length ? null : element("div", { class: "none" }, "no experiment of this study bears on it"),
        element("div", { class: "links" },
          claim.summary ? null : links.map(name => element("a", { href: `#${name}` }, nwedge.experimentTitle(name))))));
    if (!claim.findings.length) return [row];
    return [row, element("tr", { class: "criteria-row" }, element("td", { colspan: data.landscapes.length + 3 }, ...details(claim).filter(Boolean)))];
  }

  function claimsTable() {
    const titles = ["Claim", "Prediction of the model", ...data.landscapes.map(landscape => nwedge.landscapeName(landscape)), "Verdict"];
    return element("section", { id: "claims" }, element("h2", {}, "Claims"), tally(),
      element("table", { class: "claims" }, element("thead", {}, element("tr", {}, titles.map(title => element("th", { scope: "col" }, title)))),
        element("tbody", {}, data.claims.flatMap(claimRows))));
  }

  /** What of a landscape's options tells one from another at a glance. */
  function essentials(landscape) {
    const { options = {}, examples = {} } = landscape;
    const shown = { "dimension D": landscape.dimension };
    if (landscape.kind === "wedge")
      Object.assign(shown, { "wedges K": options.wedges, "short directions s": options["short-directions"], frames: options.frames,
        "half-width ε": options["half-width"], "opening κ": options.opening, "gradient noise": options["gradient-noise"] || undefined });
    else Object.assign(shown, { model: options.model, activation: options.activation, dropout: options.dropout || undefined, data: options.data,
      "training examples": examples.train, "test examples": examples.test });
    return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined));
  }

  /** The training options in words. */
  nwedge.trainingText = training => {
    if (!training) return "";
    const decay = training["weight-decay"] ? `, L2 ${nwedge.format(training["weight-decay"])}` : "";
    const length = training.epochs ? nwedge.count(training.epochs, "epoch") : nwedge.count(training.steps, "step");
    return `${training.method === "sgd" ? "SGD" : "Adam"}, learning rate ${nwedge.format(training["learning-rate"])} (${training.schedule})` +
      `, momentum ${nwedge.format(training.momentum)}${decay}, batches of ${nwedge.format(training["batch-size"])}, ${length}`;
  };

  function landscapes() {
    if (!data.landscapes.length) return null;
    const card = landscape => element("div", { class: "card" }, nwedge.landscapeName(landscape),
      nwedge.properties({ ...essentials(landscape), training: nwedge.trainingText(landscape.training) || "none: the weights were given" }),
      element("details", { class: "more" }, element("summary", {}, "All options"), nwedge.properties(landscape.options), nwedge.properties(landscape.training)));
    return element("section", { id: "landscapes" }, element("h2", {}, "Landscapes"), element("div", { class: "cards" }, data.landscapes.map(card)));
  }

  function cellTable() {
    const line = cell => element("tr", { class: cell.failed ? "failed" : null }, [cell.id, nwedge.experimentTitle(cell.experiment), cell.landscape,
      nwedge.seedList(cell.seeds), nwedge.duration(cell.seconds), cell.failed ? cell.failure : "finished"].map(text => element("td", {}, text)));
    const titles = ["cell", "experiment", "landscape", "seeds", "duration", "state"];
    return element("details", { class: "more print" }, element("summary", {}, `All ${nwedge.count(data.cells.length, "cell")}`),
      element("div", { class: "scroll" }, element("table", { class: "numbers left" }, element("thead", {}, element("tr", {}, titles.map(title =>
        element("th", { scope: "col" }, title)))), element("tbody", {}, data.cells.map(line)))));
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
      element("p", {}, "This page was made from the records of the run alone. They hold every array whole; the figures here are drawn from at most ",
        `${nwedge.format(data.drawing.axis_limit)} values along each axis. A cell is one experiment on one landscape; its record states its options, seeds and versions.`),
      nwedge.properties(origins()), gaps, cellTable(),
      data.study ? element("details", { class: "more" }, element("summary", {}, `Study file ${data.study.name}`), element("pre", {}, data.study.text)) : null);
  }

  function navigation() {
    const verdictOf = name => {
      const verdicts = data.claims.flatMap(claim => claim.findings).filter(finding => finding.experiment === name).map(finding => finding.verdict);
      return verdicts.includes("not reproduced") ? "not-reproduced" : verdicts.includes("inconclusive") ? "inconclusive" : verdicts.length ? "reproduced" : "none";
    };
    const link = (target, title, mark) => element("li", {}, element("a", { href: `#${target}` }, element("span", { class: `dot ${mark || "none"}` }), title));
    return element("nav", { "aria-label": "Sections" }, element("details", { class: "contents", open: window.innerWidth > 1100 },
      element("summary", {}, "Contents"), element("ul", {}, link("claims", "Claims"), data.wedge_figure ? link("wedge-model", "The wedge model") : null, link("landscapes", "Landscapes"),
        data.experiments.map(experiment => link(experiment.name, experiment.title, verdictOf(experiment.name))), link("provenance", "Where the numbers come from"))));
  }

  function themeButton() {
    return element("button", { class: "theme", type: "button", title: "Switch between light and dark", "aria-label": "Switch between light and dark",
      onclick: () => { document.documentElement.dataset.theme = nwedge.isDark() ? "light" : "dark"; nwedge.retheme(); } }, "◐");
  }

  /** Builds the page's text; figures follow when they come into view, or at once with ?all or #all. */
  nwedge.build = () => {
    document.getElementById("page").append(
      element("header", {}, element("div", {}, element("p", { class: "kicker" }, "Large-scale structure of loss landscapes"), element("h1", {}, data.title)), themeButton()),
      navigation(),
      element("main", {}, summary(), claimsTable(), nwedge.wedgeSection ? nwedge.wedgeSection() : null, landscapes(), data.experiments.map(nwedge.experimentSection), provenance(),
        element("footer", {}, `Made by nwedge ${data.version}. The wedge model and its claims: S. Fort and S. Jastrzębski, Large Scale Structure of Neural Network Loss Landscapes, `,
          element("a", { href: "https://arxiv.org/abs/1906.04724" }, "arXiv 1906.04724"), ". Figures: Plotly.js, MIT licence.")));
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
