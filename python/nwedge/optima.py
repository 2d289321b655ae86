"""Where trainings end."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

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
