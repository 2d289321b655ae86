"""Landscapes: the wedge model, networks, functions, and restrictions of each."""

from __future__ import annotations

import functools
import inspect
import warnings
from typing import Any, Callable, NamedTuple, Sequence, Union

import numpy as np

from . import _core
from ._arrays import as_array, as_number, as_point, read_only
from ._core import Error
from ._options import with_options

ArrayLike = Any


class Metrics(NamedTuple):
    """A loss and an accuracy (NaN where there is none); of many points, an array [P] of each."""

    loss: Any
    accuracy: Any


class Curvature:
    """The Hessian of a loss at a point, or another of its matrices, as a linear operator: `curvature @ v`.

    `exact` is False where products are central differences of gradients. A product takes a vector [D] or a matrix
    [D, k]. `operator()` is the same as SciPy's `LinearOperator`, which its eigenvalue solvers take.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, matrix: _core.Matrix, exact: bool):
        self._matrix = matrix
        self.exact = exact
        self.shape = (matrix.dimension, matrix.dimension)

    def matvec(self, vector: ArrayLike) -> np.ndarray:
        """H v, [D]."""
        return self._matrix.multiply(as_point(vector, self.shape[0], "curvature", "a vector"))

    rmatvec = matvec  # it is symmetric

    def matmat(self, vectors: ArrayLike) -> np.ndarray:
        """H V of columns [D, k]."""
        columns = as_array(vectors, "curvature", "vectors")
        if columns.ndim != 2 or columns.shape[0] != self.shape[0]:
            raise Error(f"[curvature] vectors must have shape ({self.shape[0]}, k), have {columns.shape}")
        return np.stack([self.matvec(np.ascontiguousarray(column)) for column in columns.T], axis=1)

    def __matmul__(self, other: ArrayLike) -> np.ndarray:
        return self.matmat(other) if np.ndim(other) == 2 else self.matvec(other)

    def operator(self):
        """This as a `scipy.sparse.linalg.LinearOperator`."""
        from scipy.sparse.linalg import LinearOperator

        def flat(vector):  # SciPy also passes columns [D, 1]
            return self.matvec(np.asarray(vector).reshape(-1))

        return LinearOperator(self.shape, matvec=flat, rmatvec=flat, matmat=self.matmat, dtype=self.dtype)

    def __repr__(self) -> str:
        return f"<Curvature {self.shape[0]}×{self.shape[1]}{'' if self.exact else ', central differences'}>"


class Landscape:
    """A map from weight space R^D to a loss. Made by `wedge_model`, `network`, `landscape` and `restrict`.

    Points are arrays [D], float32 without a copy; anything with DLPack or `__array__` is taken.
    """

    def __init__(self, core: _core.Landscape):
        self._core = core
        self._dimension = core.dimension
        self._notes: list[str] = core.notes
        self._arguments: dict[str, Any] | None = None  # what C++ made it of, where it was made of functions
        self._fewer: Callable[[int, int], dict[str, Any]] | None = None  # the same on fewer examples
        self._predictor: Callable[[np.ndarray], dict[str, Any]] | None = None  # class probabilities of test examples, for `advise`

    @property
    def dimension(self) -> int:
        """D."""
        return self._dimension

    @property
    def has_accuracy(self) -> bool:
        """Whether its points classify examples."""
        return self._core.has_accuracy

    @property
    def kind(self) -> str:
        """"wedge", "network", or "given": functions, a restriction."""
        return self._core.kind

    @property
    def options(self) -> dict[str, Any]:
        """All options that it was made with; of a given landscape, what records say of it."""
        return self._core.options

    @property
    def deterministic(self) -> bool:
        """Whether the same call gives the same bits, on any number of threads: True of native landscapes."""
        return self.options.get("deterministic", True)

    @property
    def notes(self) -> list[str]:
        """What there is to know of it, one line each."""
        return self._notes

    def examples(self, split: str = "train") -> int:
        """Examples in a split; 0 where the loss is no mean over examples."""
        return self._core.examples(split)

    @property
    def groups(self) -> list[tuple[int, int, int, str]]:
        """Weights that belong together, (offset, count, stride, kind): a filter, a bias vector, …"""
        return self._core.groups()

    def initial_point(self, seed: int = 0) -> np.ndarray:
        """Where training starts for this seed, [D]."""
        return self._core.initial_point(seed)

    def evaluate(self, theta: ArrayLike, split: str = "train") -> Metrics:
        """Loss and accuracy of one point [D] over a whole split."""
        return Metrics(*self._core.evaluate(as_point(theta, self._dimension, "evaluate"), split))

    def evaluate_many(self, points: ArrayLike, split: str = "train") -> Metrics:
        """Losses [P] and accuracies [P] of points [P, D]."""
        array = as_array(points, "evaluate_many", "points")
        if array.ndim != 2 or array.shape[1] != self._dimension:
            raise Error(f"[evaluate_many] points must have shape (P, {self._dimension}), have {array.shape}")
        return Metrics(*self._core.evaluate_many(array, split))

    def gradient(self, theta: ArrayLike, split: str = "train") -> tuple[float, np.ndarray]:
        """The loss over a whole split and its gradient [D]."""
        return self._core.gradient(as_point(theta, self._dimension, "gradient"), split)

    def batch_gradient(self, theta: ArrayLike, *, seed: int = 0, index: int = 0, size: int = 128) -> tuple[float, np.ndarray]:
        """Loss and gradient [D] of the minibatch that (seed, index, size) name: the same name is the same minibatch."""
        return self._core.batch_gradient(as_point(theta, self._dimension, "batch_gradient"), seed, index, size)

    @property
    def tensors(self) -> list[tuple[str, int, int]]:
        """Weights by name, (name, offset, count); none where they have no names."""
        return self._core.tensors()

    def curvature(self, theta: ArrayLike, split: str = "train", matrix: str = "hessian") -> Curvature:
        """The Hessian at a point, or the matrix "gauss-newton", "fisher" or "empirical-fisher" there: `land.curvature(theta) @ v`.

        With J_i the derivative of the outputs for example i of N and l its loss, these are mean_i J_i' l'' J_i, the mean of
        g g' over targets that follow the model's own probabilities, and the same over the examples' own targets. All three are
        positive semi-definite; for cross-entropy the first two are one. A product costs about two gradients. An `Error` where
        the landscape does not know the matrix.
        """
        made = self._core.matrix(matrix, as_point(theta, self._dimension, "curvature"), split)
        if made is None:
            raise Error(f"[curvature] matrix \"{matrix}\" is not known of this landscape; its hessian is")
        return Curvature(made, matrix != "hessian" or self.options.get("curvature", "exact") == "exact")

    def restrict(self, origin: ArrayLike, directions: ArrayLike) -> Landscape:
        """The landscape over coordinates c [d] at origin + c @ directions, directions [d, D]: again a landscape."""
        rows = as_array(directions, "restrict", "directions")
        if rows.ndim != 2 or rows.shape[1] != self._dimension or rows.shape[0] == 0:
            raise Error(f"[restrict] directions must have shape (d, {self._dimension}), have {rows.shape}")
        return Landscape(self._core.restrict(as_point(origin, self._dimension, "restrict", "the origin"), rows))

    def read_weights(self, path: Any, match: str = "names") -> np.ndarray:
        """The point in a safetensors file, a `state_dict` of the equivalent module; networks only."""
        return self._core.read_weights(str(path), match)

    def write_weights(self, path: Any, theta: ArrayLike) -> None:
        """Writes a point as safetensors, a `state_dict` of the equivalent module; networks only."""
        self._core.write_weights(str(path), as_point(theta, self._dimension, "write_weights"))

    def __repr__(self) -> str:
        options = self.options
        what = options.get("description") or options.get("model") or self.kind
        data = f" on {options['data']}" if "data" in options else ""
        return f"<Landscape {what}{data}, D = {self.dimension:,}>"


@with_options(_core.landscape_options("wedge"))
def wedge_model(**options: Any) -> Landscape:
    """The explicit n-wedge model: the loss is the energy of the nearest of K wedges in R^D, each with s short and D - s long directions."""
    return Landscape(_core.native_landscape("wedge", options, "nwedge.wedge_model", {}))


_ARRAY_NAMES = ("x_train", "y_train", "x_test", "y_test")
_KEPT = ("float32", "float64", "int64", "int32", "uint8")


def _data_arrays(data: Any) -> dict[str, np.ndarray]:
    if len(data) not in (2, 4):
        raise Error(f"[nwedge.network] data must be a text, or (x_train, y_train, x_test, y_test), or the first two with validation, has {len(data)} parts")
    arrays = {}
    for name, values in zip(_ARRAY_NAMES, data):
        array = np.asarray(values)
        if array.dtype.kind == "b" or (array.dtype.kind in "iu" and array.dtype.name not in _KEPT):
            array = array.astype(np.int64)
        elif array.dtype.kind == "f" and array.dtype.name not in _KEPT:
            array = array.astype(np.float32)
        arrays[name] = np.ascontiguousarray(array)
    return arrays


@with_options(_core.landscape_options("network"), given=("model", "data"))
def network(model: str = "mlp:100,100", data: Union[str, Sequence[ArrayLike]] = "fashion-mnist", **options: Any) -> Landscape:
    """A network on data: the loss is the mean over a split, by default the cross-entropy in nats.

    `model` names a family ("mlp:200,100", "resnet:20", …) or a file ("onnx:net.onnx"); `data` names a data set, or is
    (x_train, y_train, x_test, y_test): images [N, C, H, W] or [N, H, W] or features [N, F], and labels [N] or, with
    task="regression", targets [N, K].
    """
    if isinstance(data, str):
        return Landscape(_core.native_landscape("network", {"model": model, "data": data, **options}, "nwedge.network", {}))
    arrays = _data_arrays(data)
    if len(arrays) == 2 and not options.get("validation"):
        raise Error("[nwedge.network] without a test split, validation must say how many examples to hold out as one, for example 0.2")
    return Landscape(_core.native_landscape("network", {"model": model, **options}, "nwedge.network", arrays))


def _accepts(function: Callable, name: str) -> bool:
    try:
        return name in inspect.signature(function).parameters
    except (TypeError, ValueError):  # a function of C knows no names
        return False


def _positional(function: Callable) -> int:
    """How many arguments a function needs besides the split."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 1
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.default is p.empty and p.kind in positional and p.name != "split" for p in parameters)


