"""Large-scale structure of loss landscapes, on the n-wedge model, on networks, on any function of yours.

Points of weight space are float32 arrays of shape [D]. A landscape gives losses, gradients and curvature; every
experiment is a function of a landscape and of optima on it, and runs in C++:

>>> import nwedge
>>> land = nwedge.wedge_model(dimension=1000, wedges=20, short_directions=50)
>>> optima = [nwedge.train(land, seed=seed, steps=300) for seed in range(3)]
>>> tunnel = nwedge.tunnel(land, optima)
>>> tunnel.numbers, tunnel.findings, tunnel.report("tunnel.html")
"""

import atexit as _atexit
import importlib as _importlib
import typing as _typing

from . import _core
from ._core import Error
from ._serve import serve
from .advice import Advice, advise
from .experiments import *  # noqa: F403
from .experiments import __all__ as _experiments
from .landscapes import Curvature, Landscape, Metrics, landscape, network, wedge_model
from .optima import Optimum, trajectory
from .own import experiment
from .results import Finding, Result, Run, load, study

__version__ = _core.version()
__all__ = [
    "Advice", "Curvature", "Error", "Finding", "Landscape", "Metrics", "Optimum", "Result", "Run", "advise", "experiment", "landscape", "load", "network",
    "serve", "set_threads", "study", "threads", "trajectory", "wedge_model", *_experiments,
]  # fmt: skip

_atexit.register(_core.finish_jobs)


def threads() -> int:
    """The number of threads that C++ uses; by default one per processor that this process may run on."""
    return _core.thread_count()


def set_threads(count: int) -> None:
    """Sets the number of threads; results do not depend on it. Not to be called while an experiment runs."""
    _core.set_thread_count(count)


if _typing.TYPE_CHECKING:
    from . import jax as jax
    from . import torch as torch
else:

    def __getattr__(name: str):  # the optional parts are imported when they are used
        if name in ("torch", "jax"):
            return _importlib.import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
