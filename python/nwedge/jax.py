"""Landscapes of JAX functions.

A point is the flat vector of all leaves of a pytree of parameters, in the order of `jax.tree_util`.
"""

from __future__ import annotations

import copy
import functools
from typing import Any, Callable, Iterator

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from ._arrays import as_point
from ._core import Error
from .landscapes import Landscape, given, predictor, some

__all__ = ["flatten", "landscape", "load"]


def _leaves(params: Any) -> list[Any]:
    leaves = jax.tree_util.tree_leaves(params)
    if not leaves:
        raise Error("[nwedge.jax] params must have leaves, has none")
    for leaf in leaves:
        if not jnp.issubdtype(jnp.result_type(leaf), jnp.floating):
            raise Error(f"[nwedge.jax] every leaf of params must be of real floats, one is {jnp.result_type(leaf)}")
    return leaves


def flatten(params: Any) -> np.ndarray:
    """A pytree of parameters as a point, float32 [D]."""
    return np.concatenate([np.asarray(leaf, dtype=np.float32).reshape(-1) for leaf in _leaves(params)])


def load(params: Any, theta: Any) -> Any:
    """The point as a pytree with the structure, shapes and types of `params`."""
    flat, unflatten = ravel_pytree(params)
    return unflatten(jnp.asarray(as_point(theta, flat.size, "nwedge.jax.load"), dtype=flat.dtype))


