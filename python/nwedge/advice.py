"""Which of several checkpoints should be averaged, which ensembled?"""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from . import _core
from ._core import Error
from ._options import with_options
from ._progress import Progress, reporting
from .experiments import _as_optima, _require_landscape
from .landscapes import Landscape
from .optima import Optimum
from .results import Result


class Advice(Result):
    """What `advise` gives: a `Result` whose first word is `recommendation`.

    `numbers` are those of `nwedge advise --json` with the plane that the page shows; `arrays` holds the averages,
    "points.average-1", … as `numbers["candidates"]` name them.
    """

    @property
    def recommendation(self) -> str:
        """One sentence: what to do, with its accuracy and interval."""
        return self.numbers["recommendation"]["sentence"]

    @property
    def action(self) -> str:
        """"keep", "average", "align-and-average" or "ensemble"."""
        return self.numbers["recommendation"]["action"]

    @property
    def wedges(self) -> list[list[int]]:
        """Checkpoints that lie in one n-wedge, by their places."""
        return self.numbers["wedges"]

    @property
    def notes(self) -> list[str]:
        """What there is to know, one line each."""
        return self.numbers["notes"]

    def weights(self, candidate: str | None = None) -> np.ndarray:
        """The point [D] of a candidate that is an average; by default of the one that is recommended."""
        name = candidate or self.numbers["recommendation"]["candidate"]
        for one in self.numbers["candidates"]:
            if one["name"] == name and one["weights"]:
                return self.arrays[f"points.{one['weights']}"]
        raise Error(f"[advise] there are no weights of \"{name}\": it is a checkpoint, an ensemble, or no candidate")

    def __repr__(self) -> str:
        return f"<Advice: {self.recommendation}>"


@with_options(_core.advice_options())
def advise(land: Landscape, checkpoints: Any, *, names: Sequence[str] | None = None, progress: Progress = None, **options: Any) -> Advice:
    """Which of these checkpoints of one classifier should be averaged, which ensembled?

    `checkpoints` [k, D], or a list of points and of what `nwedge.train` gives. Half of the test examples decide, the others
    judge. The landscape must know class probabilities: native networks do, PyTorch landscapes with the cross-entropy and
    test data, JAX landscapes and landscapes of functions that are given `predict`. Units are matched where they are known, of
    native networks. `names`: what the checkpoints are called, by default their places.
    """
    _require_landscape(land, "advise")
    rows = [one.point if isinstance(one, Optimum) else one for one in _as_optima(checkpoints, "advise", land.dimension)]
    called = [str(k) for k in range(len(rows))] if names is None else [str(name) for name in names]
    if len(called) != len(rows) or len(set(called)) != len(called):
        raise Error(f"[nwedge.advise] names must be {len(rows)} different ones, are {called}")
    predictor = land._predictor(rows[0]) if land._predictor is not None else None
    with reporting(progress, "advice") as report:
        return Advice(_core.advise(land._core, np.ascontiguousarray(np.stack(rows), np.float32), called, options, predictor, report))
