"""Experiments of a user's own."""

from __future__ import annotations

import functools
import hashlib
import inspect
import math
import os
import re
import textwrap
import traceback
from collections.abc import Callable, Mapping
from typing import Any, overload

import numpy as np

from . import _core
from ._arrays import as_seed
from ._core import Error
from ._options import with_options
from ._progress import Progress, reporting
from .experiments import _as_optima, _require_landscape, _to_core
from .landscapes import Landscape
from .optima import Optimum, lazy_metrics
from .results import Result

Function = Callable[..., Mapping[str, Any]]

_GIVEN = ("seed", "progress")  # parameters that are no options
_TAKEN = ("kind", "name", "landscapes", "seeds", "for", "training")  # keys of a study, or of the call
_TYPES = {bool: "bool", int: "int", float: "float", str: "str"}


def _kebab(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _type_of(default: Any, annotation: Any) -> str | None:
    """Of an option: what its default is; the annotation says it of an empty list, and that a whole default is a float."""
    said = annotation.__name__ if isinstance(annotation, type) and not hasattr(annotation, "__args__") else str(annotation)
    said = said.replace("typing.", "").replace("Sequence", "list").replace("List", "list").replace("collections.abc.", "")
    if isinstance(default, (list, tuple)):
        if said in ("list[int]", "list[float]", "list[str]"):
            return said
        types = {_TYPES.get(type(entry)) for entry in default}
        if types == {"int", "float"}:
            return "list[float]"
        return f"list[{types.pop()}]" if len(types) == 1 and types <= {"int", "float", "str"} else None
    if type(default) is int and said == "float":
        return "float"
    return _TYPES.get(type(default))


def _options_of(function: Function, place: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The options, and which of `seed` and `progress` the function takes."""
    parameters = list(inspect.signature(function).parameters.values())
    first, rest = parameters[:2], parameters[2:]
    if len(first) < 2 or any(p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in first):
        raise Error(f"[{place}] its first two parameters must be the landscape and the list of optima: def f(land, optima, *, option=1)")
    options, given = [], []
    for parameter in rest:
        if parameter.name in _GIVEN:
            given.append(parameter.name)
            continue
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise Error(f"[{place}] its options must be named, {parameter} is not")
        if parameter.default is parameter.empty:
            raise Error(f"[{place}] the option {parameter.name} needs a default")
        if _kebab(parameter.name) in _TAKEN:
            raise Error(f"[{place}] no option may be called {parameter.name}: studies have a key of that name")
        kind = _type_of(parameter.default, parameter.annotation)
        if kind is None:
            raise Error(
                f"[{place}] the default of {parameter.name} must be a number, true or false, a text or a list of one of them "
                f"(of an empty one an annotation, list[int], says which), is {parameter.default!r}"
            )
        default = list(parameter.default) if isinstance(parameter.default, tuple) else parameter.default
        options.append({"name": _kebab(parameter.name), "parameter": parameter.name, "type": kind, "default": default})
    return options, given


def _source_version(function: Function, place: str) -> str:
    """Of the function's own text, without its decorators."""
    try:
        lines, _ = inspect.getsourcelines(function)
    except (OSError, TypeError):
        raise Error(f'[{place}] its source cannot be read here: say with version="1" which version of it results are of') from None
    text = textwrap.dedent("".join(lines)).rstrip()
    begin = re.search(r"^(async )?def |^[^@\s#]", text, re.MULTILINE)
    return "source " + hashlib.sha256(text[begin.start() if begin else 0 :].encode()).hexdigest()[:16]


_ARRAY_TYPES = {np.dtype(t) for t in (np.float32, np.float64, np.int64, np.int32, np.uint8)}


def _as_recorded(array: np.ndarray, name: str, place: str) -> np.ndarray:
    """In a type that records have."""
    if array.dtype not in _ARRAY_TYPES:
        kind, size = array.dtype.kind, array.dtype.itemsize
        wider = {"b": np.uint8, "i": np.int64 if size > 4 else np.int32, "u": np.int64, "f": np.float32 if size < 4 else np.float64}
        if kind not in wider or (kind == "u" and array.size and array.max() > np.iinfo(np.int64).max):
            raise Error(f"[{place}] the array {name} must hold numbers, holds {array.dtype}")
        array = array.astype(wider[kind])
    return np.ascontiguousarray(array)


def _to_record(given: Any, place: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What a function gave as numbers and arrays. Numbers that are not finite become None, as in every record."""
    arrays: dict[str, np.ndarray] = {}

    def walk(value: Any, name: str, listed: bool) -> Any:
        if value is None or isinstance(value, (bool, int, str)):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if isinstance(value, Mapping):
            return members(value, f"{name}.", listed)
        if isinstance(value, (list, tuple)):
            return [walk(entry, f"{name}[{i}]", True) for i, entry in enumerate(value)]
        if hasattr(value, "detach"):  # of PyTorch, perhaps on another device
            value = value.detach().cpu()
        if hasattr(value, "__array__") or hasattr(value, "__dlpack__"):
            array = np.asarray(value) if hasattr(value, "__array__") else np.from_dlpack(value)
            if array.ndim == 0 or listed:
                return walk(array.tolist(), name, listed)
            if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", name):
                raise Error(f'[{place}] the name of an array must be letters, digits, ".", "-" and "_", is {name!r}')
            arrays[name] = _as_recorded(array, name, place)
            return _ARRAY
        raise Error(f"[{place}] {name} must be a number, a text, an array, or a dict or list of them, is a {type(value).__name__}")

    def members(mapping: Mapping[Any, Any], prefix: str, listed: bool) -> dict[str, Any]:
        kept = {}
        for key, value in mapping.items():
            if not isinstance(key, str):
                raise Error(f"[{place}] the names of what it returns must be texts, one is {key!r}")
            walked = walk(value, prefix + key, listed)
            if walked is not _ARRAY:
                kept[key] = walked
        return kept

    if not isinstance(given, Mapping):
        raise Error(f"[{place}] must return a dict of numbers and arrays, returned a {type(given).__name__}")
    return members(given, "", False), arrays


_ARRAY = object()  # a value that went to the arrays


def _one_line(problem: Exception) -> str:
    """An exception of a function in a study: what it says and the line that raised it."""
    text = str(problem) if isinstance(problem, Error) else traceback.format_exception_only(problem)[-1].strip()
    frames = traceback.extract_tb(problem.__traceback__)
    where = next((f for f in reversed(frames) if "/nwedge/" not in f.filename and not f.filename.startswith("<frozen")), None)
    return text if where is None else f"{text} ({os.path.basename(where.filename)}:{where.lineno})"


class _Definition:
    def __init__(self, function: Function, name: str | None, title: str | None, version: str | None, each_optimum: bool):
        self.function = function
        if not callable(function) or not hasattr(function, "__name__"):
            raise Error(f"[nwedge.experiment] must be given a function, is given a {type(function).__name__}")
        for what, text in (("name", name), ("title", title), ("version", version)):
            if text is not None and not (isinstance(text, str) and text):
                raise Error(f"[nwedge.experiment] {what} must be a text that is not empty, is {text!r}")
        self.name = _kebab(function.__name__) if name is None else name
        self.place = f"nwedge.experiment {self.name}"
        about = inspect.getdoc(function) or ""
        self.title = title or about.split("\n")[0].rstrip(".") or self.name.replace("-", " ").capitalize()
        self.options, self.given = _options_of(function, self.place)
        self.version = _source_version(function, self.place) if version is None else version
        self.each_optimum = each_optimum
        fields = ("name", "title", "version", "each_optimum", "options")
        _core.define_experiment({**{f: getattr(self, f) for f in fields}, "study_call": self.study_call}, self.place)

    def call(self, land: Landscape, optima: list[Optimum], options: dict[str, Any], seed: int, progress: Callable[[float], Any]) -> Any:
        given = {"seed": seed, "progress": progress}
        return self.function(land, optima, **options, **{name: given[name] for name in self.given})

    def study_call(
        self, core: Any, found: list[dict[str, Any]], training: dict[str, Any] | None, options: dict[str, Any], seed: int, progress: Any
    ) -> tuple[Any, Any, str | None]:
        """What C++ calls in a study."""
        try:
            land = Landscape(core)
            optima = [Optimum(metrics=lazy_metrics(land, one["point"]), training=training or {}, **one) for one in found]
            return *_to_record(self.call(land, optima, options, seed, progress), self.name), None
        except Exception as problem:
            return None, None, _one_line(problem)


def _as_optimum(point: Optimum | np.ndarray, seed: int, land: Landscape) -> Optimum:
    if isinstance(point, Optimum):
        return point
    return Optimum(
        point=point, initial=None, trajectory=None, trajectory_steps=None, batch_losses=None, seed=seed, training={},
        metrics=lazy_metrics(land, point),
    )  # fmt: skip


@overload
def experiment(function: Function, /) -> Callable[..., Result]: ...
@overload
def experiment(
    *, name: str | None = None, title: str | None = None, version: str | None = None, each_optimum: bool = False
) -> Callable[[Function], Callable[..., Result]]: ...
def experiment(
    function: Function | None = None, /, *, name: str | None = None, title: str | None = None, version: str | None = None,
    each_optimum: bool = False,
) -> Any:  # fmt: skip
    """Makes an experiment of a function: a call gives a `Result`, and studies that run through `nwedge.study` may name it.

    The function gets the landscape, a list of `Optimum`, and its options: parameters with defaults, which are numbers,
    truth values, texts or lists of one of them. A parameter `seed` gets the experiment's seed, `progress` a function to be called with the
    fraction done. It returns a dict: NumPy arrays in it are the result's arrays, all else are its numbers.

    `name` (by default the function's, `_` written `-`) is its kind in studies, `title` its heading in reports, by default the first
    line of the docstring. `each_optimum`: a study runs it once for each optimum instead of once for all. A record counts for as long as
    `version` stays what it is; by default that is the text of the function.

    >>> @nwedge.experiment
    ... def norms(land, optima, *, order=2.0):
    ...     return {"norms": np.array([np.linalg.norm(o.point, order) for o in optima])}
    >>> norms(land, optima, order=1.0).arrays["norms"]
    """
    if function is None:
        return lambda given: _make(given, name, title, version, each_optimum)
    return _make(function, name, title, version, each_optimum)


def _make(function: Function, name: str | None, title: str | None, version: str | None, each_optimum: bool) -> Callable[..., Result]:
    definition = _Definition(function, name, title, version, each_optimum)

    @functools.wraps(function)
    def run(land: Landscape, optima: Any = None, *, seed: int | None = None, progress: Progress = None, **options: Any) -> Result:
        _require_landscape(land, definition.name)
        points = _as_optima(optima, definition.name, land.dimension)
        listed = [_as_optimum(point, index, land) for index, point in enumerate(points)]
        chosen = listed[0].seed if seed is None else as_seed(seed, definition.name)
        ways = [optimum.training for optimum in listed]
        training = ways[0] if all(way == ways[0] for way in ways) else {}

        def call(arguments: dict[str, Any], report: Callable[[float], Any]) -> tuple[Any, Any]:
            return _to_record(definition.call(land, listed, arguments, chosen, report), definition.name)

        trained = all(optimum.initial is not None for optimum in listed)
        given = [_to_core(optimum, index) for index, optimum in enumerate(listed)]
        with reporting(progress, definition.title) as report:
            return Result(_core.run_experiment(land._core, definition.name, options, given, trained, training, chosen, report, call))

    del run.__wrapped__  # its signature is not this one's
    return with_options(_core.experiment_options(definition.name))(run)
