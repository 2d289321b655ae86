// The optima that everything else starts from.
"use strict";
nwedge.view("train", {
  draw(section, records) {
    const accuracy = cell => cell.result.optimum.test && Number.isFinite(cell.result.optimum.test.accuracy) ? cell.result.optimum.test.accuracy : NaN;
    const found = landscape => {
      const losses = landscape.records.map(cell => cell.result.optimum.train.loss), tests = landscape.records.map(accuracy).filter(Number.isFinite);
      return `${landscape.inText}: training loss ${nwedge.spread(losses)}${tests.length ? `, test accuracy ${nwedge.spread(tests, nwedge.percent)}` : ""}`;
    };
    section.story({
      claimed: "None: these are the optima that the experiments below connect, cut and average.",
      done: `From the initial point of each seed, one training run on each landscape: ${nwedge.list(records.landscapes.map(landscape =>
        `${landscape.inText} with ${nwedge.trainingText(landscape.training)}`))}.`,
      found: nwedge.sentence(records.landscapes.map(found).join("; "))
    });
    section.sideBySide(records, (column, landscape) => column.lines({
      title: "loss of each minibatch before its step", x: { title: "step" }, y: { title: nwedge.lossTitle(landscape, "minibatch"), log: true }, mean: false,
      runs: landscape.records.map(cell => ({ seed: cell.seed, ...nwedge.smoothed(cell.values("batch-losses"), cell.packed["batch-losses"].whole[0]) }))
    }));
    const rows = records.landscapes.map(landscape => {
      const over = (read, write) => nwedge.spread(landscape.records.map(cell => read(cell.result)), write);
      const networks = landscape.records.some(cell => Number.isFinite(accuracy(cell)));
      return [nwedge.landscapeName(landscape), landscape.records.length, over(r => r.steps), over(r => r.initial.train.loss), over(r => r.optimum.train.loss),
        networks ? over(r => r.optimum.test.loss) : null, networks ? over(r => r.optimum.train.accuracy, nwedge.percent) : null,
        networks ? over(r => r.optimum.test.accuracy, nwedge.percent) : null, over(r => r["initial-norm"]), over(r => r.distance), over(r => r["optimum-norm"])];
    });
    section.table({ columns: [{ title: "landscape", text: true }, "seeds", "steps", "loss at the initial point", "training loss", "test loss", "training accuracy",
      "test accuracy", "‖initial point‖", "distance travelled", "‖optimum‖"], rows });
    section.caption(records, "Curves: one a seed, a running mean over one fiftieth of the steps. Numbers: mean ± standard deviation over seeds; losses in nats on networks, in the model's own units on the wedge model.");
  }
});
