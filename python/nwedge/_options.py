"""Keyword arguments from the options that C++ names: signatures and documentation."""

from __future__ import annotations

import inspect
import textwrap
from typing import Any, Callable, Sequence

Option = dict[str, Any]


def describe(options: Sequence[Option]) -> str:
    """The options as the section of a docstring."""
    lines = ["", "Options", "-------"]
    for option in options:
        allowed = ", ".join(option["choices"]) or option["range"]
        default = repr(option["default"])
        lines.append(f"{option['name']} : {option['type']}, default {default}")
        meaning = f"{option['meaning']} ({allowed})" if option["meaning"] and allowed else option["meaning"] or allowed
        lines += textwrap.wrap(meaning, 110, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


def with_options(options: Sequence[Option], given: Sequence[str] = ()) -> Callable[[Callable], Callable]:
    """Gives a function of `**options` the signature and documentation of these, but for those that it names itself."""
    shown = [option for option in options if option["name"] not in given]

    def decorate(function: Callable) -> Callable:
        own = inspect.signature(function)
        parameters = [p for p in own.parameters.values() if p.kind is not p.VAR_KEYWORD]
        parameters += [
            inspect.Parameter(o["name"], inspect.Parameter.KEYWORD_ONLY, default=o["default"], annotation=o["type"]) for o in shown
        ]
        function.__signature__ = own.replace(parameters=parameters)
        function.__doc__ = inspect.cleandoc(function.__doc__ or "") + "\n" + describe(shown) + "\n"
        return function

    return decorate