class _Function:
    """A loss of a pytree on data as functions of flat points."""

    def __init__(
        self, loss: Callable, params: Any, train: Any, test: Any, accuracy: Callable | None, predict: Callable | None, points_at_once: int, chunk: int
    ):  # fmt: skip
        flat, unflatten = ravel_pytree(params)
        self.dimension, self.dtype = flat.size, flat.dtype
        self.points_at_once, self.chunk = points_at_once, chunk
        self.data = {split: self.load(data, split) for split, data in (("train", train), ("test", test)) if data is not None}
        self.has_accuracy = accuracy is not None

        def value(theta, *batch):
            result = loss(unflatten(theta), *batch)
            if jnp.shape(result) != ():
                raise Error(f"[loss] must return one number, the mean over a batch, returned shape {jnp.shape(result)}")
            return result

        def measure(theta, *batch):
            share = accuracy(unflatten(theta), *batch) if accuracy is not None else 0.0
            return value(theta, *batch), share

        gradient = jax.grad(value)
        self.value_and_gradient = jax.jit(jax.value_and_grad(value))
        self.product = jax.jit(lambda theta, v, *batch: jax.jvp(lambda t: gradient(t, *batch), (theta,), (v,))[1])

        @functools.partial(jax.jit, static_argnums=1)
        def measure_many(points, parts, *batch):
            return jax.vmap(measure, in_axes=(0, *[None] * parts))(points, *batch)

        self.measure_many = measure_many

        def each(theta, *batch):
            return jax.vmap(lambda *one: value(theta, *jax.tree_util.tree_map(lambda leaf: leaf[None], one)))(*batch)

        @jax.jit
        def fisher_product(theta, v, *batch):
            _, along = jax.jvp(lambda t: each(t, *batch), (theta,), (v,))
            _, pull = jax.vjp(lambda t: each(t, *batch), theta)
            return pull(along / len(along))[0]

        self.empirical_fisher_product = fisher_product
        self.outputs = None
        if predict is None:
            return
        self.outputs = jax.jit(lambda theta, *inputs: predict(unflatten(theta), *inputs))

        @jax.jit
        def product(theta, v, *batch):  # mean_i J_i' (diag p_i - p_i p_i') J_i v
            outputs = lambda t: predict(unflatten(t), *batch[:-1])  # noqa: E731
            z, along = jax.jvp(outputs, (theta,), (v,))
            p = jax.nn.softmax(z, axis=1)
            weighed = p * (along - jnp.sum(p * along, axis=1, keepdims=True))
            return jax.vjp(outputs, theta)[1](weighed / len(z))[0]

        self.fisher_product = product

    def load(self, given: Any, split: str) -> tuple[Any, ...]:
        parts = tuple(jax.tree_util.tree_map(jnp.asarray, part) for part in (given if isinstance(given, (tuple, list)) else (given,)))
        counts = {len(leaf) for leaf in jax.tree_util.tree_leaves(parts)}
        if len(counts) != 1 or 0 in counts:
            raise Error(f"[nwedge.jax] all arrays of {split} must have the same number of examples, above 0, have {sorted(counts)}")
        return parts

    def count(self, split: str) -> int:
        return len(jax.tree_util.tree_leaves(self.data[split])[0]) if split in self.data else 0

    def chunks(self, split: str) -> Iterator[tuple[tuple[Any, ...], float]]:
        """Parts of the data, each with its share of the examples; where there are none, the function alone."""
        if not self.data:
            yield (), 1.0
            return
        if split not in self.data:
            raise Error("[nwedge.jax] this landscape has no test data: give test=(x, y)")
        count = self.count(split)
        for begin in range(0, count, self.chunk):
            end = min(begin + self.chunk, count)
            yield jax.tree_util.tree_map(lambda leaf: leaf[begin:end], self.data[split]), (end - begin) / count

    def tensor(self, values: np.ndarray) -> jax.Array:
        return jnp.array(values, dtype=self.dtype)  # a copy: JAX may still read it later

    def loss_and_gradient(self, theta: np.ndarray, split: str) -> tuple[float, np.ndarray]:
        flat, total, gradient = self.tensor(theta), 0.0, 0.0
        for batch, share in self.chunks(split):
            loss, slope = self.value_and_gradient(flat, *batch)
            total += share * float(loss)
            gradient = gradient + share * slope
        return total, np.asarray(gradient)

    def batch_loss_and_gradient(self, theta: np.ndarray, indices: np.ndarray) -> tuple[float, np.ndarray]:
        chosen = jnp.asarray(indices)
        batch = jax.tree_util.tree_map(lambda leaf: leaf[chosen], self.data["train"])
        loss, slope = self.value_and_gradient(self.tensor(theta), *batch)
        return float(loss), np.asarray(slope)

    def losses(self, points: np.ndarray, split: str) -> Any:
        values = np.zeros((2, len(points)))
        for begin in range(0, len(points), self.points_at_once):
            group = points[begin : begin + self.points_at_once]
            count = len(group)
            if count < self.points_at_once < len(points):  # as many as before: nothing is compiled again
                group = np.concatenate([group, np.repeat(group[-1:], self.points_at_once - count, axis=0)])
            for batch, share in self.chunks(split):
                measured = self.measure_many(self.tensor(group), len(batch), *batch)
                for row, value in zip(values, measured):
                    row[begin : begin + count] += share * np.asarray(value, dtype=np.float64)[:count]
        return (values[0], values[1]) if self.has_accuracy else values[0]

    def multiply(self, product: Callable, theta: np.ndarray, split: str) -> Callable[[np.ndarray], np.ndarray]:
        flat = self.tensor(theta)

        def multiplied(vector: np.ndarray) -> np.ndarray:
            direction = self.tensor(vector)
            return np.asarray(sum(share * product(flat, direction, *batch) for batch, share in self.chunks(split)))

        return multiplied

    def hessian_vector(self, theta: np.ndarray, split: str) -> Callable[[np.ndarray], np.ndarray]:
        return self.multiply(self.product, theta, split)

    def empirical_fisher_vector(self, theta: np.ndarray, split: str) -> Callable[[np.ndarray], np.ndarray]:
        return self.multiply(self.empirical_fisher_product, theta, split)

    def fisher_vector(self, theta: np.ndarray, split: str) -> Callable[[np.ndarray], np.ndarray]:
        return self.multiply(self.fisher_product, theta, split)


    def fewer(self, train: int, test: int) -> _Function:
        """The same on fewer examples."""
        other, counts = copy.copy(self), {"train": train, "test": test}
        rows = {split: jnp.asarray(some(self.count(split), counts[split])) for split in self.data}
        other.data = {split: jax.tree_util.tree_map(lambda leaf: leaf[rows[split]], data) for split, data in self.data.items()}
        return other

    def functions(self) -> dict[str, Any]:
        """What `given` takes of it."""
        return {"loss_and_gradient": self.loss_and_gradient, "losses": self.losses, "hessian_vector": self.hessian_vector,
                "empirical_fisher_vector": self.empirical_fisher_vector if self.data else None,
                "fisher_vector": self.fisher_vector if self.data and self.outputs is not None else None,
                "batch_loss_and_gradient": self.batch_loss_and_gradient if self.data else None,
                "examples": (self.count("train"), self.count("test"))}  # fmt: skip


