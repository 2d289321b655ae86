"""Landscapes of PyTorch modules.

A point is the flat vector of a module's trainable parameters, in the order of `parameters()`; buffers are no part of it.
The module that is given is copied once and never changed: not its mode, not its running statistics, not its weights.
"""

from __future__ import annotations

import copy
from typing import Any, Callable, Iterator, Union

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

from ._arrays import as_point
from ._core import Error
from .landscapes import Landscape, given, predictor, some

__all__ = ["flatten", "landscape", "load", "trained"]

_NORMALISATIONS = tuple(
    getattr(nn, name)
    for name in ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm", "LayerNorm", "GroupNorm", "InstanceNorm1d",
                 "InstanceNorm2d", "InstanceNorm3d", "RMSNorm")
    if hasattr(nn, name)
)  # fmt: skip
_BATCH_NORMALISATIONS = (nn.modules.batchnorm._BatchNorm,)


def _trainable(model: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that make up a point, by name; tied ones once."""
    found = {name: p for name, p in model.named_parameters() if p.requires_grad}
    if not found:
        raise Error("[nwedge.torch] the module must have parameters with requires_grad, has none")
    for name, p in found.items():
        if isinstance(p, nn.parameter.UninitializedTensorMixin):
            raise Error(f"[nwedge.torch] {name} has no shape yet: run the module once")
        if p.is_meta:
            raise Error(f"[nwedge.torch] {name} has no data, its device is meta: give the module weights")
        if not p.dtype.is_floating_point:
            raise Error(f"[nwedge.torch] {name} must be of real floats, is {p.dtype}")
    return found


def flatten(model: nn.Module) -> np.ndarray:
    """The module's trainable parameters as a point, float32 [D]."""
    return torch.cat([p.detach().to("cpu", torch.float32).reshape(-1) for p in _trainable(model).values()]).numpy()


def load(model: nn.Module, theta: Any) -> nn.Module:
    """Writes a point into the module's trainable parameters; returns the module. Buffers stay as they are."""
    parameters = _trainable(model)
    point = torch.tensor(as_point(theta, sum(p.numel() for p in parameters.values()), "nwedge.torch.load"))
    with torch.no_grad():
        for p, values in zip(parameters.values(), point.split([p.numel() for p in parameters.values()])):
            p.copy_(values.view(p.shape))
    return model


def trained(land: Landscape, weights: Union[nn.Module, dict[str, Any]]) -> np.ndarray:
    """The point of a landscape at which its module has these weights: those of a module, or a `state_dict`."""
    if not isinstance(land, TorchLandscape):
        raise Error("[nwedge.torch.trained] the landscape must be one of nwedge.torch.landscape")
    model = copy.deepcopy(land.model)
    try:
        model.load_state_dict(weights.state_dict() if isinstance(weights, nn.Module) else weights)
    except RuntimeError as problem:
        raise Error(f"[nwedge.torch.trained] {' '.join(str(problem).split())}") from None
    return flatten(model)


class _Data:
    """Examples by their indices: arrays, or the dataset of a DataLoader."""

    def __init__(self, given: Any, what: str, device: torch.device):
        self.device = device
        self.loader = None
        self.rows: np.ndarray | None = None  # of the loader's dataset; None: all
        if isinstance(given, torch.utils.data.DataLoader):
            if isinstance(given.dataset, torch.utils.data.IterableDataset):
                raise Error(f"[nwedge.torch] {what} must have a dataset with indices, has an IterableDataset")
            self.loader = given
            self.count = len(given.dataset)
        elif isinstance(given, (tuple, list)) and len(given) == 2:
            self.x = self._move(given[0])
            self.y = torch.as_tensor(np.asarray(given[1]) if not torch.is_tensor(given[1]) else given[1]).to(device)
            self.count = len(self.y)
            counts = {len(part) for part in self._parts(self.x)}
            if counts != {self.count}:
                raise Error(f"[nwedge.torch] {what} must have as many inputs as targets, has {sorted(counts)} and {self.count}")
        else:
            raise Error(f"[nwedge.torch] {what} must be (x, y) or a DataLoader, is a {type(given).__name__}")
        if self.count == 0:
            raise Error(f"[nwedge.torch] {what} must have examples, has none")

    def fewer(self, wanted: int) -> _Data:
        """Some of the examples."""
        rows, other = some(self.count, wanted), copy.copy(self)
        other.count = len(rows)
        if self.loader is None:
            other.x, other.y = self.batch(torch.from_numpy(rows).to(self.device))
        else:
            other.rows = rows if self.rows is None else self.rows[rows]
        return other

    @staticmethod
    def _parts(x: Any) -> list[torch.Tensor]:
        return list(x.values()) if isinstance(x, dict) else list(x) if isinstance(x, (tuple, list)) else [x]

    def _move(self, x: Any) -> Any:
        if isinstance(x, dict):
            return {key: self._move(value) for key, value in x.items()}
        if isinstance(x, (tuple, list)):
            return tuple(self._move(part) for part in x)
        return torch.as_tensor(x).to(self.device)

    def batch(self, indices: torch.Tensor | slice) -> tuple[Any, torch.Tensor]:
        if self.loader is None:

            def pick(x: Any) -> Any:
                if isinstance(x, dict):
                    return {key: value[indices] for key, value in x.items()}
                return tuple(part[indices] for part in x) if isinstance(x, tuple) else x[indices]

            return pick(self.x), self.y[indices]
        places = np.arange(self.count)[indices] if isinstance(indices, slice) else indices.cpu().numpy()
        rows = places if self.rows is None else self.rows[places]
        given = self.loader.collate_fn([self.loader.dataset[i] for i in rows.tolist()])
        if not isinstance(given, (tuple, list)) or len(given) != 2:
            raise Error("[nwedge.torch] a DataLoader must give (x, y)")
        return self._move(given[0]), self._move(given[1])

    def chunks(self, size: int) -> Iterator[tuple[Any, torch.Tensor, int]]:
        for begin in range(0, self.count, size):
            end = min(begin + size, self.count)
            yield *self.batch(slice(begin, end)), end - begin


def _batched(function: Callable, *arguments: Any) -> Any:
    """A call under `vmap`; what `vmap` cannot do is an `Error`, anything else the module's own."""
    try:
        return function(*arguments)
    except RuntimeError as problem:
        text = " ".join(str(problem).split())
        if "vmap" not in text and "atching rule" not in text:
            raise
        raise Error(f"[nwedge.torch] points_at_once must be 1, as the module cannot run under vmap: {text}") from None


def _cross_entropy_accuracy(output: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return (output.argmax(1) == y).float().mean()


class _Module:
    """A module on data as functions of flat points."""

    def __init__(self, model: nn.Module, loss: Callable, train: Any, test: Any, accuracy: Callable | None,
                 device: Any, batch_norm: str, statistics_examples: int, points_at_once: int, chunk: int):  # fmt: skip
        parameters = _trainable(model)
        self.device = torch.device(device) if device is not None else next(iter(parameters.values())).device
        self.model = copy.deepcopy(model).to(self.device).eval()
        for p in self.model.parameters():
            p.grad = None
        for module in self.model.modules():
            if isinstance(module, (nn.Embedding, nn.EmbeddingBag)):
                module.sparse = False  # a gradient is part of a point
        self.training_model = copy.deepcopy(self.model).train()
        self.shapes = {name: (p.shape, p.dtype) for name, p in parameters.items()}
        self.sizes = [p.numel() for p in parameters.values()]
        self.dimension = sum(self.sizes)
        self.fixed = {name: p.detach() for name, p in self.model.named_parameters() if not p.requires_grad}
        self.buffers = dict(self.model.named_buffers())
        self.loss, self.accuracy = loss, accuracy
        if accuracy is None and (isinstance(loss, nn.CrossEntropyLoss) or loss is nn.functional.cross_entropy):
            self.accuracy = _cross_entropy_accuracy
        self.data = {"train": _Data(train, "train", self.device)}
        if test is not None:
            self.data["test"] = _Data(test, "test", self.device)
        self.points_at_once, self.chunk = points_at_once, chunk
        self.statistics = None
        normalised = [m for m in self.model.modules() if isinstance(m, _BATCH_NORMALISATIONS) and m.track_running_stats]
        if normalised and batch_norm == "recompute":
            count = min(statistics_examples, self.data["train"].count)
            self.statistics = self.data["train"].batch(slice(0, count))[0]
            self.statistics_model = copy.deepcopy(self.model)
            for module in self.statistics_model.modules():
                if isinstance(module, _BATCH_NORMALISATIONS):
                    module.train()
                    module.momentum = 1.0  # running statistics become those of this very pass

    def tensor(self, values: np.ndarray) -> torch.Tensor:
        return torch.tensor(values, device=self.device)

    def parameters(self, flat: torch.Tensor) -> dict[str, torch.Tensor]:
        parts = flat.split(self.sizes)
        named = {name: part.view(shape).to(dtype) for (name, (shape, dtype)), part in zip(self.shapes.items(), parts)}
        return named | self.fixed

    @staticmethod
    def call(model: nn.Module, state: dict[str, torch.Tensor], x: Any) -> Any:
        if isinstance(x, dict):
            return functional_call(model, state, (), x)
        return functional_call(model, state, x if isinstance(x, tuple) else (x,))

    def mean_loss(self, output: Any, y: torch.Tensor) -> torch.Tensor:
        value = self.loss(output, y)
        if not torch.is_tensor(value) or value.numel() != 1:
            shape = list(value.shape) if torch.is_tensor(value) else type(value).__name__
            raise Error(f"[loss] must return one number, the mean over a batch (reduction=\"mean\"), returned {shape}")
        return value.reshape(())

    def prepare(self, flat: torch.Tensor) -> dict[str, torch.Tensor]:
        """The buffers that normalise at a point."""
        if self.statistics is None:
            return self.buffers
        buffers = {name: buffer.clone() for name, buffer in self.buffers.items()}
        with torch.no_grad():
            self.call(self.statistics_model, self.parameters(flat.detach()) | buffers, self.statistics)
        return buffers

    def of(self, split: str) -> _Data:
        if split not in self.data:
            raise Error("[nwedge.torch] this landscape has no test data: give test=(x, y)")
        return self.data[split]

    def loss_and_gradient(self, theta: np.ndarray, split: str) -> tuple[float, np.ndarray]:
        flat, data = self.tensor(theta), self.of(split)
        buffers = self.prepare(flat)
        total, gradient = 0.0, torch.zeros_like(flat)
        with torch.enable_grad():
            flat.requires_grad_()
            for x, y, count in data.chunks(self.chunk):
                loss = self.mean_loss(self.call(self.model, self.parameters(flat) | buffers, x), y)
                total += count * loss.item()
                gradient += count / data.count * self.slope(loss, flat)
        return total / data.count, gradient.cpu().numpy()

    @staticmethod
    def slope(loss: torch.Tensor, flat: torch.Tensor, **keywords: Any) -> torch.Tensor:
        if not loss.requires_grad:
            raise Error("[loss] must depend on the parameters through operations that have a gradient, does not")
        (gradient,) = torch.autograd.grad(loss, flat, allow_unused=True, **keywords)
        return torch.zeros_like(flat) if gradient is None else gradient

    def batch_loss_and_gradient(self, theta: np.ndarray, indices: np.ndarray) -> tuple[float, np.ndarray]:
        flat = self.tensor(theta)
        buffers = {name: buffer.clone() for name, buffer in self.buffers.items()}
        x, y = self.of("train").batch(torch.from_numpy(indices).to(self.device))
        devices = [self.device] if self.device.type == "cuda" else []
        with torch.enable_grad(), torch.random.fork_rng(devices):  # dropout is named by the minibatch
            torch.manual_seed(int(np.bitwise_xor.reduce((indices + 1) * np.arange(1, len(indices) + 1) * 1_000_003)))
            flat.requires_grad_()
            loss = self.mean_loss(self.call(self.training_model, self.parameters(flat) | buffers, x), y)
            gradient = self.slope(loss, flat)
        return loss.item(), gradient.cpu().numpy()

    def measure(self, output: Any, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        loss = self.mean_loss(output, y)
        accuracy = self.accuracy(output, y) if self.accuracy is not None else torch.zeros_like(loss)
        return loss.double(), torch.as_tensor(accuracy).double()

    def measure_one(self, flat: torch.Tensor) -> Callable[[Any, torch.Tensor], Any]:
        state = self.parameters(flat) | self.prepare(flat)
        return lambda x, y: self.measure(self.call(self.model, state, x), y)

    def measure_together(self, group: torch.Tensor) -> Callable[[Any, torch.Tensor], Any]:
        """The points [P, D] side by side."""
        parts = zip(self.shapes.items(), group.split(self.sizes, dim=1))
        own = {name: part.reshape(len(group), *shape).to(dtype) for (name, (shape, dtype)), part in parts}
        shared = self.fixed | self.buffers
        if self.statistics is not None:
            prepared = [self.prepare(flat) for flat in group]
            own |= {name: torch.stack([buffers[name] for buffers in prepared]) for name in self.buffers}
            shared = self.fixed

        def one(state: dict[str, torch.Tensor], x: Any, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return self.measure(self.call(self.model, state | shared, x), y)

        together = vmap(one, in_dims=(0, None, None), randomness="different")
        return lambda x, y: _batched(together, own, x, y)

    def losses(self, points: np.ndarray, split: str) -> Any:
        data = self.of(split)
        values = np.zeros((2, len(points)))
        with torch.no_grad():
            for begin in range(0, len(points), self.points_at_once):
                group = self.tensor(points[begin : begin + self.points_at_once])
                measure = self.measure_one(group[0]) if len(group) == 1 else self.measure_together(group)
                for x, y, count in data.chunks(self.chunk):
                    loss, accuracy = measure(x, y)
                    values[0, begin : begin + len(group)] += count / data.count * loss.cpu().numpy()
                    values[1, begin : begin + len(group)] += count / data.count * accuracy.cpu().numpy()
        return (values[0], values[1]) if self.accuracy is not None else values[0]

    def hessian_vector(self, theta: np.ndarray, split: str) -> Callable[[np.ndarray], np.ndarray]:
        """The derivative of the gradient along a vector. The graph of the gradient is kept where one chunk holds all data."""
        flat, data = self.tensor(theta), self.of(split)
        buffers = self.prepare(flat)
        flat.requires_grad_()

        def slopes() -> Iterator[torch.Tensor]:
            for x, y, count in data.chunks(self.chunk):
                with torch.enable_grad(), sdpa_kernel(SDPBackend.MATH):  # the others of attention have one derivative only
                    loss = self.mean_loss(self.call(self.model, self.parameters(flat) | buffers, x), y)
                    yield count / data.count * self.slope(loss, flat, create_graph=True)

        kept = list(slopes()) if data.count <= self.chunk else None

        def product(vector: np.ndarray) -> np.ndarray:
            direction = self.tensor(vector)
            total = torch.zeros_like(direction)
            for slope in kept if kept is not None else slopes():
                if slope.requires_grad:  # else the loss is linear
                    (part,) = torch.autograd.grad(slope, flat, direction, retain_graph=kept is not None, allow_unused=True)
                    total += 0 if part is None else part
            return total.cpu().numpy()

        return product

    def by_outputs(self, theta: np.ndarray, split: str, weigh: Callable) -> Callable[[np.ndarray], np.ndarray]:
        """v -> sum over chunks of J' weigh(z, J v, y), J the derivative of the outputs z."""
        flat, data = self.tensor(theta), self.of(split)
        buffers = self.prepare(flat)
        flat.requires_grad_()

        def parts() -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, float]]:
            for x, y, count in data.chunks(self.chunk):
                with torch.enable_grad(), sdpa_kernel(SDPBackend.MATH):
                    z = self.call(self.model, self.parameters(flat) | buffers, x)
                    if not torch.is_tensor(z) or z.dim() == 0 or len(z) != count:
                        raise Error("[curvature] this matrix needs a module that returns one tensor with examples along its first axis")
                    weights = torch.zeros_like(z, requires_grad=True)  # J v is the derivative of J' w by w along v
                    yield z, weights, self.slope(z, flat, grad_outputs=weights, create_graph=True), y, count / data.count

        kept = list(parts()) if data.count <= self.chunk else None

        def product(vector: np.ndarray) -> np.ndarray:
            direction = self.tensor(vector)
            total = torch.zeros_like(direction)
            for z, weights, pulled, y, share in kept if kept is not None else parts():
                if not pulled.requires_grad:
                    continue
                (tangent,) = torch.autograd.grad(pulled, weights, direction, retain_graph=True)
                weighted = weigh(z.detach(), tangent.detach(), y)
                (part,) = torch.autograd.grad(z, flat, weighted, retain_graph=kept is not None, allow_unused=True)
                total += 0 if part is None else share * part
            return total.cpu().numpy()

        return product

    def gauss_newton_vector(self, theta: np.ndarray, split: str) -> Callable[[np.ndarray], np.ndarray]:
        def weigh(z: torch.Tensor, tangent: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            with torch.enable_grad():
                z.requires_grad_()
                slope = self.slope(self.mean_loss(z, y), z, create_graph=True)
            if not slope.requires_grad:  # a linear loss
                return torch.zeros_like(tangent)
            return torch.autograd.grad(slope, z, tangent)[0]

        return self.by_outputs(theta, split, weigh)

    def empirical_fisher_vector(self, theta: np.ndarray, split: str) -> Callable[[np.ndarray], np.ndarray]:
        def weigh(z: torch.Tensor, tangent: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            with torch.enable_grad():
                slope = self.slope(self.mean_loss(z.requires_grad_(), y), z)  # an example's own, over their number
            rows = (slope * tangent).flatten(1).sum(1) * len(z)
            return slope * rows.view(-1, *[1] * (z.dim() - 1))

        return self.by_outputs(theta, split, weigh)

    def is_log_likelihood(self) -> bool:
        """Whether the loss is known to be -log p(y | output), up to a number, so that Fisher's matrix is Gauss-Newton's."""
        if isinstance(self.loss, nn.CrossEntropyLoss):
            return self.loss.weight is None and self.loss.label_smoothing == 0
        return isinstance(self.loss, nn.MSELoss) or self.loss in (nn.functional.cross_entropy, nn.functional.mse_loss)

    def fewer(self, train: int, test: int) -> _Module:
        """The same on fewer examples; normalised by the same statistics."""
        other, counts = copy.copy(self), {"train": train, "test": test}
        other.data = {split: data.fewer(counts[split]) for split, data in self.data.items()}
        return other

    def functions(self) -> dict[str, Any]:
        """What `given` takes of it."""
        counts = tuple(self.data[split].count if split in self.data else 0 for split in ("train", "test"))
        return {"loss_and_gradient": self.loss_and_gradient, "losses": self.losses, "hessian_vector": self.hessian_vector,
                "gauss_newton_vector": self.gauss_newton_vector, "empirical_fisher_vector": self.empirical_fisher_vector,
                "fisher_vector": self.gauss_newton_vector if self.is_log_likelihood() else None,
                "batch_loss_and_gradient": self.batch_loss_and_gradient, "examples": counts}  # fmt: skip

    def probabilities(self, theta: np.ndarray, indices: np.ndarray) -> np.ndarray:
        """Of test examples, [n, classes]."""
        flat = self.tensor(theta)
        rows = []
        with torch.no_grad():
            state = self.parameters(flat) | self.prepare(flat)
            for begin in range(0, len(indices), self.chunk):
                x, _ = self.of("test").batch(torch.from_numpy(indices[begin : begin + self.chunk]).to(self.device))
                rows.append(torch.softmax(self.call(self.model, state, x).float(), 1).cpu())
        return torch.cat(rows).numpy()

    def labels(self) -> np.ndarray | None:
        """Of the test examples, where the module classifies them by the cross-entropy."""
        if "test" not in self.data or not (isinstance(self.loss, nn.CrossEntropyLoss) or self.loss is nn.functional.cross_entropy):
            return None
        labels = torch.cat([y for _, y, _ in self.data["test"].chunks(self.chunk)])
        return labels.cpu().numpy() if labels.dim() == 1 and not labels.is_floating_point() else None

    def predictor(self) -> Callable[[np.ndarray], dict[str, Any]] | None:
        labels = self.labels()
        return None if labels is None else predictor(self.probabilities, labels)

    def tensors(self) -> dict[str, int]:
        return dict(zip(self.shapes, self.sizes))

    def groups(self) -> list[tuple[int, int, int, str]]:
        owners = {name: module for name, module in self.model.named_modules()}
        groups, offset = [], 0
        for name, (shape, _) in self.shapes.items():
            owner, size = owners[name.rpartition(".")[0]], shape.numel()
            if isinstance(owner, _NORMALISATIONS):
                groups.append((offset, size, 1, "normalisation"))
            elif len(shape) < 2:
                groups.append((offset, size, 1, "bias" if name.endswith("bias") else "weight"))
            else:
                row = size // shape[0]
                kind = "embedding" if isinstance(owner, (nn.Embedding, nn.EmbeddingBag)) else "weight"
                groups += [(offset + i * row, row, 1, kind) for i in range(shape[0])]
            offset += size
        return groups

    def unresettable(self) -> str:
        """The name of a module whose parameters cannot be drawn again; "" if there is none."""
        for name, module in self.model.named_modules():
            own = any(p.requires_grad for p in module.parameters(recurse=False))
            if own and not hasattr(module, "reset_parameters") and not hasattr(module, "_reset_parameters"):
                return name or type(module).__name__
        return ""

    def fresh(self, seed: int) -> np.ndarray:
        model = copy.deepcopy(self.model).cpu()
        with torch.random.fork_rng([]), torch.no_grad():
            torch.manual_seed(seed)
            for module in model.modules():
                reset = getattr(module, "reset_parameters", None) or getattr(module, "_reset_parameters", None)
                if reset is not None:
                    reset()
        return flatten(model)


class TorchLandscape(Landscape):
    """The landscape of a PyTorch module; `model` is the landscape's own copy."""

    model: nn.Module


def landscape(
    model: nn.Module,
    loss: Callable[[Any, torch.Tensor], torch.Tensor],
    train: Any,
    *,
    test: Any = None,
    accuracy: Callable[[Any, torch.Tensor], Any] | None = None,
    initial: Callable[[int], Any] | None = None,
    device: Any = None,
    batch_norm: str = "recompute",
    statistics_examples: int = 512,
    points_at_once: int = 1,
    chunk: int = 1000,
    name: str = "",
    probe: bool = True,
) -> TorchLandscape:
    """Any `nn.Module` on data as a landscape.

    Parameters
    ----------
    model : nn.Module
        Its trainable parameters are the point; tied ones count once, frozen ones stay. It is copied, in evaluation mode.
    loss : f(output, y) -> one number, the mean over a batch
        Like `nn.CrossEntropyLoss()`. `output` is whatever the module returns.
    train, test : (x, y), or a DataLoader
        x is a tensor, a tuple of arguments or a dict of keyword arguments. Of a DataLoader the dataset and `collate_fn` are
        used: the order is that of the indices.
    accuracy : f(output, y) -> share in [0, 1], the mean over a batch
        By default the share of labels with the greatest output, where the loss is the cross-entropy.
    initial : f(seed) -> module or point
        Where training starts. By default every module's `reset_parameters` under `torch.manual_seed(seed)`.
    device : the model's by default
    batch_norm : "recompute" or "stored"
        What normalises outside of training: statistics of the first `statistics_examples` training examples at the very
        point, or the module's own. Gradients and Hessian products of a split hold them still. Minibatches of training are
        normalised by their own, and dropout is named by them.
    points_at_once : how many points `evaluate_many` runs side by side, by `vmap`
    chunk : how many examples run through the module at once

    It has Gauss-Newton and empirical Fisher matrices too, where the module returns one tensor with examples along its first
    axis and the loss is the mean of one of each; for cross-entropy and squared errors Fisher's matrix is Gauss-Newton's.
    """
    if not isinstance(model, nn.Module):
        raise Error(f"[nwedge.torch.landscape] model must be an nn.Module, is a {type(model).__name__}")
    if isinstance(model, torch.jit.ScriptModule):
        raise Error("[nwedge.torch.landscape] model must be an nn.Module as Python has it, is a ScriptModule: give what it was made from")
    if batch_norm not in ("recompute", "stored"):
        raise Error(f'[nwedge.torch.landscape] batch_norm must be "recompute" or "stored", is "{batch_norm}"')
    if getattr(loss, "reduction", "mean") != "mean":
        raise Error(f'[nwedge.torch.landscape] loss must be a mean over the batch, has reduction="{loss.reduction}"')
    for key, value in (("points_at_once", points_at_once), ("chunk", chunk), ("statistics_examples", statistics_examples)):
        if value < 1:
            raise Error(f"[nwedge.torch.landscape] {key} must be at least 1, is {value}")
    module = _Module(model, loss, train, test, accuracy, device, batch_norm, statistics_examples, points_at_once, chunk)
    notes = []
    if initial is not None:

        def start(seed: int) -> Any:
            begun = initial(seed)
            return flatten(begun) if isinstance(begun, nn.Module) else begun
    elif found := module.unresettable():
        notes.append(f"{found} has no reset_parameters: every seed starts at the module's own weights; initial= says otherwise")
        own = flatten(model)

        def start(seed: int) -> Any:
            return own
    else:
        start = module.fresh
    coarse = sorted({str(dtype) for _, dtype in module.shapes.values() if torch.finfo(dtype).bits < 32})
    if coarse:
        notes.append(f"weights of {' and '.join(coarse)} move in steps: losses and gradients have two or three digits")
    made = given(
        TorchLandscape, notes, probe, initial=start, groups=module.groups(), tensors=module.tensors(), name=name or type(model).__name__,
        fewer=lambda train, test: module.fewer(train, test).functions(), slopes=module.statistics is None and not coarse, **module.functions(),
    )  # fmt: skip
    made.model = module.model
    made._predictor = module.predictor()
    return made