class _Functions:
    """A user's functions as the calls that C++ makes: read-only points in, checked arrays out."""

    def __init__(self, dimension: int, functions: dict[str, Callable | None]):
        self.dimension = dimension
        self.named = functions
        self.split = {name: _accepts(f, "split") for name, f in functions.items() if f is not None}

    def call(self, name: str, split: str, *arguments: Any) -> Any:
        if self.split[name]:
            return self.named[name](*arguments, split=split)
        return self.named[name](*arguments)

    def slope(self, name: str, result: Any) -> tuple[float, np.ndarray]:
        try:
            loss, gradient = result
        except (TypeError, ValueError):
            raise Error(f"[{name}] must return (loss, gradient), returned a {type(result).__name__}") from None
        return as_number(loss, name, "the loss"), as_point(gradient, self.dimension, name, "the gradient")

    def gradient(self, theta: np.ndarray, split: str) -> tuple[float, np.ndarray]:
        return self.slope("loss_and_gradient", self.call("loss_and_gradient", split, read_only(theta)))

    def batch_gradient(self, theta: np.ndarray, indices: np.ndarray) -> tuple[float, np.ndarray]:
        name = "batch_loss_and_gradient"
        return self.slope(name, self.named[name](read_only(theta), indices))

    def column(self, values: Any, count: int, name: str, what: str) -> np.ndarray:
        column = as_array(values, name, what, np.dtype(np.float64))
        if column.shape != (count,):
            raise Error(f"[{name}] {what} must have shape ({count},), have {column.shape}")
        return column

    def evaluate(self, points: np.ndarray, split: str) -> tuple[np.ndarray, np.ndarray | None]:
        points = read_only(points)
        count = len(points)
        accuracies = None
        if self.named["losses"] is not None:
            losses = self.call("losses", split, points)
            if isinstance(losses, tuple):
                losses, accuracies = losses
                accuracies = self.column(accuracies, count, "losses", "the accuracies")
            losses = self.column(losses, count, "losses", "the losses")
        elif self.named["loss"] is not None:
            losses = np.array([as_number(self.call("loss", split, theta), "loss", "the loss") for theta in points])
        else:
            losses = np.array([self.gradient(theta, split)[0] for theta in points])
        if accuracies is None and self.named["accuracy"] is not None:
            accuracies = np.array([as_number(self.call("accuracy", split, theta), "accuracy", "the accuracy") for theta in points])
        return losses, accuracies

    def matrix(self, name: str, theta: np.ndarray, split: str) -> Callable[[np.ndarray], np.ndarray]:
        theta = read_only(theta)
        if _positional(self.named[name]) >= 2:
            return lambda vector: as_point(self.call(name, split, theta, read_only(vector)), self.dimension, name, "the product")
        product = self.call(name, split, theta)
        if not callable(product):
            raise Error(f"[{name}] of one point must return a function of a vector, returned a {type(product).__name__}")
        return lambda vector: as_point(product(read_only(vector)), self.dimension, name, "the product")


