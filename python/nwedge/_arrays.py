"""What users give as arrays, as float32 NumPy arrays; without a copy where it is one already."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ._core import Error

FLOAT = np.dtype(np.float32)


def as_array(value: Any, place: str, what: str, dtype: np.dtype = FLOAT) -> np.ndarray:
    """`value` as a C-contiguous array of any shape: NumPy's, anything with `__array__` or DLPack, lists."""
    if type(value) is np.ndarray and value.dtype == dtype and value.flags.c_contiguous:
        return value
    try:
        if not hasattr(value, "__array__") and hasattr(value, "__dlpack__"):
            value = np.from_dlpack(value)
        array = np.asarray(value)
        if array.dtype.kind not in "fiub":
            raise TypeError(f"its entries are {array.dtype}")
        return np.ascontiguousarray(array, dtype=dtype)
    except (TypeError, ValueError, RuntimeError, BufferError) as problem:
        raise Error(f"[{place}] {what} must be an array of numbers in the processor's memory: {problem}") from None


def as_point(value: Any, dimension: int, place: str, what: str = "a point") -> np.ndarray:
    """`value` as a float32 array [D]."""
    array = as_array(value, place, what)
    if array.shape != (dimension,):
        raise Error(f"[{place}] {what} must have shape ({dimension},), has {array.shape}")
    return array


def as_number(value: Any, place: str, what: str) -> float:
    """`value` as a Python float: a number, or an array of one. NaN and infinity are numbers."""
    try:
        return float(value.item() if hasattr(value, "item") else value)
    except (TypeError, ValueError, RuntimeError):
        kind = f"an array of shape {tuple(value.shape)}" if hasattr(value, "shape") else f"a {type(value).__name__}"
        raise Error(f"[{place}] {what} must be one number, is {kind}") from None


def as_seed(value: Any, place: str) -> int:
    """`value` as a seed: a whole number from 0 to 2^63."""
    try:
        seed = operator.index(value)
    except TypeError:
        raise Error(f"[{place}] seed must be a whole number, is a {type(value).__name__}") from None
    if not 0 <= seed < 2**63:
        raise Error(f"[{place}] seed must be at least 0 and below 2^63, is {seed}")
    return seed


def read_only(array: np.ndarray) -> np.ndarray:
    """The same memory, protected."""
    view = array.view()
    view.flags.writeable = False
    return view
