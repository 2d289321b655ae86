"""Where trainings end."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from .landscapes import Metrics


@dataclasses.dataclass(frozen=True, eq=False)
class Optimum:
    """Where a training began, went and ended. It may stand wherever a point may."""

    point: np.ndarray  #: [D], the last one
    initial: np.ndarray  #: [D]
    trajectory: np.ndarray | None  #: [n, D], from the initial point to the last, where `record_points` asked for it
    trajectory_steps: np.ndarray | None  #: [n], steps taken there
    batch_losses: np.ndarray  #: [steps], the minibatch's loss before each step
    metrics: dict[str, Metrics]  #: by split
    seed: int
    training: dict[str, Any]  #: all options of `train`

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.point.astype(dtype or self.point.dtype, copy=bool(copy))

    def __repr__(self) -> str:
        losses = ", ".join(f"{split} loss {m.loss:.4g}" for split, m in self.metrics.items())
        return f"<Optimum D = {self.point.size:,}, seed {self.seed}, {losses}>"
