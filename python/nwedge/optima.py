"""Where trainings end."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ._arrays import as_point, as_seed
from ._core import Error
from .landscapes import Landscape, Metrics


@dataclasses.dataclass(frozen=True, eq=False)
class Optimum:
    """Where a training began, went and ended. It may stand wherever a point may."""

    point: np.ndarray  #: [D], the last one
    initial: np.ndarray | None  #: [D]; None of weights that nothing trained
    trajectory: np.ndarray | None  #: [n, D], from the initial point to the last, where `record_points` asked for it
    trajectory_steps: np.ndarray | None  #: [n], steps taken there
    batch_losses: np.ndarray | None  #: [steps], the minibatch's loss before each step
    metrics: Mapping[str, Metrics]  #: by split
    seed: int
    training: dict[str, Any]  #: all options of `train`; empty where they are not known

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.point.astype(dtype or self.point.dtype, copy=bool(copy))

    def __repr__(self) -> str:
        losses = ", ".join(f"{split} loss {m.loss:.4g}" for split, m in self.metrics.items())
        return f"<Optimum D = {self.point.size:,}, seed {self.seed}, {losses}>"


class lazy_metrics(Mapping[str, Metrics]):
    """Those of a point by split, evaluated when they are asked for."""

    def __init__(self, land: Landscape, point: np.ndarray):
        self._land, self._point = land, point
        self._found: dict[str, Metrics] = {}

    def __getitem__(self, split: str) -> Metrics:
        if split not in list(self):
            raise KeyError(split)
        if split not in self._found:
            self._found[split] = self._land.evaluate(self._point, split)
        return self._found[split]

    def __iter__(self) -> Iterator[str]:
        return iter(["train", "test"] if self._land.examples("test") > 0 else ["train"])

    def __len__(self) -> int:
        return len(list(iter(self)))


def trajectory(land: Landscape, points: Any, *, steps: Sequence[int] | None = None, seed: int = 0) -> Optimum:
    """Where a training went that nwedge did not do: snapshots [n, D] or a list of points, the last of which is its optimum.

    `steps`: how many had been taken at each, ascending; by default 0, 1, 2, …. Experiments take it as an optimum of `nwedge.train`; those
    that train again need `training=dict(…)`.
    """
    place = "nwedge.trajectory"
    if not isinstance(land, Landscape):
        raise Error(f"[{place}] the first argument must be a landscape, is a {type(land).__name__}")
    listed = [as_point(point, land.dimension, place, "a snapshot") for point in points]
    if len(listed) < 2:
        raise Error(f"[{place}] needs at least 2 snapshots, has {len(listed)}")
    taken = np.arange(len(listed), dtype=np.int64) if steps is None else np.asarray(steps)
    if taken.shape != (len(listed),) or taken.dtype.kind not in "iu" or (np.diff(taken) <= 0).any() or taken[0] < 0:
        raise Error(f"[{place}] steps must be {len(listed)} whole numbers that grow, one for each snapshot, are {taken.tolist()}")
    return Optimum(
        point=listed[-1], initial=listed[0], trajectory=np.stack(listed), trajectory_steps=taken.astype(np.int64), batch_losses=None,
        metrics=lazy_metrics(land, listed[-1]), seed=as_seed(seed, place), training={},
    )  # fmt: skip