class _Initial:
    def __init__(self, initial: Any):
        self.initial = initial
        self.point = None if callable(initial) else as_array(initial, "initial", "the point")
        self.dimension = len(self(0))

    def __call__(self, seed: int) -> np.ndarray:
        if self.point is None:
            point = as_array(self.initial(seed), "initial", "the point")
        else:
            point = self.point
        if point.ndim != 1 or point.size == 0:
            raise Error(f"[initial] the point must have shape (D,), has {point.shape}")
        return point


def _as_groups(groups: Any) -> list[tuple[int, int, int, str]]:
    rows = []
    for group in groups or ():
        if isinstance(group, slice):
            step = group.step or 1
            rows.append((group.start or 0, len(range(group.start or 0, group.stop, step)), step, "weight"))
        elif len(group) == 2:
            rows.append((int(group[0]), int(group[1]), 1, "weight"))
        else:
            rows.append((int(group[0]), int(group[1]), int(group[2]), str(group[3])))
    return rows


_PROBED = 500  # examples


def _probe(land: Landscape, theta: np.ndarray, slopes: bool) -> list[str]:
    """What a first look at a landscape finds that its user should know: one line each.

    `slopes`: whether gradients are to be those of the losses.
    """
    found = []
    loss, gradient = land.gradient(theta)
    again, gradient_again = land.gradient(theta)
    value = land.evaluate(theta).loss
    if not (loss == again or (np.isnan(loss) and np.isnan(again))) or not np.array_equal(gradient, gradient_again, equal_nan=True):
        found.append("the same point gave two different losses or gradients: something in the function is random (dropout?)")
    if not np.isclose(loss, value, rtol=1e-4, atol=1e-7, equal_nan=True):
        found.append(f"the loss of loss_and_gradient is {loss:.6g} and that of loss or losses is {value:.6g} at the same point")
    size = float(np.linalg.norm(gradient))
    if not np.isfinite(loss) or not np.isfinite(size):
        found.append(f"at the initial point the loss is {loss} and the norm of the gradient {size}")
    elif size > 0 and slopes:
        step = 1e-2 * (1 + float(np.linalg.norm(theta))) / np.sqrt(land.dimension)
        slope = None
        for h in (step, step / 10, step / 100):  # kinks and rounding: the best of three must come close
            ahead, behind = (land.evaluate(theta + sign * np.float32(h) * (gradient / size)).loss for sign in (1, -1))
            measured = (ahead - behind) / (2 * h)
            if slope is None or abs(measured - size) < abs(slope - size):
                slope = measured
        if not abs(slope - size) <= 0.05 * size + 1e-6 * abs(loss) / (step / 100):
            found.append(f"along its gradient the loss rises by {slope:.4g} a unit, the gradient's norm is {size:.4g}: the gradient seems wrong")
        found += _asymmetry(land, theta, gradient / size)
    return found


