"""Public names, as a user would type them."""

from typing import Any

import numpy as np
import numpy.typing as npt

import nwedge


@nwedge.experiment
def shrinking(land: nwedge.Landscape, optima: list[nwedge.Optimum], *, factors: list[float] = [0.5, 1.0]) -> dict[str, object]:
    points = np.stack([factor * optimum.point for optimum in optima for factor in factors])
    return {"losses": land.evaluate_many(points).loss}


@nwedge.experiment(version="1", each_optimum=True)
def counting(land: nwedge.Landscape, optima: list[nwedge.Optimum]) -> dict[str, object]:
    return {"count": len(optima)}


def loss_and_gradient(theta: npt.NDArray[np.float32]) -> tuple[float, npt.NDArray[np.float32]]:
    return float(theta @ theta), 2 * theta


land: nwedge.Landscape = nwedge.wedge_model(dimension=60, wedges=3, short_directions=6)
own: nwedge.Landscape = nwedge.landscape(loss_and_gradient, initial=np.ones(4), name="bowl")
net: nwedge.Landscape = nwedge.network("mlp:4", data="fashion-mnist", train_examples=100)
optima: list[nwedge.Optimum] = [nwedge.train(land, seed=seed, steps=100) for seed in range(2)]
plane: nwedge.Result = nwedge.section(land, optima[0], grid=[5, 5])
losses: npt.NDArray[np.generic] = plane.arrays["loss-train"]
loss, gradient = land.gradient(optima[0])
metrics: nwedge.Metrics = land.evaluate(optima[0], split="train")
curvature: nwedge.Curvature = land.curvature(optima[0].point)
product = curvature @ gradient
small = land.restrict(optima[0].point, np.eye(2, 60))
findings: list[nwedge.Finding] = nwedge.tunnel(land, optima).findings
verdicts: list[str] = [finding.verdict for finding in findings]
mine: nwedge.Result = shrinking(land, optima, factors=[0.1])
page = mine.report("page.html").name.upper()
for figure in plane.plot():
    figure.show()
run: nwedge.Run = nwedge.load(mine.save("run"))
again: nwedge.Run = nwedge.study("a.toml", output="run", resume=True, progress=lambda fraction: None)
model: Any = None
module_land: nwedge.Landscape = nwedge.torch.landscape(model, lambda output, y: output, train=(None, None))
count: int = nwedge.threads()
nwedge.set_threads(count)
missing: list[str] = run.missing
try:
    run["x"].numbers["pairs"]
except nwedge.Error as problem:
    print(problem.args)
print(nwedge.__version__.split("."), small.dimension + 1)
