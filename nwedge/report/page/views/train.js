// The optima that everything else starts from.
"use strict";
nwedge.view("train", {
  draw(section, records) {
    const accuracy = cell => cell.result.optimum.test && Number.isFinite(cell.result.optimum.test.accuracy) ? cell.result.optimum.test.accuracy : NaN;
    const given = landscape => landscape.records.some(cell => cell.result.weights), trained = records.only(landscape => !given(landscape));
    section.story({
      done: [...trained.landscapes.map(landscape => `${landscape.label}: ${nwedge.trainingText(landscape.training)}`), ...records.only(given).landscapes.map(landscape =>
        `${landscape.label}: read from files, not trained here`)].join("; ") + "."
    });
    section.sideBySide(trained, (column, landscape) => column.lines({
      title: "minibatch loss", x: { title: "step" }, y: { title: nwedge.lossTitle(landscape, "minibatch"), log: true }, mean: false,
      runs: landscape.records.map(cell => ({ seed: cell.seed, ...nwedge.smoothed(cell.values("batch-losses"), cell.packed["batch-losses"].whole[0]) }))
    }));
    const rows = records.landscapes.map(landscape => {
      const over = (read, write) => nwedge.spread(landscape.records.map(cell => read(cell.result)), write);
      const networks = landscape.records.some(cell => Number.isFinite(accuracy(cell)));
      return [nwedge.landscapeName(landscape), landscape.records.length, given(landscape) ? null : over(r => r.steps), given(landscape) ? null : over(r => r.initial.train.loss), over(r => r.optimum.train.loss),
        networks ? over(r => r.optimum.test.loss) : null, networks ? over(r => r.optimum.train.accuracy, nwedge.percent) : null,
        networks ? over(r => r.optimum.test.accuracy, nwedge.percent) : null, given(landscape) ? null : over(r => r["initial-norm"]), given(landscape) ? null : over(r => r.distance), over(r => r["optimum-norm"])];
    });
    section.table({ columns: [{ title: "landscape", text: true }, "seeds", "steps", "loss at the initial point", "training loss", "test loss", "training accuracy",
      "test accuracy", "‖initial point‖", "distance travelled", "‖optimum‖"], rows });
    section.caption(records, trained.landscapes.length ? "Curves: one a seed, a running mean over a fiftieth of the steps." : "", "Numbers: mean ± standard deviation over seeds; losses in nats on networks.");
  }
});