def _asymmetry(land: Landscape, theta: np.ndarray, u: np.ndarray) -> list[str]:
    """Whether Hessian products that were given are those of a symmetric matrix; kinks of a loss disturb no such test."""
    hessian = land.curvature(theta)
    if not hessian.exact:
        return []
    v = np.random.default_rng(0).normal(size=land.dimension).astype(np.float32)
    v /= np.linalg.norm(v)
    one, other = hessian @ v, hessian @ u
    apart = abs(float(u @ one) - float(v @ other))
    if not apart <= 1e-3 * float(np.linalg.norm(one) + np.linalg.norm(other)) + 1e-6:
        return [f"u'Hv and v'Hu of two directions are {apart:.2g} apart: the Hessian products seem wrong"]
    return []


def landscape(
    loss_and_gradient: Callable,
    initial: Any,
    *,
    loss: Callable | None = None,
    losses: Callable | None = None,
    accuracy: Callable | None = None,
    hessian_vector: Callable | None = None,
    gauss_newton_vector: Callable | None = None,
    fisher_vector: Callable | None = None,
    empirical_fisher_vector: Callable | None = None,
    batch_loss_and_gradient: Callable | None = None,
    examples: int | tuple[int, int] = 0,
    groups: Any = None,
    tensors: dict[str, int] | None = None,
    predict: Callable | None = None,
    labels: Any = None,
    name: str = "",
    probe: bool = True,
) -> Landscape:
    """Any function as a landscape.

    Parameters
    ----------
    loss_and_gradient : f(theta) -> (loss, gradient)
        theta [D], read-only float32; the gradient [D] is anything that becomes an array. With a parameter `split` it is
        called with split="train" or split="test"; so are `loss`, `losses`, `accuracy`, `hessian_vector`.
    initial : array [D], or f(seed) -> array [D]
        Where training starts.
    loss, losses : f(theta) -> number, f(points [P, D]) -> array [P], optional
        Losses without gradients, one by one or together; `losses` may return (losses, accuracies).
    accuracy : f(theta) -> number in [0, 1], optional
    hessian_vector : f(theta, v) -> H v, or f(theta) -> (v -> H v), optional
        Without it, products are central differences of gradients, and records say so.
    gauss_newton_vector, fisher_vector, empirical_fisher_vector : the same of these matrices, optional
    batch_loss_and_gradient : f(theta, indices) -> (loss, gradient), optional
        Of the training examples with these indices, int64 [size], which follow from (seed, step, size). Without it
        every step sees the whole split. Needs `examples`.
    examples : N, or (N_train, N_test)
        Of how many examples the loss is a mean; 0: of none.
    groups : list of slices, (offset, count) or (offset, count, stride, kind), optional
        Weights that belong together, for directions that are as long as each: kind is "weight", "bias",
        "normalisation" or "embedding". They must cover [0, D) once.
    tensors : {name: count}, optional
        Names of weights in the order of the point, so that `spectrum` can look at some of them; the counts add up to D.
    predict : f(theta, indices) -> array [n, classes], with labels : array [N_test], optional
        Class probabilities of the test examples with these indices, and what they should be: for `advise`.
    name : str
        What records call it; by default the function's name.
    probe : bool
        Looks at the initial point whether the same point gives the same loss, the gradient fits the loss, and Hessian
        products are symmetric, on 500 examples where it can use fewer; what it finds is in `notes` and in records, and warned of.

    The functions are called one at a time, from the thread that asks or from C++'s own. What they raise comes out as it
    went in; a NaN is a measurement. Nothing is promised about determinism.
    """
    functions = {"loss_and_gradient": loss_and_gradient, "loss": loss, "losses": losses, "accuracy": accuracy,
                 "hessian_vector": hessian_vector, "gauss_newton_vector": gauss_newton_vector, "fisher_vector": fisher_vector,
                 "empirical_fisher_vector": empirical_fisher_vector, "batch_loss_and_gradient": batch_loss_and_gradient}  # fmt: skip
    if (predict is None) != (labels is None):
        raise Error("[nwedge.landscape] predict and labels must be given together")
    made = given(Landscape, [], probe, initial=initial, examples=examples, groups=groups, tensors=tensors, name=name, **functions)
    if predict is not None:
        made._predictor = predictor(predict, labels)
    return made


