"""A landscape as a program of its own, for `nwedge … --landscape command:"python mine.py"` (docs/landscape-protocol.md)."""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any, BinaryIO, Callable

import numpy as np

from ._core import Error
from .landscapes import Landscape

_PROTOCOL = 1
_FLOAT, _DOUBLE = np.dtype("<f4"), np.dtype("<f8")

Arrays = list[np.ndarray]


def serve(land: Landscape) -> None:
    """Answers the program `nwedge` until it ends: the last line of a script that `--landscape command:"python mine.py"` starts.

    From here on what is printed goes to standard error, as standard output belongs to the answers. What a function
    raises ends the experiment with its last line; the traceback is printed.
    """
    if not isinstance(land, Landscape):
        raise Error(f"[nwedge.serve] needs a landscape, is a {type(land).__name__}")
    if os.isatty(0):
        raise Error('[nwedge.serve] answers the program: nwedge spectrum --landscape command:"python ' + f'{os.path.basename(sys.argv[0])}"')
    sys.stdout.flush()
    with os.fdopen(os.dup(0), "rb") as calls, os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)  # who reads it would take calls away
        os.close(nothing)
        try:
            _Server(land).run(calls, answers)
        except BrokenPipeError:  # the program has gone; nothing is left to be flushed
            os.dup2(os.open(os.devnull, os.O_WRONLY), answers.fileno())


class _Server:
    def __init__(self, land: Landscape):
        self.land = land
        self.products: dict[int, Callable[[np.ndarray], np.ndarray]] = {}

    def run(self, calls: BinaryIO, answers: BinaryIO) -> None:
        for line in iter(calls.readline, b""):
            call = json.loads(line)
            values = np.frombuffer(calls.read(call["bytes"]), _FLOAT)
            if call["call"] == "open":
                answers.write(b"nwedge-landscape " + json.dumps(self.open(call)).encode() + b"\n")
            else:
                self.answer(call, values, answers)
            answers.flush()

    def open(self, call: dict[str, Any]) -> dict[str, Any]:
        """Makes the functions that are wanted; says what there is."""
        if call["protocol"] != _PROTOCOL:
            raise Error(f"[nwedge.serve] speaks protocol {_PROTOCOL}, the program {call['protocol']}: use the same version of both")
        land, arguments = self.land, self.land._arguments
        if "train-examples" in call and land._fewer is not None:
            arguments = land._fewer(call["train-examples"], call["test-examples"])
        functions = arguments["functions"] if arguments is not None else _functions(land)
        self.initial, self.gradient, self.evaluate, self.batch_gradient, self.hessian = (
            functions[name] for name in ("initial", "gradient", "evaluate", "batch_gradient", "hessian")
        )
        offers = [offer for offer, there in (("evaluate", self.evaluate), ("batch-gradient", self.batch_gradient), ("hessian", self.hessian),
                                             ("fewer-examples", land._fewer)) if there is not None]  # fmt: skip
        counts = [arguments[key] if arguments is not None else land.examples(split) for key, split in
                  (("train_examples", "train"), ("test_examples", "test"))]  # fmt: skip
        return {"protocol": _PROTOCOL, "name": land.options.get("description", land.kind), "dimension": land.dimension,
                "train-examples": counts[0], "test-examples": counts[1], "accuracy": land.has_accuracy,
                "deterministic": land.deterministic, "offers": offers, "groups": land.groups, "notes": land.notes}  # fmt: skip

    def answer(self, call: dict[str, Any], values: np.ndarray, answers: BinaryIO) -> None:
        try:
            arrays = self.compute(call, values)
        except Exception as problem:
            if not isinstance(problem, Error):
                traceback.print_exc()
            arrays, head = [], {"error": str(problem) if isinstance(problem, Error) else f"{type(problem).__name__}: {problem}"}
        else:
            head = {"bytes": sum(array.nbytes for array in arrays)}
        answers.write(json.dumps(head).encode() + b"\n")
        for array in arrays:
            answers.write(array.data)

    def compute(self, call: dict[str, Any], values: np.ndarray) -> Arrays:
        name = call["call"]
        if name == "initial-point":
            return [_floats(self.initial(call["seed"]))]
        if name == "gradient":
            return _slope(self.gradient(values, call["split"]))
        if name == "batch-gradient":
            return _slope(self.batch_gradient(values, np.array(call["indices"], np.int64)))
        if name == "evaluate":
            losses, accuracies = self.evaluate(values.reshape(call["points"], -1), call["split"])
            return [np.ascontiguousarray(column, _DOUBLE) for column in (losses, accuracies) if column is not None]
        if name == "hessian":
            self.products[call["product"]] = self.hessian(values, call["split"])
            return []
        if name == "multiply":
            return [_floats(self.products[call["product"]](values))]
        if name == "release":
            self.products.pop(call["product"], None)
            return []
        raise Error(f'[nwedge.serve] knows no call "{name}"')


def _floats(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, _FLOAT)


def _slope(given: tuple[float, np.ndarray]) -> Arrays:
    loss, gradient = given
    return [np.array([loss], _DOUBLE), _floats(gradient)]


def _functions(land: Landscape) -> dict[str, Any]:
    """Those of a landscape that is not made of functions."""

    def evaluate(points: np.ndarray, split: str) -> tuple[np.ndarray, np.ndarray | None]:
        metrics = land.evaluate_many(points, split)
        return metrics.loss, metrics.accuracy if land.has_accuracy else None

    def hessian(theta: np.ndarray, split: str) -> Callable[[np.ndarray], np.ndarray]:
        return land.curvature(theta, split).matvec

    return {"initial": land.initial_point, "gradient": land.gradient, "evaluate": evaluate, "batch_gradient": None,
            "hessian": hessian if land.options.get("curvature", "exact") == "exact" else None}  # fmt: skip
