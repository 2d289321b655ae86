"""Training, and one function for each experiment of the registry (experiments.pyi, made by make_stubs.py, lists them)."""

from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np

from . import _core
from ._arrays import as_array, as_point, as_seed
from ._core import Error
from ._options import with_options
from ._progress import Progress, reporting
from .landscapes import Landscape, Metrics
from .optima import Optimum
from .results import Result


def _metrics(land: Landscape, point: np.ndarray) -> dict[str, Metrics]:
    splits = ["train"] + (["test"] if land.examples("test") > 0 else [])
    return {split: land.evaluate(point, split) for split in splits}


@with_options(_core.training_options())
def train(land: Landscape, *, seed: int = 0, start: Any = None, progress: Progress = None, **options: Any) -> Optimum:
    """Trains from the initial point of `seed`, or from `start` [D].

    `seed` also names the order of the examples and all noise: the same call gives the same bits on a native landscape.
    Without `epochs` and `steps`: 10 epochs, or 500 steps where the landscape has no examples.
    """
    _require_landscape(land, "train")
    if not options.get("epochs") and not options.get("steps"):
        options |= {"epochs": 10} if land.examples("train") > 0 else {"steps": 500}
    if start is not None:
        start = as_point(start, land.dimension, "nwedge.train", "start")
    seed = as_seed(seed, "nwedge.train")
    with reporting(progress, "training") as report:
        given = _core.train(land._core, options, seed, start, report)
    return Optimum(metrics=_metrics(land, given["point"]), **given)


def _require_landscape(land: Any, name: str) -> None:
    if not isinstance(land, Landscape):
        raise Error(f"[nwedge.{name}] the first argument must be a landscape, is a {type(land).__name__}")


def _as_optima(optima: Any, name: str, dimension: int) -> list[Optimum | np.ndarray]:
    if optima is None:
        raise Error(f"[nwedge.{name}] needs an optimum: what nwedge.train gives, or a point")
    if isinstance(optima, Optimum):
        return [optima]
    if isinstance(optima, (list, tuple)) and not all(np.isscalar(entry) for entry in optima):
        listed = list(optima)
    else:  # one point [D] or several [n, D]
        listed = list(np.atleast_2d(as_array(optima, f"nwedge.{name}", "the optima")))
    points = [entry if isinstance(entry, Optimum) else as_point(entry, dimension, f"nwedge.{name}", "an optimum") for entry in listed]
    if not points:
        raise Error(f"[nwedge.{name}] needs at least one optimum, has none")
    return points


def _to_core(optimum: Optimum | np.ndarray, index: int) -> dict[str, Any]:
    if isinstance(optimum, Optimum):
        fields = ("point", "initial", "trajectory", "trajectory_steps", "batch_losses", "seed")
        return {field: getattr(optimum, field) for field in fields}
    return {"point": optimum, "initial": None, "trajectory": None, "trajectory_steps": None, "batch_losses": None, "seed": index}


def _training_of(optima: Sequence[Optimum | np.ndarray], training: dict[str, Any] | None, name: str) -> dict[str, Any]:
    if training is not None:
        return training
    known = [optimum.training for optimum in optima if isinstance(optimum, Optimum)]
    if any(options != known[0] for options in known):
        raise Error(f"[nwedge.{name}] the optima were trained in different ways: say with training=dict(…) how to go on")
    return known[0] if known else {}


def _experiment(name: str, title: str, all_optima: bool) -> Callable[..., Result]:
    options = _core.experiment_options(name)
    python_name = name.replace("-", "_")

    def run(
        land: Landscape, optima: Any = None, *, seed: int | None = None, training: dict[str, Any] | None = None,
        progress: Progress = None, **options: Any,
    ) -> Result:  # fmt: skip
        _require_landscape(land, python_name)
        points = _as_optima(optima, python_name, land.dimension)
        trained = all(isinstance(point, Optimum) and point.initial is not None for point in points)
        given = [_to_core(point, index) for index, point in enumerate(points)]
        ways = _training_of(points, training, python_name)
        chosen = given[0]["seed"] if seed is None else as_seed(seed, f"nwedge.{python_name}")
        with reporting(progress, title) as report:
            return Result(_core.run_experiment(land._core, name, options, given, trained, ways, chosen, report))

    run.__name__ = run.__qualname__ = python_name
    run.__module__ = __name__
    run.__doc__ = f"""{title}.

`optima`: {"all optima together" if all_optima else "one optimum"}, as `nwedge.train` gives them or as points
[D]. `seed` names all that is random; by default it is that of the first optimum. `training`: how experiments that train again do
so, by default as the optima were."""
    return with_options(options)(run)


_functions = [_experiment(**one) for one in _core.experiments()]
for _function in _functions:
    globals()[_function.__name__] = _function
__all__ = ["train", *(function.__name__ for function in _functions)]