def _tensors(params: Any) -> dict[str, int]:
    """Sizes of the leaves by their places, as "dense.kernel"."""

    def word(key: Any) -> str:
        return str(getattr(key, "key", getattr(key, "name", getattr(key, "idx", key))))

    leaves = jax.tree_util.tree_flatten_with_path(params)[0]
    return {".".join(map(word, path)) or "params": int(np.size(leaf)) for path, leaf in leaves if np.size(leaf) > 0}


def _groups(params: Any) -> list[tuple[int, int, int, str]]:
    """One group for each output (the last axis) of a leaf with two axes or more, one for each vector."""
    groups, offset = [], 0
    for leaf in _leaves(params):
        size, outputs = int(np.size(leaf)), int(np.shape(leaf)[-1]) if np.ndim(leaf) >= 2 else 1
        if np.ndim(leaf) < 2:
            groups.append((offset, size, 1, "bias"))
        else:
            groups += [(offset + j, size // outputs, outputs, "weight") for j in range(outputs)]
        offset += size
    return groups


def landscape(
    loss: Callable,
    params: Any,
    train: Any = None,
    *,
    test: Any = None,
    accuracy: Callable | None = None,
    initial: Callable[[int], Any] | None = None,
    predict: Callable | None = None,
    points_at_once: int = 8,
    chunk: int = 1000,
    name: str = "",
    probe: bool = True,
) -> Landscape:
    """Any differentiable loss of a pytree of parameters as a landscape: jitted, with exact Hessian products.

    Parameters
    ----------
    loss : f(params) -> number, or with data f(params, *train) -> the mean over a batch
        A function that JAX can trace.
    params : pytree of float arrays
        Structure, shapes and types of the parameters.
    train, test : (x, y) or any tuple of pytrees of arrays, examples along the first axis of each
    accuracy : f(params, *train) -> share in [0, 1], the mean over a batch
    initial : f(seed) -> params
        Where training starts; by default at `params` for every seed, which `notes` say.
    predict : f(params, *inputs) -> outputs [n, classes] whose softmax are probabilities
        Of data whose last array are labels, for `nwedge.advise` and the Fisher matrix.
    points_at_once : how many points `evaluate_many` runs side by side, by `vmap`
    chunk : how many examples run through the loss at once

    With data it has the empirical Fisher matrix too, where the loss is the mean of one of each example.
    """
    for key, value in (("points_at_once", points_at_once), ("chunk", chunk)):
        if value < 1:
            raise Error(f"[nwedge.jax.landscape] {key} must be at least 1, is {value}")
    if test is not None and train is None:
        raise Error("[nwedge.jax.landscape] test data need training data")
    own = flatten(params)
    function = _Function(loss, params, train, test, accuracy, predict, points_at_once, chunk)
    notes = [] if initial is not None else ["every seed starts at the parameters that were given; initial= says otherwise"]
    if predict is not None and train is None:
        raise Error("[nwedge.jax.landscape] predict needs data, whose last array are labels")
    made = given(
        Landscape, notes, probe, initial=(lambda seed: flatten(initial(seed))) if initial is not None else own, groups=_groups(params), tensors=_tensors(params),
        name=name or getattr(loss, "__name__", type(loss).__name__),
        fewer=(lambda train, test: function.fewer(train, test).functions()) if train is not None else None, **function.functions(),
    )  # fmt: skip
    if predict is not None and test is not None:
        *inputs, labels = function.data["test"]

        def probabilities(theta: np.ndarray, indices: np.ndarray) -> np.ndarray:
            rows = jnp.asarray(indices)
            chosen = jax.tree_util.tree_map(lambda leaf: leaf[rows], inputs)
            return np.asarray(jax.nn.softmax(function.outputs(function.tensor(theta), *chosen), axis=1))

        made._predictor = predictor(probabilities, labels)
    return made