def predictor(predict: Callable[[np.ndarray, np.ndarray], Any], labels: Any) -> Callable[[np.ndarray], dict[str, Any]]:
    """What `advise` needs of a classifier, given a point: how many classes there are follows from its predictions."""
    wanted = as_array(labels, "labels", "the labels", np.dtype(np.int64))
    if wanted.ndim != 1 or wanted.size == 0:
        raise Error(f"[labels] the labels must have shape (N,), have {wanted.shape}")

    def probabilities(theta: np.ndarray, indices: np.ndarray) -> np.ndarray:
        rows = as_array(predict(read_only(theta), indices), "predict", "the probabilities")
        if rows.ndim != 2 or len(rows) != len(indices):
            raise Error(f"[predict] the probabilities must have shape ({len(indices)}, classes), have {rows.shape}")
        return rows

    return lambda theta: {"labels": wanted.tolist(), "probabilities": probabilities, "classes": probabilities(theta, np.arange(1)).shape[1]}


_MATRICES = ("gauss-newton", "fisher", "empirical-fisher")


def _keyword(matrix: str) -> str:
    return f"{matrix.replace('-', '_')}_vector"


def _as_tensors(tensors: dict[str, int] | None, dimension: int) -> list[tuple[str, int, int]]:
    rows, offset = [], 0
    for name, count in (tensors or {}).items():
        rows.append((str(name), offset, int(count)))
        offset += int(count)
    if rows and offset != dimension:
        raise Error(f"[nwedge.landscape] the counts of tensors must add up to {dimension}, the entries of a point, add up to {offset}")
    return rows


