// The table of claims: for each landscape what was predicted, what was measured and the verdict, and what the controls did.
"use strict";
(() => {
  const { element, data } = nwedge;
  const signs = { "reproduced": "✓", "not reproduced": "✗", "inconclusive": "?", "illustration": "○" };
  nwedge.verdictNames = Object.keys(signs);

  nwedge.chip = (verdict, words = ` ${verdict}`) => element("span", { class: `chip ${nwedge.anchor(verdict)}` },
    element("span", { "aria-hidden": "true" }, signs[verdict] || "?"), words);

  /** The claims that this study bears on. */
  nwedge.claims = data.claims.filter(claim => claim.findings.length);
  nwedge.experimentTitle = name => (data.experiments.find(experiment => experiment.name === name) || { title: name }).title;

  const isControl = finding => Boolean(finding.on_control || nwedge.landscape(finding.landscape).control);
  const figureLink = name => data.experiments.some(experiment => experiment.name === name)
    ? element("a", { href: `#${name}` }, nwedge.experimentTitle(name)) : nwedge.experimentTitle(name);

  /** [[key, members]…] in order of appearance. */
  function grouped(list, key) {
    const groups = new Map();
    for (const item of list) groups.set(key(item), [...(groups.get(key(item)) || []), item]);
    return [...groups];
  }

  const words = text => text ? nwedge.tidy(text) : "–";
  const cell = (label, ...children) => element("td", { "data-label": label }, ...children);

  const passes = control => !control.fails && control.verdict !== "inconclusive";
  const verdictOf = control => passes(control) ? element("span", { class: "control-passes" }, "passes: no evidence") : control.fails ? element("span", { class: "control-fails" }, "fails, as it must")
    : element("span", {}, "inconclusive");

  /** A landscape without the phenomenon, put to the same criterion. */
  const controlRow = control => element("tr", { class: "control" }, element("th", { scope: "row" }, nwedge.landscape(control.name).label),
    cell("Predicted", "must fail"), cell("Measured", words(control.measurement)), cell("Verdict", verdictOf(control)));

  /** What a claim was put to besides: the controls of its findings, and every control landscape. */
  function controlsOf(claim) {
    const listed = claim.controls || claim.findings.flatMap(finding => finding.controls || []);
    const own = claim.findings.filter(finding => isControl(finding) && !listed.some(control => control.name === finding.landscape));
    return [...listed, ...own.map(finding => ({ name: finding.landscape, measurement: finding.measurement || finding.reason, verdict: finding.verdict, fails: finding.verdict === "not reproduced" }))];
  }

  function findingRow(finding, name = nwedge.landscapeName(nwedge.landscape(finding.landscape))) {
    return element("tr", {}, element("th", { scope: "row" }, name), cell("Predicted", words(finding.prediction)),
      cell("Measured", words(finding.measurement), finding.reason ? element("span", { class: "reason" }, ` ${nwedge.tidy(finding.reason)}`) : null), cell("Verdict", nwedge.chip(finding.verdict)));
  }

  /** One line that says of each control whether it fails, as it must; what was measured on request. */
  function controlRows(claim) {
    const controls = controlsOf(claim);
    if (!controls.length) return [];
    const named = controls.flatMap((control, i) => [i ? ", " : " ", nwedge.landscape(control.name).label, " ", verdictOf(control)]);
    return [element("tr", { class: "criterion-row" }, element("td", { colspan: 4 }, element("details", { class: "print", open: controls.some(control => passes(control)) },
      element("summary", {}, nwedge.count(controls.length, "control").replace(/^\S+ c/, "C"), ":", named), table([element("tbody", {}, controls.map(controlRow))], "Control", `Controls: ${claim.title}`))))];
  }

  /** Findings of one experiment by one criterion: a line that leads to the figures, and the landscapes. */
  function criterionRows([, findings]) {
    const [{ experiment, criterion }] = findings, nulls = [...new Set(findings.map(finding => finding.null).filter(Boolean))];
    const text = [criterion, ...nulls.map(none => `Without the phenomenon: ${none}`)].filter(Boolean).map(line => nwedge.sentence(nwedge.tidy(line))).join(" ");
    return [element("tr", { class: "criterion-row" }, element("td", { colspan: 4 }, experiment ? element("span", { class: "figures" }, "Figures: ", figureLink(experiment)) : null,
      text ? element("details", { class: "print" }, element("summary", {}, "Criterion"), element("p", {}, text)) : null)), ...findings.map(finding => findingRow(finding))];
  }

  /** The claim about the model itself: one line for each model, its closed forms on request. */
  function summaryRows(claim) {
    const { landscapes } = claim.summary, forms = name => claim.findings.filter(finding => finding.landscape === name && finding.experiment);
    const rows = name => forms(name).map(finding => findingRow(finding, figureLink(finding.experiment)));
    const inOrder = data.landscapes.map(landscape => landscape.name).filter(name => landscapes[name]).map(name => [name, landscapes[name]]);
    return inOrder.flatMap(([name, brief]) => [
      element("tr", {}, element("th", { scope: "row" }, nwedge.landscapeName(nwedge.landscape(name))), cell("Predicted", "the closed forms below"),
        cell("Measured", words(brief.measurement)), cell("Verdict", nwedge.chip(brief.verdict))),
      element("tr", { class: "criterion-row" }, element("td", { colspan: 4 }, element("details", { class: "print" },
        element("summary", {}, nwedge.count(forms(name).length, "closed form"), " beside what was measured"), table([element("tbody", {}, rows(name))], "Figures", `Closed forms: ${nwedge.landscape(name).label}`))))]);
  }

  const table = (bodies, first, label) => element("table", { class: "claims", "aria-label": label }, element("colgroup", {}, ["first", "second", "third", "last"].map(name => element("col", { class: name }))),
    element("thead", {}, element("tr", {}, [first, "Predicted", "Measured", "Verdict"].map(title => element("th", { scope: "col" }, title)))), bodies);

  function claimBody(claim) {
    const head = element("tr", { class: "claim", id: `claim-${claim.key}` }, element("th", { colspan: 4, scope: "rowgroup" },
      element("span", { class: "claim-title" }, element("strong", {}, claim.title), " ", nwedge.chip(claim.verdict)), element("span", { class: "statement" }, claim.statement, claim.reason ? ` ${nwedge.sentence(nwedge.tidy(claim.reason))}` : "")));
    const place = finding => data.landscapes.findIndex(landscape => landscape.name === finding.landscape);
    const judged = grouped(claim.findings.filter(finding => !isControl(finding)), finding => JSON.stringify([finding.experiment, finding.criterion]));
    for (const [, findings] of judged) findings.sort((a, b) => place(a) - place(b));
    return element("tbody", {}, head, claim.summary ? summaryRows(claim) : judged.flatMap(criterionRows),
      claim.summary ? [] : controlRows(claim));
  }

  nwedge.claimsSection = () => nwedge.claims.length ? element("section", { id: "claims" }, element("h2", {}, nwedge.claims.length > 1 ? "Claims" : "Claim"),
    table(nwedge.claims.map(claimBody), "Landscape", "Claims")) : null;

  /** One line above an experiment's figures: the claims that they bear on, with a sign for each landscape. */
  nwedge.claimLine = experiment => {
    const groups = grouped(nwedge.claims.filter(claim => !claim.summary).flatMap(claim => claim.findings.map(finding => ({ ...finding, title: claim.title, key: claim.key }))
      .filter(finding => finding.experiment === experiment && !isControl(finding))), finding => finding.key);
    const worst = findings => ["not reproduced", "inconclusive", "illustration", "reproduced"].find(verdict => findings.some(finding => finding.verdict === verdict));
    const line = ([key, findings]) => element("p", { class: "claim-line" }, element("a", { href: `#claim-${key}` }, findings[0].title), ": ",
      grouped(findings, finding => finding.landscape).map(([name, own]) => element("span", { class: "of" }, nwedge.landscape(name).label, " ", nwedge.chip(worst(own)))));
    return groups.length ? element("div", { class: "claim-lines" }, groups.map(line)) : null;
  };
})();