def _core_arguments(functions: _Functions, start: _Initial, accuracy: bool, examples: Any, groups: Any, tensors: Any) -> dict[str, Any]:
    """What C++ makes a landscape of."""
    named = functions.named
    own_losses = any(named[key] is not None for key in ("loss", "losses", "accuracy"))
    train, test = examples if isinstance(examples, tuple) else (examples, 0)
    calls = {"initial": start, "gradient": functions.gradient, "evaluate": functions.evaluate if own_losses else None,
             "batch_gradient": functions.batch_gradient if named["batch_loss_and_gradient"] is not None else None,
             "hessian": functools.partial(functions.matrix, "hessian_vector") if named["hessian_vector"] is not None else None,
             "matrices": {matrix: functools.partial(functions.matrix, _keyword(matrix)) for matrix in _MATRICES if named[_keyword(matrix)] is not None}}  # fmt: skip
    return {"dimension": start.dimension, "functions": calls, "train_examples": train, "test_examples": test,
            "accuracy": accuracy, "groups": _as_groups(groups), "tensors": _as_tensors(tensors, start.dimension)}  # fmt: skip


def given(
    kind: type[Landscape], notes: list[str], probe: bool, *, initial: Any, examples: int | tuple[int, int] = 0, groups: Any = None,
    tensors: dict[str, int] | None = None, name: str = "", fewer: Callable[[int, int], dict[str, Any]] | None = None, slopes: bool = True, **more: Callable | None,
) -> Any:  # fmt: skip
    """A landscape of class `kind` from functions, as `landscape` describes them; `notes` are what is known of it already.

    `fewer(train, test)` gives the functions, and `examples`, of the same landscape on that many examples. `slopes`: whether
    gradients are to be those of the losses, which the probe then checks.
    """
    names = ("loss_and_gradient", "loss", "losses", "accuracy", "hessian_vector", *map(_keyword, _MATRICES), "batch_loss_and_gradient")
    named = dict.fromkeys(names) | more
    for key, function in named.items():
        if not callable(function) and (function is not None or key == "loss_and_gradient"):
            raise Error(f"[nwedge.landscape] {key} must be a function, is a {type(function).__name__}")
    start = _Initial(initial)
    functions = _Functions(start.dimension, named)
    accuracy = named["accuracy"] is not None
    counts = examples if isinstance(examples, tuple) else (examples, 0)
    few = named  # what is looked at
    if fewer is not None and max(counts) > _PROBED:
        few = named | fewer(*(min(count, _PROBED) for count in counts))
        counts = few.pop("examples")
    if named["losses"] is not None and not accuracy:
        accuracy = isinstance(_Functions(start.dimension, few).call("losses", "train", start(0)[None]), tuple)

    def smaller(train: int, test: int) -> dict[str, Any]:
        others = fewer(train, test)
        counts = others.pop("examples")
        return _core_arguments(_Functions(start.dimension, named | others), start, accuracy, counts, groups, tensors)

    function = named["loss_and_gradient"]
    description = name or getattr(function, "__name__", type(function).__name__)
    arguments = _core_arguments(functions, start, accuracy, examples, groups, tensors)
    made = kind(_core.given_landscape(arguments, description, smaller if fewer is not None else None))
    found = []
    if probe:
        looked_at = made
        if few is not named:
            smallest = _core_arguments(_Functions(start.dimension, few), start, accuracy, counts, groups, tensors)
            looked_at = kind(_core.given_landscape(smallest, description, None))
        found = _probe(looked_at, made.initial_point(0), slopes)
    made._core.notes = made._notes = [*notes, *found]
    made._arguments, made._fewer = arguments, smaller if fewer is not None else None
    if found:
        warnings.warn(f"[{description}] " + "; ".join(found), stacklevel=3)
    return made


def some(count: int, wanted: int) -> np.ndarray:
    """`wanted` of `count` examples, always the same, and the smaller choice contained in the larger."""
    return np.sort(np.random.default_rng(0).permutation(count)[:wanted])
